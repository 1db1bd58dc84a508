import { apply } from "../tape/apply.js";
import { libraryOp } from "../tape/op.js";
import type { Tensor, TensorLike } from "../tensor/tensor.js";
import { add, div, mul, neg } from "./arithmetic.js";
import { floatUnary, numericUnary, unaryLoop } from "./loops.js";
import { aroundZero, betweenHalves, betweenWholes } from "./pieces.js";

/*
 * Elementwise functions of one tensor. They take float32 and float64; abs, sign and square take int32 too. NaN gives
 * NaN, everywhere.
 */

type One = readonly [Tensor];

/** |x|; derivative sign(x), which is 0 at 0. In int32, |−2³¹| wraps around to −2³¹. */
export function abs(x: TensorLike): Tensor {
  return apply(absOp, [x], {});
}
const absOp = libraryOp<One>({
  name: "abs",
  shape: numericUnary("abs"),
  forward: unaryLoop(Math.abs),
  vjp: (dy, [x]) => [() => mul(dy, sign(x))],
  jvp: ([dx], [x]) => [() => mul(sign(x), dx)],
  pieces: aroundZero,
});

/** −1, 0 or 1 as x is negative, zero or positive; derivative 0 everywhere. −0 stays −0. */
export function sign(x: TensorLike): Tensor {
  return apply(signOp, [x], {});
}
const signOp = libraryOp<One>({
  name: "sign",
  shape: numericUnary("sign"),
  forward: unaryLoop(Math.sign),
  vjp: () => [null],
  jvp: () => [null],
  pieces: aroundZero,
});

/** x². int32 wraps around. */
export function square(x: TensorLike): Tensor {
  return apply(squareOp, [x], {});
}
const squareFloat = unaryLoop((x) => x * x);
const squareInt = unaryLoop((x) => Math.imul(x, x));
const squareOp = libraryOp<One>({
  name: "square",
  shape: numericUnary("square"),
  forward: (inputs, attrs, type) => (type.dtype === "int32" ? squareInt : squareFloat)(inputs, attrs, type),
  vjp: (dy, [x]) => [() => mul(dy, mul(2, x))],
  jvp: ([dx], [x]) => [() => mul(mul(2, x), dx)],
});

/** Square root √x; NaN below 0. The derivative 1 / (2√x) is Infinity at 0. */
export function sqrt(x: TensorLike): Tensor {
  return apply(sqrtOp, [x], {});
}
const sqrtOp = libraryOp<One>({
  name: "sqrt",
  shape: floatUnary("sqrt"),
  forward: unaryLoop(Math.sqrt),
  vjp: (dy, _x, y) => [() => div(dy, mul(2, y))],
  jvp: ([dx], _x, y) => [() => mul(dx, div(0.5, y))],
});

/** Reciprocal square root 1 / √x: Infinity at 0, NaN below. Derivative −½·x^(−3/2), which is −Infinity at 0. */
export function rsqrt(x: TensorLike): Tensor {
  return apply(rsqrtOp, [x], {});
}
const rsqrtOp = libraryOp<One>({
  name: "rsqrt",
  shape: floatUnary("rsqrt"),
  forward: unaryLoop((x) => 1 / Math.sqrt(x)),
  vjp: (dy, _x, y) => [() => mul(dy, mul(-0.5, mul(y, square(y))))],
  jvp: ([dx], [x], y) => [() => mul(dx, mul(-0.5, div(y, x)))],
});

/** Exponential eˣ. */
export function exp(x: TensorLike): Tensor {
  return apply(expOp, [x], {});
}
const expOp = libraryOp<One>({
  name: "exp",
  shape: floatUnary("exp"),
  forward: unaryLoop(Math.exp),
  vjp: (dy, _x, y) => [() => mul(dy, y)],
  jvp: ([dx], _x, y) => [() => mul(y, dx)],
});

/** eˣ − 1, accurate near 0. */
export function expm1(x: TensorLike): Tensor {
  return apply(expm1Op, [x], {});
}
const expm1Op = libraryOp<One>({
  name: "expm1",
  shape: floatUnary("expm1"),
  forward: unaryLoop(Math.expm1),
  // Not y + 1, which loses every digit where eˣ is small.
  vjp: (dy, [x]) => [() => mul(dy, exp(x))],
  jvp: ([dx], [x]) => [() => mul(exp(x), dx)],
});

/** Natural logarithm ln x; −Infinity at 0, NaN below. The derivative 1 / x is Infinity at 0. */
export function log(x: TensorLike): Tensor {
  return apply(logOp, [x], {});
}
const logOp = libraryOp<One>({
  name: "log",
  shape: floatUnary("log"),
  forward: unaryLoop(Math.log),
  vjp: (dy, [x]) => [() => div(dy, x)],
  jvp: ([dx], [x]) => [() => div(dx, x)],
});

/** ln(1 + x), accurate near 0; −Infinity at −1, NaN below. Derivative 1 / (1 + x). */
export function log1p(x: TensorLike): Tensor {
  return apply(log1pOp, [x], {});
}
const log1pOp = libraryOp<One>({
  name: "log1p",
  shape: floatUnary("log1p"),
  forward: unaryLoop(Math.log1p),
  vjp: (dy, [x]) => [() => div(dy, add(1, x))],
  jvp: ([dx], [x]) => [() => div(dx, add(x, 1))],
});

/** Sine of x, in radians; NaN at ±Infinity. */
export function sin(x: TensorLike): Tensor {
  return apply(sinOp, [x], {});
}
const sinOp = libraryOp<One>({
  name: "sin",
  shape: floatUnary("sin"),
  forward: unaryLoop(Math.sin),
  vjp: (dy, [x]) => [() => mul(dy, cos(x))],
  jvp: ([dx], [x]) => [() => mul(cos(x), dx)],
});

/** Cosine of x, in radians; NaN at ±Infinity. */
export function cos(x: TensorLike): Tensor {
  return apply(cosOp, [x], {});
}
const cosOp = libraryOp<One>({
  name: "cos",
  shape: floatUnary("cos"),
  forward: unaryLoop(Math.cos),
  vjp: (dy, [x]) => [() => neg(mul(dy, sin(x)))],
  jvp: ([dx], [x]) => [() => mul(neg(sin(x)), dx)],
});

/** Rounding of every element to a whole number, still a float. A staircase: its derivative is 0. */
function rounding(
  name: string,
  f: (x: number) => number,
  pieces: typeof betweenWholes,
): (x: TensorLike) => Tensor {
  const op = libraryOp<One>({
    name,
    shape: floatUnary(name),
    forward: unaryLoop(f),
    vjp: () => [null],
    jvp: () => [null],
    pieces,
  });
  return (x) => apply(op, [x], {});
}

/** The largest whole number ≤ x; derivative 0. `cast(floor(x), "int32")` makes indices. */
export const floor = rounding("floor", Math.floor, betweenWholes);
/** The smallest whole number ≥ x; derivative 0. */
export const ceil = rounding("ceil", Math.ceil, betweenWholes);
/** The nearest whole number; halves go to the even neighbour, as in NumPy (2.5 → 2). Derivative 0. */
export const round = rounding(
  "round",
  (x) => (x - Math.floor(x) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)),
  betweenHalves,
);
