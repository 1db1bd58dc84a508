import type { Tensor } from "../tensor/tensor.js";

/** The number that all elements are, bit for bit, or undefined if they differ or there are none. */
export function numberOf(t: Tensor): number | undefined {
  if (t.size === 0) return undefined;
  const { buffer, strides, offset } = t.storage;
  if (t.shape.every((n, axis) => n === 1 || strides[axis] === 0)) return buffer[offset];
  const { data } = t;
  const [first] = data;
  return data.every((x) => Object.is(x, first)) ? first : undefined;
}
