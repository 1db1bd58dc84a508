import { ArgumentError, DtypeError, ShapeError } from "../errors.js";
import type { TypedArray } from "../tensor/dtype.js";
import { contiguousStrides, formatShape, sizeOf, type Shape } from "../tensor/shape.js";
import { describe, type Tensor, type TensorType } from "../tensor/tensor.js";

/*
 * Indices are int32 tensors with values 0 … n − 1. Anything else is an error, negative values too: in computed
 * indices they are mistakes more often than a way to count from the end.
 */

/**
 * Visits every slice that `take` copies: `n` elements that start at `within` in a row-major tensor of `shape` and at
 * `taken` in the result.
 */
export function eachTaken(
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
export function eachGathered(
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
export function checkedIndices(op: string, indices: Tensor, size: number): TypedArray {
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

export function requireIndices(op: string, indices: TensorType): void {
  if (indices.dtype === "int32") return;
  throw new DtypeError(
    `${op}: got indices ${describe(indices)}, expected int32; tensor([…], { dtype: "int32" }) or cast`,
  );
}

/** Indices along one axis of x: of its rank, and of its sizes on the other axes. */
export function checkAlong(op: string, x: TensorType, indices: TensorType, axis: number): void {
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
