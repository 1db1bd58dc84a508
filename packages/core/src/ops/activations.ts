import { ArgumentError, DtypeError } from "../errors.js";
import { isNumber, optionsOf, shown } from "../expect.js";
import { apply, numericDtype } from "../tape/apply.js";
import { libraryOp } from "../tape/op.js";
import { isFloat } from "../tensor/dtype.js";
import type { Tensor, TensorLike } from "../tensor/tensor.js";
import { add, mul, reciprocal, sub } from "./arithmetic.js";
import { equal, greater, greaterEqual, lessEqual, logicalAnd, where } from "./compare.js";
import { floatUnary, mapElements, unaryLoop } from "./loops.js";
import { aroundBounds, aroundZero } from "./pieces.js";
import { abs, exp, square } from "./unary.js";

/*
 * Elementwise non-linearities of one float tensor. NaN gives NaN. At a kink the derivative is that of the left side;
 * `clip` says its own.
 */

type One = readonly [Tensor];

/** Hyperbolic tangent; derivative 1 − y². */
export function tanh(x: TensorLike): Tensor {
  return apply(tanhOp, [x], {});
}
const tanhOp = libraryOp<One>({
  name: "tanh",
  shape: floatUnary("tanh"),
  forward: unaryLoop(Math.tanh),
  vjp: (dy, _x, y) => [() => mul(dy, sub(1, square(y)))],
  jvp: ([dx], _x, y) => [() => mul(sub(1, square(y)), dx)],
});

/** Logistic function σ(x) = 1 / (1 + e⁻ˣ); derivative y·(1 − y). */
export function sigmoid(x: TensorLike): Tensor {
  return apply(sigmoidOp, [x], {});
}
const sigmoidOp = libraryOp<One>({
  name: "sigmoid",
  shape: floatUnary("sigmoid"),
  forward: unaryLoop(sigmoidOf),
  vjp: (dy, _x, y) => [() => mul(dy, mul(y, sub(1, y)))],
  jvp: ([dx], _x, y) => [() => mul(mul(y, sub(1, y)), dx)],
});

/** σ of a number. The form for x < 0 keeps full relative accuracy where σ is tiny. */
export function sigmoidOf(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

/** Rectifier max(x, 0); derivative 1 above 0, else 0 (also at 0). */
export function relu(x: TensorLike): Tensor {
  return apply(reluOp, [x], {});
}
const reluOp = libraryOp<One>({
  name: "relu",
  shape: floatUnary("relu"),
  forward: unaryLoop((x) => Math.max(x, 0)),
  vjp: (dy, [x]) => [() => where(greater(x, 0), dy, 0)],
  jvp: ([dx], _x, y) => [() => where(greater(y, 0), dx, 0)],
  pieces: aroundZero,
});

/** x above 0, `slope`·x elsewhere; derivative 1 above 0, `slope` elsewhere (also at 0). */
export function leakyRelu(x: TensorLike, options: { readonly slope?: number } = {}): Tensor {
  const { slope = 0.01 } = optionsOf("leakyRelu", options);
  return apply(leakyReluOp, [x], { slope: finite("leakyRelu", "slope", slope) });
}
const leakyReluOp = libraryOp<One, { slope: number }>({
  name: "leakyRelu",
  shape: floatUnary("leakyRelu"),
  forward: ([x], { slope }, type) => mapElements(x, type, (v) => (v > 0 ? v : slope * v)),
  vjp: (dy, [x], _y, { slope }) => [() => where(greater(x, 0), dy, mul(slope, dy))],
  jvp: ([dx], [x], _y, { slope }) => [() => where(greater(x, 0), dx, mul(dx, slope))],
  pieces: aroundZero,
});

/** Exponential linear unit: x above 0, `alpha`·(eˣ − 1) elsewhere; derivative 1 above 0, `alpha`·eˣ elsewhere. */
export function elu(x: TensorLike, options: { readonly alpha?: number } = {}): Tensor {
  const { alpha = 1 } = optionsOf("elu", options);
  return apply(eluOp, [x], { alpha: finite("elu", "alpha", alpha) });
}
const eluOp = libraryOp<One, { alpha: number }>({
  name: "elu",
  shape: floatUnary("elu"),
  forward: ([x], { alpha }, type) => mapElements(x, type, (v) => (v > 0 ? v : alpha * Math.expm1(v))),
  vjp: (dy, [x], _y, { alpha }) => [() => mul(dy, eluSlope(x, alpha))],
  jvp: ([dx], [x], _y, { alpha }) => [() => where(greater(x, 0), dx, mul(dx, mul(alpha, expBelow(x))))],
  pieces: aroundZero,
});

function eluSlope(x: Tensor, alpha: number): Tensor {
  return where(greater(x, 0), 1, mul(alpha, expBelow(x)));
}

/** eˣ where x ≤ 0, else 1: where it would overflow it is not wanted, and 0·∞ would spoil the next derivative. */
function expBelow(x: Tensor): Tensor {
  return exp(where(greater(x, 0), 0, x));
}

/** Smooth rectifier ln(1 + eˣ), without overflow; derivative σ(x). */
export function softplus(x: TensorLike): Tensor {
  return apply(softplusOp, [x], {});
}
const softplusOp = libraryOp<One>({
  name: "softplus",
  shape: floatUnary("softplus"),
  forward: unaryLoop((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  vjp: (dy, [x]) => [() => mul(dy, sigmoid(x))],
  jvp: ([dx], [x]) => [() => mul(sigmoid(x), dx)],
});

/** x / (1 + |x|); derivative 1 / (1 + |x|)². */
export function softsign(x: TensorLike): Tensor {
  return apply(softsignOp, [x], {});
}
const softsignOp = libraryOp<One>({
  name: "softsign",
  shape: floatUnary("softsign"),
  forward: unaryLoop((x) => (Math.abs(x) === Infinity ? Math.sign(x) : x / (1 + Math.abs(x)))),
  vjp: (dy, [x]) => [() => mul(dy, square(reciprocal(add(1, abs(x)))))],
  jvp: ([dx], [x]) => [() => mul(reciprocal(square(add(1, abs(x)))), dx)],
  // Its second derivative jumps at 0.
  pieces: aroundZero,
});

/**
 * x limited to `min` … `max`; either may be infinite. The derivative is 1 inside and at both bounds, so that a value
 * that sits on one can still leave it, and 0 outside. Takes int32 too, with whole bounds. For bounds that are tensors
 * write `minimum(maximum(x, low), high)`.
 *
 * @throws ArgumentError unless min ≤ max
 */
export function clip(x: TensorLike, min: number, max: number): Tensor {
  if (!isNumber(min) || !isNumber(max) || !(min <= max))
    throw new ArgumentError(`clip: got bounds ${shown(min)} … ${shown(max)}, expected min ≤ max`);
  return apply(clipOp, [x], { min, max });
}
const clipOp = libraryOp<One, { min: number; max: number }>({
  name: "clip",
  shape([x], { min, max }) {
    const dtype = numericDtype("clip", [x]);
    const broken = [min, max].find((bound) => Number.isFinite(bound) && !Number.isInteger(bound));
    if (broken !== undefined && !isFloat(dtype)) {
      throw new DtypeError(`clip: got the bound ${broken} for ${dtype}, expected whole numbers`);
    }
    return { shape: x.shape, dtype };
  },
  forward: ([x], { min, max }, type) => mapElements(x, type, (v) => Math.min(Math.max(v, min), max)),
  vjp: (dy, [x], _y, { min, max }) => [
    () => where(logicalAnd(greaterEqual(x, min), lessEqual(x, max)), dy, 0),
  ],
  jvp: ([dx], [x], y) => [() => where(equal(x, y), dx, 0)],
  pieces: aroundBounds,
});

/** Throws ArgumentError unless the setting is a finite number. */
function finite(op: string, name: string, value: number): number {
  if (!Number.isFinite(value))
    throw new ArgumentError(`${op}: got ${name} ${shown(value)}, expected a finite number`);
  return value;
}
