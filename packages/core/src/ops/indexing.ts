import { ArgumentError, DtypeError, ShapeError } from "../errors.js";
import { apply, numericDtype } from "../tape/apply.js";
import { defineOp } from "../tape/op.js";
import { zerosLike } from "../tensor/create.js";
import { allocate, getDefaultDtype, type Dtype, type TypedArray } from "../tensor/dtype.js";
import {
  checkShape,
  contiguousStrides,
  formatShape,
  normalizeAxis,
  sameShape,
  sizeOf,
  type Shape,
} from "../tensor/shape.js";
import { describe, type Tensor, type TensorType } from "../tensor/tensor.js";
import { rounded } from "./reduction.js";

/**
 * Indices are int32 tensors with values 0 … n − 1. Anything else is an error, negative values too: in computed
 * indices they are mistakes more often than a way to count from the end.
 */

type Indexed = readonly [x: Tensor, indices: Tensor];

interface AxisAttrs {
  readonly axis: number;
}

/**
 * The elements of an axis that `indices` names, in place of that axis: an embedding look-up is
 * `take(table [vocab, dim], indices [batch, time])` → [batch, time, dim]. Repeated indices add up in the gradient.
 * Throws DtypeError unless indices are int32, ArgumentError when one is outside 0 … n − 1.
 */
export function take(x: Tensor, indices: Tensor, axis = 0): Tensor {
  return apply(takeOp, [x, indices], { axis: normalizeAxis("take", axis, x.rank) });
}
const takeOp = defineOp<Indexed, AxisAttrs>({
  name: "take",
  shape([x, indices], { axis }) {
    requireIndices("take", indices);
    const shape = x.shape.toSpliced(axis, 1, ...indices.shape);
    checkShape("take", shape);
    return { shape, dtype: x.dtype };
  },
  forward([x, indices], { axis }, { shape, dtype }) {
    const out = allocate(dtype, sizeOf(shape));
    const { data } = x;
    eachTaken("take", x.shape, axis, indices, (within, taken, n) => {
      for (let k = 0; k < n; k++) out[taken + k] = data[within + k] ?? 0;
    });
    return out;
  },
  vjp: (dy, [x, indices], _y, { axis }) => [() => takeGrad(dy, indices, { shape: x.shape, axis }), null],
  jvp: ([dx], [, indices], _y, { axis }) => [() => take(dx, indices, axis), null],
});

/** The transpose of take: every slice of dy is added where it was taken from, in zeros of `shape`. */
function takeGrad(dy: Tensor, indices: Tensor, attrs: AxisAttrs & { readonly shape: Shape }): Tensor {
  return apply(takeGradOp, [dy, indices], attrs);
}
const takeGradOp = defineOp<Indexed, AxisAttrs & { readonly shape: Shape }>({
  name: "takeGrad",
  shape: ([dy], { shape }) => ({ shape, dtype: dy.dtype }),
  forward([dy, indices], { axis }, { shape, dtype }) {
    const total = new Float64Array(sizeOf(shape));
    const { data } = dy;
    eachTaken("takeGrad", shape, axis, indices, (within, taken, n) => {
      for (let k = 0; k < n; k++) total[within + k] = (total[within + k] ?? 0) + (data[taken + k] ?? 0);
    });
    return rounded(total, dtype);
  },
  vjp: (dx, [, indices], _x, { axis }) => [() => take(dx, indices, axis), null],
  jvp: ([ddy], [, indices], _x, attrs) => [() => takeGrad(ddy, indices, attrs), null],
});

/**
 * One element per index: y[i, j, …] = x[i, …, indices[i, j, …], …] with the index at `axis`. As PyTorch's `gather` and
 * NumPy's `take_along_axis`: with logits [batch, classes] and targets [batch, 1], `gather(logits, targets, 1)` is the
 * logit of each target. `indices` has the rank of x, and its sizes except on the axis.
 * Throws DtypeError unless indices are int32, ShapeError on other sizes, ArgumentError for one outside 0 … n − 1.
 */
export function gather(x: Tensor, indices: Tensor, axis: number): Tensor {
  return apply(gatherOp, [x, indices], { axis: normalizeAxis("gather", axis, x.rank) });
}
const gatherOp = defineOp<Indexed, AxisAttrs>({
  name: "gather",
  shape([x, indices], { axis }) {
    checkAlong("gather", x, indices, axis);
    return { shape: indices.shape, dtype: x.dtype };
  },
  forward([x, indices], { axis }, { shape, dtype }) {
    const out = allocate(dtype, sizeOf(shape));
    const { data } = x;
    eachGathered("gather", x.shape, axis, indices, (within, at) => (out[at] = data[within] ?? 0));
    return out;
  },
  vjp: (dy, [x, indices], _y, { axis }) => [() => scatterAdd(zerosLike(x), indices, dy, axis), null],
  jvp: ([dx], [, indices], _y, { axis }) => [() => gather(dx, indices, axis), null],
});

/**
 * x plus `updates`, each added at its index: y[i, …, indices[i, j, …], …] += updates[i, j, …] with the index at `axis`.
 * Repeated indices add up. `updates` and `indices` have one shape, that of x except on the axis. The transpose of
 * `gather`, and PyTorch's `scatter_add`. Throws as `gather` does, and DtypeError for bool.
 */
export function scatterAdd(x: Tensor, indices: Tensor, updates: Tensor, axis: number): Tensor {
  return apply(scatterAddOp, [x, indices, updates], { axis: normalizeAxis("scatterAdd", axis, x.rank) });
}
const scatterAddOp = defineOp<readonly [Tensor, Tensor, Tensor], AxisAttrs>({
  name: "scatterAdd",
  shape([x, indices, updates], { axis }) {
    checkAlong("scatterAdd", x, indices, axis);
    if (!sameShape(updates.shape, indices.shape)) {
      throw new ShapeError(
        `scatterAdd: got updates ${formatShape(updates.shape)} for indices ${formatShape(indices.shape)}, expected one shape`,
      );
    }
    return { shape: x.shape, dtype: numericDtype("scatterAdd", [x, updates]) };
  },
  forward([x, indices, updates], { axis }, { shape, dtype }) {
    const total = Float64Array.from(x.data);
    const { data } = updates;
    eachGathered("scatterAdd", shape, axis, indices, (within, at) => {
      total[within] = (total[within] ?? 0) + (data[at] ?? 0);
    });
    return rounded(total, dtype);
  },
  vjp: (dy, [, indices], _y, { axis }) => [() => dy, null, () => gather(dy, indices, axis)],
  jvp: ([dx, , du], [x, indices], _y, { axis }) => [
    () => dx,
    null,
    () => scatterAdd(zerosLike(x), indices, du, axis),
  ],
});

/** The dtype of one-hot vectors: the default dtype unless named. */
export interface OneHotOptions {
  readonly dtype?: Dtype;
}

/**
 * A vector of length `depth` for each index, 1 at the index and 0 elsewhere: [b] → [b, depth].
 * Throws DtypeError unless indices are int32, ArgumentError when one is outside 0 … depth − 1.
 */
export function oneHot(
  indices: Tensor,
  depth: number,
  { dtype = getDefaultDtype() }: OneHotOptions = {},
): Tensor {
  if (!Number.isInteger(depth) || depth < 0) {
    throw new ArgumentError(`oneHot: got depth ${depth}, expected a whole number of 0 or more`);
  }
  return apply(oneHotOp, [indices], { depth, dtype });
}
const oneHotOp = defineOp<readonly [Tensor], { readonly depth: number; readonly dtype: Dtype }>({
  name: "oneHot",
  shape([indices], { depth, dtype }) {
    requireIndices("oneHot", indices);
    const shape = [...indices.shape, depth];
    checkShape("oneHot", shape);
    return { shape, dtype };
  },
  forward([indices], { depth }, { shape, dtype }) {
    const out = allocate(dtype, sizeOf(shape));
    checkedIndices("oneHot", indices, depth).forEach((value, i) => (out[i * depth + value] = 1));
    return out;
  },
});

/**
 * Visits every slice that `take` copies: `n` elements that start at `within` in a row-major tensor of `shape` and at
 * `taken` in the result.
 */
function eachTaken(
  op: string,
  shape: Shape,
  axis: number,
  indices: Tensor,
  visit: (within: number, taken: number, n: number) => void,
): void {
  const size = shape[axis] ?? 0;
  const list = checkedIndices(op, indices, size);
  const outer = sizeOf(shape.slice(0, axis));
  const inner = sizeOf(shape.slice(axis + 1));
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < list.length; j++) {
      visit((o * size + (list[j] ?? 0)) * inner, (o * list.length + j) * inner, inner);
    }
  }
}

/** Visits every element that `gather` takes: position in a row-major tensor of `shape`, and in the result. */
function eachGathered(
  op: string,
  shape: Shape,
  axis: number,
  indices: Tensor,
  visit: (within: number, at: number) => void,
): void {
  const size = shape[axis] ?? 0;
  const list = checkedIndices(op, indices, size);
  const count = indices.shape[axis] ?? 0;
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  for (let o = 0, at = 0; o < outer; o++) {
    for (let j = 0; j < count; j++) {
      for (let i = 0; i < inner; i++, at++) visit((o * size + (list[at] ?? 0)) * inner + i, at);
    }
  }
}

/** The values of an index tensor, row-major. Only a kernel knows them, so their range is checked here. */
function checkedIndices(op: string, indices: Tensor, size: number): TypedArray {
  const { data } = indices;
  const wrong = data.findIndex((value) => value < 0 || value >= size);
  if (wrong >= 0) {
    const strides = contiguousStrides(indices.shape);
    const position = indices.shape.map((n, axis) => Math.floor(wrong / (strides[axis] ?? 1)) % n);
    const at = indices.rank === 0 ? "" : ` at ${formatShape(position)}`;
    const range = size === 0 ? "none: the axis is empty" : `0 … ${size - 1}`;
    throw new ArgumentError(`${op}: got index ${data[wrong] ?? 0}${at}, expected ${range}`);
  }
  return data;
}

function requireIndices(op: string, indices: TensorType): void {
  if (indices.dtype === "int32") return;
  throw new DtypeError(
    `${op}: got indices ${describe(indices)}, expected int32; tensor([…], { dtype: "int32" }) or cast`,
  );
}

/** Indices along one axis of x: of its rank, and of its sizes on the other axes. */
function checkAlong(op: string, x: TensorType, indices: TensorType, axis: number): void {
  requireIndices(op, indices);
  const fits =
    indices.shape.length === x.shape.length && indices.shape.every((n, i) => i === axis || n === x.shape[i]);
  if (!fits) {
    const want = x.shape.map((n, i) => (i === axis ? "any" : n)).join(", ");
    throw new ShapeError(
      `${op}: got indices ${formatShape(indices.shape)} for ${formatShape(x.shape)}, expected [${want}]`,
    );
  }
}
