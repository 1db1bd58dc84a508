import { apply, floatDtype, numericDtype } from "../tape/apply.js";
import { defineOp } from "../tape/op.js";
import { allocate, type Dtype, type TypedArray } from "../tensor/dtype.js";
import { eachRun, type Layout } from "../tensor/layout.js";
import { contiguousStrides, normalizeAxes, reducedShape, sameShape, sizeOf, type Shape } from "../tensor/shape.js";
import type { Tensor, TensorType } from "../tensor/tensor.js";
import { div } from "./arithmetic.js";
import { requireBool } from "./compare.js";
import { broadcastTo, reshape } from "./movement.js";

/*
 * What all reductions share, and the plainest of them. Every reduction goes over any set of axes (all by default),
 * adds up in float64 and rounds once to the dtype.
 */

/** Over which axes to reduce (default: all), and whether they stay as size 1. */
export interface ReduceOptions {
  readonly axes?: number | Shape;
  readonly keepDims?: boolean;
}

/** What a reduction takes: options, or the axes alone. */
export type Reduction = ReduceOptions | number | Shape;

/** Axes as they are stored on the tape: normalized. */
export interface ReduceAttrs {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** Options, or the axes alone, as attributes. */
export function reduceAttrs(op: string, rank: number, options: Reduction): ReduceAttrs {
  const { axes, keepDims = false }: ReduceOptions = isAxes(options) ? { axes: options } : options;
  return { axes: normalizeAxes(op, axes, rank), keepDims };
}

function isAxes(options: Reduction): options is number | Shape {
  return typeof options === "number" || Array.isArray(options);
}

/** Shape rule of a reduction whose result has the operand's dtype, if `dtypeRule` allows it. */
export function reducing(name: string, dtypeRule: (name: string, types: readonly TensorType[]) => Dtype) {
  return ([x]: readonly [TensorType], { axes, keepDims }: ReduceAttrs): TensorType => ({
    shape: reducedShape(x.shape, axes, keepDims),
    dtype: dtypeRule(name, [x]),
  });
}

/** How many elements go into one element of the result. */
export function reducedCount(shape: Shape, axes: readonly number[]): number {
  return sizeOf(axes.map((axis) => shape[axis] ?? 1));
}

/** Where each element of `shape` goes in the row-major result of reducing over `axes`. */
export function reducedLayout(shape: Shape, axes: readonly number[]): Layout {
  const kept = contiguousStrides(reducedShape(shape, axes, true));
  return { strides: kept.map((stride, i) => (axes.includes(i) ? 0 : stride)), offset: 0 };
}

/**
 * Folds the elements of x over `axes`, in row-major order and in float64, starting from `initial`. `fold` also gets
 * the place of the element's result, for a second pass that looks up the first one's.
 */
export function foldOver(
  x: Tensor,
  axes: readonly number[],
  initial: number,
  fold: (sofar: number, x: number, place: number) => number,
): Float64Array {
  const out = new Float64Array(sizeOf(reducedShape(x.shape, axes, true))).fill(initial);
  const { buffer } = x.storage;
  eachRun(x.shape, [reducedLayout(x.shape, axes), x.storage], (n, [to = 0, from = 0], [step = 0, stride = 0]) => {
    for (let i = 0; i < n; i++) {
      const k = to + i * step;
      out[k] = fold(out[k] ?? 0, buffer[from + i * stride] ?? 0, k);
    }
  });
  return out;
}

/** Float64 results, rounded to the dtype. */
export function rounded(values: Float64Array, dtype: Dtype): TypedArray {
  if (dtype === "float64") return values;
  const out = allocate(dtype, values.length);
  out.set(values);
  return out;
}

/** Adds the reduced axes back as size 1, so that the tensor broadcasts against the operand. */
export function keepReduced(t: Tensor, shape: Shape, axes: readonly number[]): Tensor {
  return reshape(t, reducedShape(shape, axes, true));
}

type One = readonly [Tensor];

/** As `foldOver` with +, written out: sums are in every gradient, and this is several times as fast. */
function sumOf(x: Tensor, axes: readonly number[]): Float64Array {
  const out = new Float64Array(sizeOf(reducedShape(x.shape, axes, true)));
  const { buffer } = x.storage;
  eachRun(x.shape, [reducedLayout(x.shape, axes), x.storage], (n, [to = 0, from = 0], [step = 0, stride = 0]) => {
    if (step === 0) {
      let total = 0;
      for (let i = 0; i < n; i++) total += buffer[from + i * stride] ?? 0;
      out[to] = (out[to] ?? 0) + total;
    } else {
      for (let i = 0; i < n; i++) out[to + i * step] = (out[to + i * step] ?? 0) + (buffer[from + i * stride] ?? 0);
    }
  });
  return out;
}

/** Sum over axes; 0 over an empty axis. int32 wraps around. bool is not summed: cast it first. */
export function sum(x: Tensor, options: Reduction = {}): Tensor {
  return apply(sumOp, [x], reduceAttrs("sum", x.rank, options));
}
const sumOp = defineOp<One, ReduceAttrs>({
  name: "sum",
  shape: reducing("sum", numericDtype),
  forward: ([x], { axes }, { dtype }) => rounded(sumOf(x, axes), dtype),
  vjp: (dy, [x], _y, { axes }) => [() => broadcastTo(keepReduced(dy, x.shape, axes), x.shape)],
  jvp: "linear",
});

/** Arithmetic mean over axes of a float tensor; NaN over an empty axis. */
export function mean(x: Tensor, options: Reduction = {}): Tensor {
  return apply(meanOp, [x], reduceAttrs("mean", x.rank, options));
}
const meanOp = defineOp<One, ReduceAttrs>({
  name: "mean",
  shape: reducing("mean", floatDtype),
  forward: ([x], { axes }, { dtype }) => rounded(meanOf(x, axes), dtype),
  vjp(dy, [x], _y, { axes }) {
    const share = () => div(keepReduced(dy, x.shape, axes), reducedCount(x.shape, axes));
    return [() => broadcastTo(share(), x.shape)];
  },
  jvp: "linear",
});

/** The mean over `axes` as numbers. */
export function meanOf(x: Tensor, axes: readonly number[]): Float64Array {
  const n = reducedCount(x.shape, axes);
  return sumOf(x, axes).map((total) => total / n);
}

/** Whether any element along the axes of a bool tensor is true; false over an empty axis. */
export function any(x: Tensor, options: Reduction = {}): Tensor {
  return apply(anyOp, [x], reduceAttrs("any", x.rank, options));
}
const anyOp = defineOp<One, ReduceAttrs>({
  name: "any",
  shape: reducing("any", boolDtype),
  forward: ([x], { axes }) => rounded(foldOver(x, axes, 0, (sofar, v) => sofar | v), "bool"),
});

/** Whether all elements along the axes of a bool tensor are true; true over an empty axis. */
export function all(x: Tensor, options: Reduction = {}): Tensor {
  return apply(allOp, [x], reduceAttrs("all", x.rank, options));
}
const allOp = defineOp<One, ReduceAttrs>({
  name: "all",
  shape: reducing("all", boolDtype),
  forward: ([x], { axes }) => rounded(foldOver(x, axes, 1, (sofar, v) => sofar & v), "bool"),
});

function boolDtype(name: string, types: readonly TensorType[]): Dtype {
  requireBool(name, types);
  return "bool";
}

/** Undoes broadcasting: sums `x` over the axes that were added or stretched, down to `shape`. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.rank - shape.length;
  const axes = x.shape.flatMap((n, i) => (i < lead || (shape[i - lead] === 1 && n !== 1) ? [i] : []));
  const summed = axes.length === 0 ? x : sum(x, axes);
  return reshape(summed, shape);
}
