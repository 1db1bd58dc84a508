import { ShapeError } from "../errors.js";
import { apply, numericDtype } from "../tape/apply.js";
import { libraryOp } from "../tape/op.js";
import { isFloat } from "../tensor/dtype.js";
import { eachRun, type Layout } from "../tensor/layout.js";
import { contiguousStrides, formatShape, reducedShape, sizeOf, type Shape } from "../tensor/shape.js";
import type { Tensor, TensorType } from "../tensor/tensor.js";
import { div } from "./arithmetic.js";
import { cast } from "./cast.js";
import { equal, where } from "./compare.js";
import { keepReduced, sum } from "./reduce.js";
import {
  foldOver,
  reduceAttrs,
  reducedLayout,
  reducing,
  rounded,
  type ReduceAttrs,
  type Reduction,
} from "./reduction.js";

type One = readonly [Tensor];

/**
 * The largest element over axes; NaN if one of them is NaN. Elements that tie share the gradient evenly.
 * Throws ShapeError over an empty axis, which has no largest element.
 */
export function max(x: Tensor, options: Reduction = {}): Tensor {
  return apply(maxOp, [x], reduceAttrs("max", x, options));
}
const maxOp = extremum("max", -Infinity, Math.max);

/**
 * The smallest element over axes; NaN if one of them is NaN. Elements that tie share the gradient evenly.
 * Throws ShapeError over an empty axis, which has no smallest element.
 */
export function min(x: Tensor, options: Reduction = {}): Tensor {
  return apply(minOp, [x], reduceAttrs("min", x, options));
}
const minOp = extremum("min", Infinity, Math.min);

function extremum(name: string, initial: number, pick: (a: number, b: number) => number) {
  const shape = reducing(name, numericDtype);
  return libraryOp<One, ReduceAttrs>({
    name,
    shape([x], attrs) {
      requireElements(name, x, attrs.axes);
      return shape([x], attrs);
    },
    forward([x], { axes }, { dtype }) {
      const picked = foldOver(x, axes, initial, (sofar, v) => pick(sofar, v));
      return rounded(picked, dtype);
    },
    vjp: (dy, [x], y, { axes }) => [
      () => {
        const wins = equal(x, keepReduced(y, x.shape, axes));
        const count = sum(cast(wins, x.dtype), { axes, keepDims: true });
        return where(wins, div(keepReduced(dy, x.shape, axes), count), 0);
      },
    ],
    pieces: ([x], { axes }) => winners(x, axes, name === "max"),
    jvp: ([dx], [x], y, { axes, keepDims }) => [
      () => {
        const wins = equal(x, keepReduced(y, x.shape, axes));
        return div(sum(where(wins, dx, 0), { axes, keepDims }), sum(cast(wins, x.dtype), { axes, keepDims }));
      },
    ],
  });
}

/**
 * Where the largest element lies, as int32: its index along the axis or, over several axes (by default all), its
 * index in their row-major order. The first of equals wins, and NaN wins over numbers. bool counts as 0 and 1.
 * Throws ShapeError over an empty axis.
 */
export function argmax(x: Tensor, options: Reduction = {}): Tensor {
  return apply(argmaxOp, [x], reduceAttrs("argmax", x, options));
}
const argmaxOp = positionOf("argmax", true);

/** Where the smallest element lies; in every other respect as {@link argmax}. */
export function argmin(x: Tensor, options: Reduction = {}): Tensor {
  return apply(argminOp, [x], reduceAttrs("argmin", x, options));
}
const argminOp = positionOf("argmin", false);

function positionOf(name: string, isLargest: boolean) {
  return libraryOp<One, ReduceAttrs>({
    name,
    shape([x], { axes, keepDims }) {
      requireElements(name, x, axes);
      return { shape: reducedShape(x.shape, axes, keepDims), dtype: "int32" };
    },
    forward: ([x], { axes }) => positions(x, axes, isLargest).at,
    pieces: ([x], { axes }) => winners(x, axes, isLargest),
  });
}

/** Per output, where the first of the largest (or smallest) elements lies, and whether another one equals it. */
function positions(x: Tensor, axes: readonly number[], isLargest: boolean) {
  const size = sizeOf(reducedShape(x.shape, axes, false));
  const at = new Int32Array(size).fill(-1);
  const best = new Float64Array(size);
  const tied = new Uint8Array(size);
  const { buffer } = x.storage;
  const operands = [reducedLayout(x.shape, axes), x.storage, positionLayout(x.shape, axes)];
  eachRun(x.shape, operands, (n, [to = 0, from = 0, first = 0], [step = 0, stride = 0, next = 0]) => {
    for (let i = 0; i < n; i++) {
      const k = to + i * step;
      const v = buffer[from + i * stride] ?? 0;
      const held = best[k] ?? 0;
      const beats = isLargest ? v > held : v < held;
      if (at[k] !== -1 && !beats && !(Number.isNaN(v) && !Number.isNaN(held))) {
        if (v === held) tied[k] = 1;
        continue;
      }
      best[k] = v;
      at[k] = first + i * next;
      tied[k] = 0;
    }
  });
  return { at, tied };
}

/** Pieces of a choice: one per element that may win, with a boundary where several do. */
function winners(x: Tensor, axes: readonly number[], isLargest: boolean): ArrayLike<number> {
  if (!isFloat(x.dtype)) return new Int32Array(0);
  const { at, tied } = positions(x, axes, isLargest);
  return at.map((first, k) => 2 * first + (tied[k] ?? 0));
}

/** Counts the reduced elements: the index of an element in the row-major order of `axes` alone. */
function positionLayout(shape: Shape, axes: readonly number[]): Layout {
  const strides = contiguousStrides(axes.map((axis) => shape[axis] ?? 1));
  return { strides: shape.map((_, i) => strides[axes.indexOf(i)] ?? 0), offset: 0 };
}

function requireElements(name: string, x: TensorType, axes: readonly number[]): void {
  const empty = axes.find((axis) => x.shape[axis] === 0);
  if (empty === undefined) return;
  throw new ShapeError(
    `${name}: got ${formatShape(x.shape)} with the empty axis ${empty}, expected elements to choose from`,
  );
}
