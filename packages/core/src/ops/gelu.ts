import { ArgumentError } from "../errors.js";
import { optionsOf, shown } from "../expect.js";
import { apply } from "../tape/apply.js";
import { libraryOp } from "../tape/op.js";
import type { Tensor, TensorLike } from "../tensor/tensor.js";
import { clip, sigmoid, sigmoidOf, tanh } from "./activations.js";
import { add, mul, sub } from "./arithmetic.js";
import { erf, erfc, erfcOf } from "./erf.js";
import { floatUnary, unaryLoop } from "./loops.js";
import { exp, square } from "./unary.js";

type One = readonly [Tensor];

/**
 * Gaussian error linear unit x·Φ(x), where Φ is the normal distribution function (D. Hendrycks and K. Gimpel,
 * "Gaussian error linear units", arXiv:1606.08415). `approximate: "tanh"` gives their formula without erf,
 * x/2·(1 + tanh u) with u = √(2/π)·(x + 0.044715 x³), which the models trained with it need.
 */
export function gelu(x: TensorLike, options: { readonly approximate?: "none" | "tanh" } = {}): Tensor {
  const { approximate = "none" } = optionsOf("gelu", options);
  switch (approximate) {
    case "none":
      return apply(geluOp, [x], {});
    case "tanh":
      return apply(geluTanhOp, [x], {});
    default:
      throw new ArgumentError(`gelu: got approximate ${shown(approximate)}, expected "none" or "tanh"`);
  }
}

const geluOp = libraryOp<One>({
  name: "gelu",
  shape: floatUnary("gelu"),
  forward: unaryLoop((x) => weigh(x, erfcOf(-x * Math.SQRT1_2) / 2)),
  vjp: (dy, [x]) => [() => mul(dy, add(normalCdf(x), normalMoment(x)))],
  jvp: ([dx], [x]) => [
    () => add(mul(mul(0.5, add(1, erf(mul(Math.SQRT1_2, x)))), dx), mul(normalMoment(x), dx)),
  ],
});

/** Φ(x) = erfc(−x/√2)/2. */
function normalCdf(x: Tensor): Tensor {
  return mul(0.5, erfc(mul(-Math.SQRT1_2, x)));
}

/** x·φ(x) with the normal density φ, which is 0 beyond 39 in float64; held there, so that ∞·0 does not arise. */
function normalMoment(x: Tensor): Tensor {
  const z = clip(x, -40, 40);
  return mul(mul(z, 1 / Math.sqrt(2 * Math.PI)), exp(mul(-0.5, square(z))));
}

/** With 1 + tanh u = 2σ(2u) the formula is x·σ(2u), 2u = SCALE·(x + CUBIC·x³), which does not cancel for x < 0. */
const SCALE = 2 * Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

const geluTanhOp = libraryOp<One>({
  name: "geluTanh",
  shape: floatUnary("gelu"),
  forward: unaryLoop((x) => weigh(x, sigmoidOf(SCALE * (x + CUBIC * x * x * x)))),
  vjp: (dy, [x]) => [() => mul(dy, geluTanhSlope(x))],
  jvp: ([dx], [x]) => [() => mul(geluTanhTangent(x), dx)],
});

/** d/dx x·σ(2u) = s + x·s·(1 − s)·2u′. Beyond ±22, s is 0 or 1 in float64: x is held there, so that x³ stays finite. */
function geluTanhSlope(x: Tensor): Tensor {
  const z = clip(x, -22, 22);
  const z2 = square(z);
  const s = sigmoid(mul(SCALE, mul(z, add(1, mul(CUBIC, z2)))));
  const rate = mul(SCALE, add(1, mul(3 * CUBIC, z2)));
  return mul(s, add(1, mul(mul(z, rate), sub(1, s))));
}

/** The same from the formula as it is written: (1 + t)/2 + x/2·(1 − t²)·u′ with t = tanh u. */
function geluTanhTangent(x: Tensor): Tensor {
  const z = clip(x, -22, 22);
  const t = tanh(mul(SCALE / 2, add(z, mul(CUBIC, mul(z, square(z))))));
  const rate = add(SCALE / 2, mul(1.5 * SCALE * CUBIC, square(z)));
  return mul(0.5, add(add(1, t), mul(mul(z, rate), sub(1, square(t)))));
}

/** x·p for a weight p in 0 … 1, with (−∞)·0 = 0. */
function weigh(x: number, p: number): number {
  return p === 0 ? -0 : x * p;
}
