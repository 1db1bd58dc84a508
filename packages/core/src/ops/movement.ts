import { ShapeError } from "../errors.js";
import { checkList, isNumber, shown } from "../expect.js";
import { axesOf, axisOf, shapeOf } from "../tensor/operand.js";
import { apply } from "../tape/apply.js";
import { libraryOp } from "../tape/op.js";
import { broadcastStrides, reshapeStrides } from "../tensor/layout.js";
import {
  broadcastShapes,
  checkShape,
  checkSizes,
  formatShape,
  normalizeAxes,
  normalizeAxis,
  sameShape,
  sizeOf,
  type Shape,
} from "../tensor/shape.js";
import { fromBuffer, viewOf, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { sumTo } from "./reduce.js";

/**
 * Reorders the axes: axis i of the result is axis `axes[i]` of x. Without `axes`, all are reversed. A view.
 */
export function permute(x: Tensor, axes?: Shape): Tensor {
  const shape = shapeOf("permute", x);
  const { length: rank } = shape;
  if (axes !== undefined) checkList("permute", "axes", axes, "an array of axes");
  const wanted = axes ?? shape.map((_, i) => rank - 1 - i);
  const order = wanted.map((axis) => normalizeAxis("permute", axis, rank));
  if (order.length !== rank || new Set(order).size !== rank) {
    throw new ShapeError(
      `permute: got axes ${formatShape(wanted)} for ${formatShape(shape)}, expected each axis once`,
    );
  }
  return apply(permuteOp, [x], { axes: order });
}
export const permuteOp = libraryOp<readonly [Tensor], { axes: readonly number[] }>({
  name: "permute",
  shape: ([x], { axes }) => ({ shape: axes.map((axis) => x.shape[axis] ?? 0), dtype: x.dtype }),
  forward([x], { axes }, { shape }) {
    const { strides, offset } = x.storage;
    return viewOf(x, shape, { strides: axes.map((axis) => strides[axis] ?? 0), offset });
  },
  vjp: (dy, _x, _y, { axes }) => [
    () =>
      permute(
        dy,
        axes.map((_, i) => axes.indexOf(i)),
      ),
  ],
  jvp: "linear",
});

/** Swaps two axes, by default the last two: the matrix transpose xᵀ. A view. Throws ShapeError below rank 2. */
export function transpose(x: Tensor, axis0 = -2, axis1 = -1): Tensor {
  const shape = shapeOf("transpose", x);
  if (shape.length < 2) throw new ShapeError(`transpose: got ${formatShape(shape)}, expected rank 2 or more`);
  const a = axisOf("transpose", x, axis0);
  const b = axisOf("transpose", x, axis1);
  return permute(
    x,
    shape.map((_, i) => (i === a ? b : i === b ? a : i)),
  );
}

/** Moves one axis to another position; the others keep their order. A view. */
export function moveAxis(x: Tensor, from: number, to: number): Tensor {
  const source = axisOf("moveAxis", x, from);
  const target = axisOf("moveAxis", x, to);
  const others = x.shape.map((_, i) => i).toSpliced(source, 1);
  return permute(x, others.toSpliced(target, 0, source));
}

/**
 * The same elements, row-major, in another shape; one size may be −1 and is inferred. A view where the elements'
 * places in memory allow it (always for a contiguous tensor), else a copy. Throws ShapeError when the sizes differ.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  return apply(reshapeOp, [x], { shape: inferSize(shapeOf("reshape", x), shape) });
}
export const reshapeOp = libraryOp<readonly [Tensor], { shape: Shape }>({
  name: "reshape",
  shape: ([x], { shape }) => ({ shape, dtype: x.dtype }),
  forward([x], _attrs, type) {
    const { strides, offset } = x.storage;
    const seen = reshapeStrides(x.shape, strides, type.shape);
    return seen ? viewOf(x, type.shape, { strides: seen, offset }) : fromBuffer(type, x.data);
  },
  vjp: (dy, [x]) => [() => reshape(dy, x.shape)],
  jvp: "linear",
});

function inferSize(from: Shape, to: Shape): Shape {
  checkSizes("reshape", to);
  if (!to.every(isNumber)) checkShape("reshape", to);
  const size = sizeOf(from);
  const free = to.filter((n) => n === -1).length;
  const rest = to.reduce((product, n) => (n === -1 ? product : product * n), 1);
  if (free > 1) throw new ShapeError(`reshape: got ${formatShape(to)}, expected at most one −1`);
  const shape = to.map((n) => (n === -1 ? (rest === 0 ? 0 : size / rest) : n));
  if (free === 0 || Number.isInteger(size / rest)) checkShape("reshape", shape);
  if (!shape.every(Number.isInteger) || sizeOf(shape) !== size || (free === 1 && rest === 0)) {
    throw new ShapeError(
      `reshape: got ${formatShape(from)} (${size} elements), which does not fit ${formatShape(to)}`,
    );
  }
  return shape;
}

/** Merges neighbouring axes into one, by default all: [b, t, d] → [b·t·d], or [b, t·d] from axis 1. See {@link reshape}. */
export function flatten(x: Tensor, first = 0, last = -1): Tensor {
  const shape = shapeOf("flatten", x);
  if (shape.length === 0) return reshape(x, [1]);
  const from = axisOf("flatten", x, first);
  const to = axisOf("flatten", x, last);
  if (from > to)
    throw new ShapeError(
      `flatten: got axes ${first} … ${last} of ${formatShape(shape)}, expected them in order`,
    );
  return reshape(x, shape.toSpliced(from, to - from + 1, sizeOf(shape.slice(from, to + 1))));
}

/** Inserts axes of size 1 at the given positions of the result. A view. */
export function expandDims(x: Tensor, axes: number | Shape): Tensor {
  const sizes = [...shapeOf("expandDims", x)];
  if (typeof axes !== "number") checkList("expandDims", "axes", axes, "an axis or an array of axes");
  const rank = sizes.length + (typeof axes === "number" ? 1 : axes.length);
  const at = normalizeAxes("expandDims", axes, rank);
  return reshape(
    x,
    Array.from({ length: rank }, (_, i) => (at.includes(i) ? 1 : (sizes.shift() ?? 1))),
  );
}

/** Drops axes of size 1: all of them, or the given ones. A view. Throws ShapeError when a given axis is not 1. */
export function squeeze(x: Tensor, axes?: number | Shape): Tensor {
  const shape = shapeOf("squeeze", x);
  const drop =
    axes === undefined ? shape.flatMap((n, i) => (n === 1 ? [i] : [])) : axesOf("squeeze", x, axes);
  const wrong = drop.find((axis) => shape[axis] !== 1);
  if (wrong !== undefined) {
    throw new ShapeError(
      `squeeze: axis ${wrong} of ${formatShape(shape)} is ${shape[wrong] ?? 0}, expected 1`,
    );
  }
  return reshape(
    x,
    shape.filter((_, i) => !drop.includes(i)),
  );
}

/** Stretches axes of size 1, and adds leading axes, to give `shape`. A view. */
export function broadcastTo(x: TensorLike, shape: Shape): Tensor {
  checkShape("broadcastTo", shape);
  return apply(broadcastToOp, [x], { shape: [...shape] });
}
export const broadcastToOp = libraryOp<readonly [Tensor], { shape: Shape }>({
  name: "broadcastTo",
  shape([x], { shape }) {
    if (!sameShape(broadcastShapes("broadcastTo", x.shape, shape), shape)) {
      throw new ShapeError(
        `broadcastTo: got ${formatShape(x.shape)}, which does not stretch to ${formatShape(shape)}`,
      );
    }
    return { shape, dtype: x.dtype };
  },
  forward([x], _attrs, { shape }) {
    const { strides, offset } = x.storage;
    return viewOf(x, shape, { strides: broadcastStrides(x.shape, strides, shape), offset });
  },
  vjp: (dy, [x]) => [() => sumTo(dy, x.shape)],
  jvp: "linear",
});

/**
 * Repeats the whole tensor `counts[i]` times along axis i, aligned at the last axis, as NumPy's `tile`:
 * [1, 2] with [3] → [1, 2, 1, 2, 1, 2]. More counts than axes add leading axes.
 */
export function tile(x: Tensor, counts: number | Shape): Tensor {
  const shape = shapeOf("tile", x);
  if (typeof counts !== "number") checkList("tile", "counts", counts, "a number or an array of them");
  const list = typeof counts === "number" ? [counts] : counts;
  const lead = Math.max(list.length - shape.length, 0);
  let tiled = lead === 0 ? x : reshape(x, [...new Array<number>(lead).fill(1), ...shape]);
  list.forEach((count, i) => {
    const axis = tiled.rank - list.length + i;
    tiled = repeatFrom("tile", tiled, count, axis, axis);
  });
  return tiled;
}

/** Repeats each element of an axis `count` times in a row, as NumPy's `repeat`: [1, 2] with 3 → [1, 1, 1, 2, 2, 2]. */
export function repeat(x: Tensor, count: number, axis = 0): Tensor {
  const at = axisOf("repeat", x, axis);
  return repeatFrom("repeat", x, count, at, at + 1);
}

/** Repeats the blocks that the axes from `inner` on make up, which makes `axis` longer. Three views and a copy. */
function repeatFrom(op: string, x: Tensor, count: number, axis: number, inner: number): Tensor {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new ShapeError(`${op}: got count ${shown(count)}, expected a whole number of 0 or more`);
  }
  if (count === 1) return x;
  const outer = sizeOf(x.shape.slice(0, inner));
  const block = sizeOf(x.shape.slice(inner));
  const repeated = broadcastTo(reshape(x, [outer, 1, block]), [outer, count, block]);
  return reshape(repeated, x.shape.with(axis, (x.shape[axis] ?? 0) * count));
}
