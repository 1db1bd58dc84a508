import { apply } from "../tape/apply.js";
import { libraryOp } from "../tape/op.js";
import type { Tensor, TensorLike } from "../tensor/tensor.js";
import { mul, neg } from "./arithmetic.js";
import { floatUnary, unaryLoop } from "./loops.js";
import { exp, square } from "./unary.js";

type One = readonly [Tensor];

/** Error function erf(x) = 2/√π ∫₀ˣ e^(−t²) dt, to 3 units in the last float64 place; derivative 2/√π·e^(−x²). */
export function erf(x: TensorLike): Tensor {
  return apply(erfOp, [x], {});
}
const erfOp = libraryOp<One>({
  name: "erf",
  shape: floatUnary("erf"),
  forward: unaryLoop(erfOf),
  vjp: (dy, [x]) => [() => mul(dy, bell(x))],
  jvp: ([dx], [x]) => [() => mul(bell(x), dx)],
});

/**
 * Complementary error function 1 − erf(x), to 5 units in the last float64 place also where it is tiny; derivative
 * −2/√π·e^(−x²).
 */
export function erfc(x: TensorLike): Tensor {
  return apply(erfcOp, [x], {});
}
const erfcOp = libraryOp<One>({
  name: "erfc",
  shape: floatUnary("erfc"),
  forward: unaryLoop(erfcOf),
  vjp: (dy, [x]) => [() => neg(mul(dy, bell(x)))],
  jvp: ([dx], [x]) => [() => mul(neg(bell(x)), dx)],
});

/** 2/√π·e^(−x²). */
function bell(x: Tensor): Tensor {
  return mul(2 / Math.sqrt(Math.PI), exp(neg(square(x))));
}

/*
 * The kernels are the rational Chebyshev approximations of W. J. Cody, "Rational Chebyshev approximations for the
 * error function", Mathematics of Computation 23 (1969), 631–637, whose coefficients follow, highest power first:
 * erf(x)/x in x² up to 0.46875, e^(x²)·erfc(x) in x up to 4, and its asymptotic series in 1/x² beyond.
 */
const SMALL = 0.46875;
const NEAR = {
  top: [
    1.85777706184603153e-1, 3.1611237438705656, 1.13864154151050156e2, 3.77485237685302021e2,
    3.20937758913846947e3,
  ],
  bottom: [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3],
};
const MIDDLE = {
  top: [
    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1,
    2.98635138197400131e2, 8.8195222124176909e2, 1.71204761263407058e3, 2.05107837782607147e3,
    1.23033935479799725e3,
  ],
  bottom: [
    1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
    3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
  ],
};
const FAR = {
  top: [
    1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
    1.60837851487422766e-2, 6.58749161529837803e-4,
  ],
  bottom: [
    1, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2,
    2.33520497626869185e-3,
  ],
};

/** erf of a number. */
export function erfOf(x: number): number {
  if (Math.abs(x) <= SMALL) return x * ratio(NEAR, x * x);
  return x > 0 ? 1 - tail(x) : tail(-x) - 1;
}

/** erfc of a number. */
export function erfcOf(x: number): number {
  if (Math.abs(x) <= SMALL) return 1 - x * ratio(NEAR, x * x);
  return x > 0 ? tail(x) : 2 - tail(-x);
}

/** erfc(x) for x > 0.46875; 0 from 27.3 on, where it is below the smallest float64; NaN for NaN. */
function tail(x: number): number {
  if (x > 28) return 0;
  if (x <= 4) return gauss(x) * ratio(MIDDLE, x);
  const s = 1 / (x * x);
  return (gauss(x) / x) * (1 / Math.sqrt(Math.PI) - s * ratio(FAR, s));
}

/** e^(−x²). With x² split into a part that is exact and a small rest, no digit is lost in rounding x². */
function gauss(x: number): number {
  const head = Math.trunc(x * 16) / 16;
  return Math.exp(-head * head) * Math.exp(-(x - head) * (x + head));
}

function ratio({ top, bottom }: { top: readonly number[]; bottom: readonly number[] }, x: number): number {
  return horner(top, x) / horner(bottom, x);
}

function horner(coefficients: readonly number[], x: number): number {
  let y = 0;
  for (let i = 0; i < coefficients.length; i++) y = y * x + (coefficients[i] ?? 0);
  return y;
}
