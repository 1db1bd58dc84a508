import { ArgumentError, ShapeError } from "../errors.js";
import { shown } from "../expect.js";
import { axesOf, axisOf, checkTensor, shapeOf } from "../tensor/operand.js";
import { apply } from "../tape/apply.js";
import { libraryOp } from "../tape/op.js";
import { element } from "../tensor/create.js";
import { allocate, type TypedArray } from "../tensor/dtype.js";
import { copyElements, type Layout } from "../tensor/layout.js";
import { checkShape, contiguousStrides, formatShape, sizeOf, type Shape } from "../tensor/shape.js";
import { viewOf, type Tensor } from "../tensor/tensor.js";
import { expandDims } from "./movement.js";
import { spansOf, type Ranges } from "./ranges.js";

type One = readonly [Tensor];

/** Where a slice begins on each axis, and how far apart its elements are. */
interface SliceAttrs {
  readonly start: readonly number[];
  readonly step: readonly number[];
}

/**
 * Part of a tensor, of the same rank. A view. Either one range for each leading axis (`null` for a whole axis), or
 * the range of one axis by name:
 *
 *     slice(x, [[0, 5], null, [null, null, -1]])  // x[0:5, :, ::-1]
 *     slice(x, { axis: -1, start: 2, stop: 4 })   // x[..., 2:4]
 *
 * As in NumPy, negative positions count from the end, positions beyond an end stop there, and a negative step walks
 * backwards. `index` takes one element and drops its axis.
 * Throws ShapeError for more ranges than axes, ArgumentError for fractions or a step of 0.
 */
export function slice(x: Tensor, ranges: Ranges): Tensor {
  const spans = spansOf(shapeOf("slice", x), ranges);
  const [start, step] = [spans.map((span) => span.start), spans.map((span) => span.step)];
  return sliceAt(
    x,
    spans.map((span) => span.size),
    { start, step },
  );
}
function sliceAt(x: Tensor, size: Shape, { start, step }: SliceAttrs): Tensor {
  return apply(sliceOp, [x], { size, start, step });
}
export const sliceOp = libraryOp<One, SliceAttrs & { readonly size: Shape }>({
  name: "slice",
  shape: ([x], { size }) => ({ shape: size, dtype: x.dtype }),
  forward: ([x], { start, step }, { shape }) => viewOf(x, shape, slicedLayout(x.storage, start, step)),
  vjp: (dy, [x], _y, at) => [() => sliceGrad(dy, x.shape, at)],
  jvp: "linear",
});

/** The transpose of slice: y scattered into zeros of `shape`. Its own transpose is slice again. */
function sliceGrad(y: Tensor, shape: Shape, { start, step }: SliceAttrs): Tensor {
  return apply(sliceGradOp, [y], { shape, start, step });
}
export const sliceGradOp = libraryOp<One, SliceAttrs & { readonly shape: Shape }>({
  name: "sliceGrad",
  shape: ([y], { shape }) => ({ shape, dtype: y.dtype }),
  forward: ([y], { start, step }, type) =>
    embed(y, allocate(y.dtype, sizeOf(type.shape)), type.shape, start, step),
  vjp: (dx, [y], _x, at) => [() => sliceAt(dx, y.shape, at)],
  jvp: "linear",
});

/**
 * Element i of an axis, by default the first; the axis disappears: [t, b, d] → [b, d]. A view. Negative i counts
 * from the end. Throws ArgumentError outside −n … n − 1. To take all elements in turn, see `unstack`.
 */
export function index(x: Tensor, i: number, axis = 0): Tensor {
  const at = axisOf("index", x, axis);
  const n = x.shape[at] ?? 0;
  if (!Number.isInteger(i) || i < -n || i >= n) {
    const range = n === 0 ? "none: the axis is empty" : `−${n} … ${n - 1}`;
    throw new ArgumentError(
      `index: got ${shown(i)} on axis ${at} of ${formatShape(x.shape)}, expected ${range}`,
    );
  }
  return apply(indexOp, [x], { axis: at, index: i < 0 ? i + n : i });
}
export const indexOp = libraryOp<One, { readonly axis: number; readonly index: number }>({
  name: "index",
  shape: ([x], { axis }) => ({ shape: x.shape.toSpliced(axis, 1), dtype: x.dtype }),
  forward([x], { axis, index: i }, { shape }) {
    const { strides, offset } = x.storage;
    return viewOf(x, shape, {
      strides: strides.toSpliced(axis, 1),
      offset: offset + i * (strides[axis] ?? 0),
    });
  },
  vjp(dy, [x], _y, { axis, index: i }) {
    const start = x.shape.map((_, k) => (k === axis ? i : 0));
    return [() => sliceGrad(expandDims(dy, axis), x.shape, { start, step: x.shape.map(() => 1) })];
  },
  jvp: "linear",
});

/** Reverses the order of the elements along the given axes, by default all. A view; twice gives x again. */
export function flip(x: Tensor, axes?: number | Shape): Tensor {
  return apply(flipOp, [x], { axes: axesOf("flip", x, axes) });
}
export const flipOp = libraryOp<One, { readonly axes: readonly number[] }>({
  name: "flip",
  shape: ([x]) => x,
  forward([x], { axes }) {
    const start = x.shape.map((n, axis) => (axes.includes(axis) ? Math.max(n - 1, 0) : 0));
    const step = x.shape.map((_, axis) => (axes.includes(axis) ? -1 : 1));
    return viewOf(x, x.shape, slicedLayout(x.storage, start, step));
  },
  vjp: (dy, _x, _y, { axes }) => [() => flip(dy, axes)],
  jvp: "linear",
});

/**
 * Adds `before` and `after` elements of `value` (by default 0) around each axis: one pair per axis of x, and
 * [m, n] → [before + m + after, …]. `slice` undoes it.
 * Throws ShapeError unless there is a pair of whole numbers ≥ 0 for each axis, DtypeError when x cannot hold `value`.
 */
export function pad(
  x: Tensor,
  widths: readonly (readonly [before: number, after: number])[],
  value: number | boolean = 0,
): Tensor {
  const t = checkTensor("pad", x);
  const isPair = (pair: unknown): boolean =>
    Array.isArray(pair) && pair.length === 2 && pair.every((n) => Number.isSafeInteger(n) && n >= 0);
  const isList: boolean = Array.isArray(widths);
  if (!isList || widths.length !== t.rank || !widths.every(isPair)) {
    const pairs = isList
      ? widths.map((pair: unknown) => (Array.isArray(pair) ? formatShape(pair) : shown(pair)))
      : [];
    const got = isList ? `[${pairs.join(", ")}]` : shown(widths);
    throw new ShapeError(
      `pad: got ${got} for ${formatShape(t.shape)}, expected a pair [before, after] of whole numbers ≥ 0 for each axis`,
    );
  }
  const filler = element("pad", value, t.dtype);
  return apply(padOp, [x], {
    widths: widths.map(([before, after]) => [before, after] as const),
    value: filler,
  });
}
export const padOp = libraryOp<
  One,
  { readonly widths: readonly (readonly [number, number])[]; readonly value: number }
>({
  name: "pad",
  shape([x], { widths }) {
    const shape = x.shape.map((n, axis) => n + sumPair(widths[axis]));
    checkShape("pad", shape);
    return { shape, dtype: x.dtype };
  },
  forward([x], { widths, value }, { shape, dtype }) {
    const out = allocate(dtype, sizeOf(shape)).fill(value);
    return embed(
      x,
      out,
      shape,
      widths.map(([before]) => before),
      x.shape.map(() => 1),
    );
  },
  vjp: (dy, [x], _y, { widths }) => [
    () =>
      slice(
        dy,
        widths.map(([before], axis) => [before, before + (x.shape[axis] ?? 0)] as const),
      ),
  ],
  jvp: ([dx], _x, _y, { widths }) => [() => pad(dx, widths)],
});

/** Writes y into `out`, a row-major array of `shape`, at the positions that a slice with this start and step has. */
function embed(
  y: Tensor,
  out: TypedArray,
  shape: Shape,
  start: readonly number[],
  step: readonly number[],
): TypedArray {
  copyElements(
    y.shape,
    y.storage,
    out,
    slicedLayout({ strides: contiguousStrides(shape), offset: 0 }, start, step),
  );
  return out;
}

function slicedLayout(
  { strides, offset }: Layout,
  start: readonly number[],
  step: readonly number[],
): Layout {
  return {
    strides: strides.map((stride, axis) => stride * (step[axis] ?? 1)),
    offset: strides.reduce((at, stride, axis) => at + stride * (start[axis] ?? 0), offset),
  };
}

function sumPair([before, after]: readonly [number, number] = [0, 0]): number {
  return before + after;
}
