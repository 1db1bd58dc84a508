import { apply, floatDtype, literal, numericDtype } from "../tape/apply.js";
import { libraryOp } from "../tape/op.js";
import type { Tensor, TensorLike } from "../tensor/tensor.js";
import { equal, greater, less, logicalAnd, where } from "./compare.js";
import { binaryLoop, binaryRuns, broadcastBinary, floatUnary, numericUnary, unaryLoop } from "./loops.js";
import { whichIsLarger } from "./pieces.js";
import { log, square } from "./unary.js";

type Pair = readonly [Tensor, Tensor];

/** Sum a + b, with broadcasting. */
export function add(a: TensorLike, b: TensorLike): Tensor {
  return apply(addOp, [a, b], {});
}
export const addOp = libraryOp<Pair>({
  name: "add",
  shape: broadcastBinary("add", numericDtype),
  forward: binaryRuns((n, out, to, x, i, di, y, j, dj) => {
    for (let k = 0; k < n; k++) out[to + k] = (x[i + k * di] ?? 0) + (y[j + k * dj] ?? 0);
  }),
  vjp: (dy) => [() => dy, () => dy],
  jvp: "linear",
});

/** Difference a − b, with broadcasting. */
export function sub(a: TensorLike, b: TensorLike): Tensor {
  return apply(subOp, [a, b], {});
}
export const subOp = libraryOp<Pair>({
  name: "sub",
  shape: broadcastBinary("sub", numericDtype),
  forward: binaryRuns((n, out, to, x, i, di, y, j, dj) => {
    for (let k = 0; k < n; k++) out[to + k] = (x[i + k * di] ?? 0) - (y[j + k * dj] ?? 0);
  }),
  vjp: (dy) => [() => dy, () => neg(dy)],
  jvp: "linear",
});

/** Elementwise product a ⊙ b, with broadcasting. int32 wraps around. */
export function mul(a: TensorLike, b: TensorLike): Tensor {
  return apply(mulOp, [a, b], {});
}
const mulFloat = binaryRuns((n, out, to, x, i, di, y, j, dj) => {
  for (let k = 0; k < n; k++) out[to + k] = (x[i + k * di] ?? 0) * (y[j + k * dj] ?? 0);
});
const mulInt = binaryLoop(Math.imul);
export const mulOp = libraryOp<Pair>({
  name: "mul",
  shape: broadcastBinary("mul", numericDtype),
  forward: (inputs, attrs, type) => (type.dtype === "int32" ? mulInt : mulFloat)(inputs, attrs, type),
  vjp: (dy, [a, b]) => [() => mul(dy, b), () => mul(dy, a)],
  jvp: ([da, db], [a, b]) => [() => mul(da, b), () => mul(a, db)],
});

/** Elementwise quotient a / b of float tensors, with broadcasting; division by zero gives ±Infinity or NaN. */
export function div(a: TensorLike, b: TensorLike): Tensor {
  return apply(divOp, [a, b], {});
}
export const divOp = libraryOp<Pair>({
  name: "div",
  shape: broadcastBinary("div", floatDtype),
  forward: binaryRuns((n, out, to, x, i, di, y, j, dj) => {
    for (let k = 0; k < n; k++) out[to + k] = (x[i + k * di] ?? 0) / (y[j + k * dj] ?? 0);
  }),
  vjp: (dy, [, b], y) => [() => div(dy, b), () => neg(mul(dy, div(y, b)))],
  jvp: ([da, db], [, b], y) => [() => div(da, b), () => neg(div(mul(y, db), b))],
});

/**
 * Power aᵇ of float tensors, with broadcasting. The gradients are the limits where they exist: d/da is 0 when b is
 * 0, and d/db is 0 when a is 0 and b > 0 (aᵇ is 0 all around). A negative a with a fractional b gives NaN.
 */
export function pow(a: TensorLike, b: TensorLike): Tensor {
  return apply(powOp, [a, b], {});
}
const powOp = libraryOp<Pair>({
  name: "pow",
  shape: broadcastBinary("pow", floatDtype),
  // ECMAScript says NaN for 1 ** ±Infinity; IEEE 754 and every other array library say 1.
  forward: binaryLoop((a, b) => (a === 1 ? 1 : a ** b)),
  vjp: (dy, [a, b], y) => [() => mul(dy, powSlope(a, b)), () => mul(dy, powLogSlope(a, y))],
  jvp: ([da, db], [a, b], y) => [() => mul(powSlope(a, b), da), () => mul(powLogSlope(a, y), db)],
});

/**
 * ∂aᵇ/∂a = b·aᵇ⁻¹, and 0 where b = 0, also at a = 0, where aᵇ⁻¹ is infinite. Only there is it held constant: beside
 * it the slope is 0 too, but ∂²aᵇ/∂a∂b is 1/a.
 */
function powSlope(a: Tensor, b: Tensor): Tensor {
  const flat = logicalAnd(equal(b, 0), equal(a, 0));
  return where(flat, 0, mul(b, pow(a, sub(where(flat, 1, b), 1))));
}

/** ∂aᵇ/∂b = aᵇ·ln a, and 0 where a = 0; the inner `where` keeps ln 0 out of the second derivative. */
function powLogSlope(a: Tensor, y: Tensor): Tensor {
  const zero = equal(a, 0);
  return where(zero, 0, mul(y, log(where(zero, 1, a))));
}

/** The larger of a and b, elementwise; NaN if either is. At a tie each side gets half of the gradient. */
export function maximum(a: TensorLike, b: TensorLike): Tensor {
  return apply(maximumOp, [a, b], {});
}
const maximumOp = libraryOp<Pair>({
  name: "maximum",
  shape: broadcastBinary("maximum", numericDtype),
  forward: binaryLoop((a, b) => Math.max(a, b)),
  vjp: (dy, [a, b]) => [() => mul(dy, share(greater(a, b), a, b)), () => mul(dy, share(greater(b, a), a, b))],
  jvp: ([da, db], [a, b]) => [
    () => mul(da, share(greater(a, b), a, b)),
    () => mul(db, share(greater(b, a), a, b)),
  ],
  pieces: whichIsLarger,
});

/** The smaller of a and b, elementwise; NaN if either is. At a tie each side gets half of the gradient. */
export function minimum(a: TensorLike, b: TensorLike): Tensor {
  return apply(minimumOp, [a, b], {});
}
const minimumOp = libraryOp<Pair>({
  name: "minimum",
  shape: broadcastBinary("minimum", numericDtype),
  forward: binaryLoop((a, b) => Math.min(a, b)),
  vjp: (dy, [a, b]) => [() => mul(dy, share(less(a, b), a, b)), () => mul(dy, share(less(b, a), a, b))],
  jvp: ([da, db], [a, b]) => [() => mul(da, share(less(a, b), a, b)), () => mul(db, share(less(b, a), a, b))],
  pieces: whichIsLarger,
});

/** 1 where this side wins, 0 where the other does, ½ at a tie. */
function share(wins: Tensor, a: Tensor, b: Tensor): Tensor {
  const half = literal("share", 0.5, a.dtype);
  return where(wins, 1, where(equal(a, b), half, 0));
}

/** −x. */
export function neg(x: TensorLike): Tensor {
  return apply(negOp, [x], {});
}
export const negOp = libraryOp<readonly [Tensor]>({
  name: "neg",
  shape: numericUnary("neg"),
  forward: unaryLoop((x) => -x),
  vjp: (dy) => [() => neg(dy)],
  jvp: "linear",
});

/** 1 / x of a float tensor. */
export function reciprocal(x: TensorLike): Tensor {
  return apply(reciprocalOp, [x], {});
}
const reciprocalOp = libraryOp<readonly [Tensor]>({
  name: "reciprocal",
  shape: floatUnary("reciprocal"),
  forward: unaryLoop((x) => 1 / x),
  vjp: (dy, _x, y) => [() => neg(mul(dy, square(y)))],
  jvp: ([dx], _x, y) => [() => neg(mul(square(y), dx))],
});
