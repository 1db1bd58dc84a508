import { shapeOf } from "../tensor/operand.js";
import { apply, floatDtype, numericDtype } from "../tape/apply.js";
import { libraryOp } from "../tape/op.js";
import type { Dtype } from "../tensor/dtype.js";
import { reducedShape, sameShape, type Shape } from "../tensor/shape.js";
import type { Tensor, TensorType } from "../tensor/tensor.js";
import { div } from "./arithmetic.js";
import { requireBool } from "./compare.js";
import { broadcastTo, reshape } from "./movement.js";
import {
  foldOver,
  meanOf,
  reduceAttrs,
  reducedCount,
  reducing,
  rounded,
  sumOf,
  type ReduceAttrs,
  type Reduction,
} from "./reduction.js";

type One = readonly [Tensor];

/** Adds the reduced axes back as size 1, so that the tensor broadcasts against the operand. */
export function keepReduced(t: Tensor, shape: Shape, axes: readonly number[]): Tensor {
  return reshape(t, reducedShape(shape, axes, true));
}

/** Sum over axes; 0 over an empty axis. int32 wraps around. bool is not summed: cast it first. */
export function sum(x: Tensor, options: Reduction = {}): Tensor {
  return apply(sumOp, [x], reduceAttrs("sum", x, options));
}
export const sumOp = libraryOp<One, ReduceAttrs>({
  name: "sum",
  shape: reducing("sum", numericDtype),
  forward: ([x], { axes }, { dtype }) => rounded(sumOf(x, axes), dtype),
  vjp: (dy, [x], _y, { axes }) => [() => broadcastTo(keepReduced(dy, x.shape, axes), x.shape)],
  jvp: "linear",
});

/** Arithmetic mean over axes of a float tensor; NaN over an empty axis. */
export function mean(x: Tensor, options: Reduction = {}): Tensor {
  return apply(meanOp, [x], reduceAttrs("mean", x, options));
}
export const meanOp = libraryOp<One, ReduceAttrs>({
  name: "mean",
  shape: reducing("mean", floatDtype),
  forward: ([x], { axes }, { dtype }) => rounded(meanOf(x, axes), dtype),
  vjp: (dy, [x], _y, { axes }) => [
    () => broadcastTo(div(keepReduced(dy, x.shape, axes), reducedCount(x.shape, axes)), x.shape),
  ],
  jvp: "linear",
});

/** Whether any element along the axes of a bool tensor is true; false over an empty axis. */
export function any(x: Tensor, options: Reduction = {}): Tensor {
  return apply(anyOp, [x], reduceAttrs("any", x, options));
}
const anyOp = libraryOp<One, ReduceAttrs>({
  name: "any",
  shape: reducing("any", boolDtype),
  forward([x], { axes }, { dtype }) {
    const some = foldOver(x, axes, 0, (sofar, v) => sofar | v);
    return rounded(some, dtype);
  },
});

/** Whether all elements along the axes of a bool tensor are true; true over an empty axis. */
export function all(x: Tensor, options: Reduction = {}): Tensor {
  return apply(allOp, [x], reduceAttrs("all", x, options));
}
const allOp = libraryOp<One, ReduceAttrs>({
  name: "all",
  shape: reducing("all", boolDtype),
  forward([x], { axes }, { dtype }) {
    const every = foldOver(x, axes, 1, (sofar, v) => sofar & v);
    return rounded(every, dtype);
  },
});

function boolDtype(name: string, types: readonly TensorType[]): Dtype {
  requireBool(name, types);
  return "bool";
}

/** Undoes broadcasting: sums `x` over the axes that were added or stretched, down to `shape`. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  const from = shapeOf("sumTo", x);
  if (sameShape(from, shape)) return x;
  const lead = from.length - shape.length;
  const axes = from.flatMap((n, i) => (i < lead || (shape[i - lead] === 1 && n !== 1) ? [i] : []));
  const summed = axes.length === 0 ? x : sum(x, axes);
  return reshape(summed, shape);
}
