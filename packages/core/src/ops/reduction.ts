import { optionsOf } from "../expect.js";
import { allocate, type Dtype, type TypedArray } from "../tensor/dtype.js";
import { eachRun, type Layout } from "../tensor/layout.js";
import { contiguousStrides, normalizeAxes, reducedShape, sizeOf, type Shape } from "../tensor/shape.js";
import { shapeOf } from "../tensor/operand.js";
import type { Tensor, TensorType } from "../tensor/tensor.js";

/*
 * What all reductions share: their options, their shape rule, and loops that work in float64 and round once to the
 * dtype.
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

/** Options, or the axes alone, as attributes for the operand x. */
export function reduceAttrs(op: string, x: Tensor, options: Reduction): ReduceAttrs {
  const { length: rank } = shapeOf(op, x);
  const { axes, keepDims = false }: ReduceOptions = isAxes(options)
    ? { axes: options }
    : optionsOf(op, options);
  return { axes: normalizeAxes(op, axes, rank), keepDims };
}

export function isAxes(options: Reduction): options is number | Shape {
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
  eachRun(
    x.shape,
    [reducedLayout(x.shape, axes), x.storage],
    (n, [to = 0, from = 0], [step = 0, stride = 0]) => {
      for (let i = 0; i < n; i++) {
        const k = to + i * step;
        out[k] = fold(out[k] ?? 0, buffer[from + i * stride] ?? 0, k);
      }
    },
  );
  return out;
}

/** Float64 results, rounded to the dtype. */
export function rounded(values: Float64Array, dtype: Dtype): TypedArray {
  if (dtype === "float64") return values;
  const out = allocate(dtype, values.length);
  out.set(values);
  return out;
}

/**
 * The sum over `axes` as numbers: `foldOver` with +, but written out, because sums are in every gradient and this is
 * several times as fast.
 */
export function sumOf(x: Tensor, axes: readonly number[]): Float64Array {
  const out = new Float64Array(sizeOf(reducedShape(x.shape, axes, true)));
  const { buffer } = x.storage;
  eachRun(
    x.shape,
    [reducedLayout(x.shape, axes), x.storage],
    (n, [to = 0, from = 0], [step = 0, stride = 0]) => {
      if (step === 0) {
        let total = 0;
        for (let i = 0; i < n; i++) total += buffer[from + i * stride] ?? 0;
        out[to] = (out[to] ?? 0) + total;
      } else {
        for (let i = 0; i < n; i++)
          out[to + i * step] = (out[to + i * step] ?? 0) + (buffer[from + i * stride] ?? 0);
      }
    },
  );
  return out;
}

/** The mean over `axes` as numbers. */
export function meanOf(x: Tensor, axes: readonly number[]): Float64Array {
  const n = reducedCount(x.shape, axes);
  return sumOf(x, axes).map((total) => total / n);
}
