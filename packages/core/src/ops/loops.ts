import { allocate, type TypedArray } from "../tensor/dtype.js";
import { broadcastStrides, eachRun, rowMajor, type Layout } from "../tensor/layout.js";
import { broadcastShapes, sizeOf } from "../tensor/shape.js";
import type { Tensor, TensorType } from "../tensor/tensor.js";
import { commonDtype, floatDtype, numericDtype } from "../tape/apply.js";

/** The reference loops that many operations share. Arithmetic is in float64; storing rounds once to the dtype. */

/** Kernel of an elementwise function of one tensor. */
export function unaryLoop(f: (x: number) => number) {
  return ([x]: readonly [Tensor], _attrs: object, type: TensorType): TypedArray => mapElements(x, type, f);
}

/** `f` of every element, in row-major order. */
export function mapElements(x: Tensor, type: TensorType, f: (x: number) => number): TypedArray {
  const out = allocate(type.dtype, sizeOf(type.shape));
  const { buffer } = x.storage;
  eachRun(x.shape, [rowMajor(x.shape), x.storage], (n, [to = 0, from = 0], [, step = 0]) => {
    for (let i = 0; i < n; i++) out[to + i] = f(buffer[from + i * step] ?? 0);
  });
  return out;
}

/** Kernel of an elementwise function of two tensors, with broadcasting. */
export function binaryLoop(f: (a: number, b: number) => number) {
  return ([a, b]: readonly [Tensor, Tensor], _attrs: object, { shape, dtype }: TensorType): TypedArray => {
    const out = allocate(dtype, sizeOf(shape));
    const [x, y] = [a.storage.buffer, b.storage.buffer];
    const operands = [rowMajor(shape), stretch(a, shape), stretch(b, shape)];
    eachRun(shape, operands, (n, [to = 0, i0 = 0, j0 = 0], [, di = 0, dj = 0]) => {
      for (let k = 0; k < n; k++) out[to + k] = f(x[i0 + k * di] ?? 0, y[j0 + k * dj] ?? 0);
    });
    return out;
  };
}

/** The layout of `t` seen as `shape` through broadcasting. */
export function stretch(t: Tensor, shape: readonly number[]): Layout {
  const { strides, offset } = t.storage;
  return { strides: broadcastStrides(t.shape, strides, shape), offset };
}

/** Shape rule of an elementwise float operation of one tensor. */
export function floatUnary(name: string) {
  return ([x]: readonly [TensorType]): TensorType => ({ shape: x.shape, dtype: floatDtype(name, [x]) });
}

/** Shape rule of an elementwise operation of one tensor of numbers: float or int32. */
export function numericUnary(name: string) {
  return ([x]: readonly [TensorType]): TensorType => ({ shape: x.shape, dtype: numericDtype(name, [x]) });
}

/** Shape rule of an elementwise operation of two tensors of one dtype. */
export function broadcastBinary(name: string, dtypeRule: (name: string, types: readonly TensorType[]) => TensorType["dtype"] = commonDtype) {
  return ([a, b]: readonly [TensorType, TensorType]): TensorType => ({
    dtype: dtypeRule(name, [a, b]),
    shape: broadcastShapes(name, a.shape, b.shape),
  });
}
