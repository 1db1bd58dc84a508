import { DtypeError } from "../errors.js";
import { apply, commonDtype } from "../tape/apply.js";
import { libraryOp } from "../tape/op.js";
import { allocate } from "../tensor/dtype.js";
import { eachRun, rowMajor } from "../tensor/layout.js";
import { broadcastShapes, sizeOf } from "../tensor/shape.js";
import type { Tensor, TensorLike, TensorType } from "../tensor/tensor.js";
import { binaryLoop, stretch, unaryLoop } from "./loops.js";
import { whichIsLarger } from "./pieces.js";

type Pair = readonly [Tensor, Tensor];
type Compare = (a: TensorLike, b: TensorLike) => Tensor;

/** Comparison of two tensors of one dtype, with broadcasting. Gives bool, through which no gradient flows. */
function comparison(name: string, test: (a: number, b: number) => boolean): Compare {
  const op = libraryOp<Pair>({
    name,
    shape: ([a, b]) => {
      commonDtype(name, [a, b]);
      return { shape: broadcastShapes(name, a.shape, b.shape), dtype: "bool" };
    },
    forward: binaryLoop((a, b) => Number(test(a, b))),
    pieces: whichIsLarger,
  });
  return (a, b) => apply(op, [a, b], {});
}

/** a = b, elementwise; NaN equals nothing. */
export const equal: Compare = comparison("equal", (a, b) => a === b);
/** a ≠ b, elementwise. */
export const notEqual: Compare = comparison("notEqual", (a, b) => a !== b);
/** a < b, elementwise. */
export const less: Compare = comparison("less", (a, b) => a < b);
/** a ≤ b, elementwise. */
export const lessEqual: Compare = comparison("lessEqual", (a, b) => a <= b);
/** a > b, elementwise. */
export const greater: Compare = comparison("greater", (a, b) => a > b);
/** a ≥ b, elementwise. */
export const greaterEqual: Compare = comparison("greaterEqual", (a, b) => a >= b);

/** Combination of two bool tensors, with broadcasting. */
function logical(name: string, test: (a: number, b: number) => number): Compare {
  const op = libraryOp<Pair>({
    name,
    shape: ([a, b]) => {
      requireBool(name, [a, b]);
      return { shape: broadcastShapes(name, a.shape, b.shape), dtype: "bool" };
    },
    forward: binaryLoop(test),
  });
  return (a, b) => apply(op, [a, b], {});
}

/** a and b, of bool tensors. */
export const logicalAnd: Compare = logical("logicalAnd", (a, b) => a & b);
/** a or b, of bool tensors. */
export const logicalOr: Compare = logical("logicalOr", (a, b) => a | b);
/** Either a or b, not both, of bool tensors. */
export const logicalXor: Compare = logical("logicalXor", (a, b) => a ^ b);

/** Test of every element of a tensor. */
function predicate(
  name: string,
  test: (x: number) => boolean,
  check?: (x: TensorType) => void,
): (x: TensorLike) => Tensor {
  const op = libraryOp<readonly [Tensor]>({
    name,
    shape: ([x]) => {
      check?.(x);
      return { shape: x.shape, dtype: "bool" };
    },
    forward: unaryLoop((x) => Number(test(x))),
  });
  return (x) => apply(op, [x], {});
}

/** Not x, of a bool tensor. */
export const logicalNot = predicate(
  "logicalNot",
  (x) => x === 0,
  (x) => requireBool("logicalNot", [x]),
);
/** Which elements are NaN. */
export const isNaN = predicate("isNaN", (x) => x !== x);
/** Which elements are neither NaN nor infinite. */
export const isFinite = predicate("isFinite", (x) => Number.isFinite(x));

/**
 * `a` where the bool `condition` holds, else `b`; all three broadcast. Only the chosen side gets a gradient. A NaN
 * gradient *inside* the side not chosen still spreads (0 · NaN): guard its input with another `where`.
 */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  return apply(whereOp, [condition, a, b], {});
}
export const whereOp = libraryOp<readonly [Tensor, Tensor, Tensor]>({
  name: "where",
  shape: ([condition, a, b]) => {
    requireBool("where", [condition]);
    const dtype = commonDtype("where", [a, b]);
    return {
      dtype,
      shape: broadcastShapes("where", condition.shape, broadcastShapes("where", a.shape, b.shape)),
    };
  },
  forward([condition, a, b], _attrs, { shape, dtype }) {
    const out = allocate(dtype, sizeOf(shape));
    const [c, x, y] = [condition.storage.buffer, a.storage.buffer, b.storage.buffer];
    const operands = [rowMajor(shape), stretch(condition, shape), stretch(a, shape), stretch(b, shape)];
    eachRun(shape, operands, (n, [to = 0, c0 = 0, i0 = 0, j0 = 0], [, dc = 0, di = 0, dj = 0]) => {
      for (let k = 0; k < n; k++) {
        out[to + k] = ((c[c0 + k * dc] ?? 0) !== 0 ? x[i0 + k * di] : y[j0 + k * dj]) ?? 0;
      }
    });
    return out;
  },
  vjp: (dy, [condition]) => [null, () => where(condition, dy, 0), () => where(condition, 0, dy)],
  jvp: ([, da, db], [condition]) => [null, () => where(condition, da, 0), () => where(condition, 0, db)],
});

export function requireBool(name: string, types: readonly TensorType[]): void {
  const other = types.find((t) => t.dtype !== "bool");
  if (other !== undefined)
    throw new DtypeError(`${name}: got ${other.dtype}, expected bool; compare first, e.g. notEqual(x, 0)`);
}
