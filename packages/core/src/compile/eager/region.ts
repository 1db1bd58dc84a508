import { rowMajor, type Layout } from "../../tensor/layout.js";
import type { TypedArray } from "../../tensor/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";

/** The stretch of a buffer in which a tensor's elements lie; the layout counts from where it begins. */
export interface Region extends Layout {
  readonly buffer: TypedArray;
  readonly start: number;
  readonly length: number;
}

/** A view that shows less than this part of its region is put in order first. */
const SPARSE = 0.5;

/** What has to be in memory for a program to see the tensor: views of whole matrices are copied as they lie. */
export function regionOf(t: Tensor): Region {
  const { shape, size } = t;
  const { buffer, strides, offset } = t.storage;
  if (size === 0) return { buffer, start: 0, length: 0, ...rowMajor(shape) };
  let [low, high] = [0, 0];
  for (let axis = 0; axis < shape.length; axis++) {
    const reach = ((shape[axis] ?? 1) - 1) * (strides[axis] ?? 0);
    if (reach < 0) low += reach;
    else high += reach;
  }
  const length = high - low + 1;
  if (size < SPARSE * length) {
    const { data } = t;
    return { buffer: data, start: 0, length: size, ...rowMajor(shape) };
  }
  return { buffer, start: offset + low, length, strides, offset: -low };
}

/** Copies a region to `target` at element `at`. */
export function copyRegion({ buffer, start, length }: Region, target: TypedArray, at: number): void {
  // A short region is copied faster by a loop than by the two calls that move a block.
  if (length <= 8) for (let i = 0; i < length; i++) target[at + i] = buffer[start + i] ?? 0;
  else target.set(length === buffer.length ? buffer : buffer.subarray(start, start + length), at);
}
