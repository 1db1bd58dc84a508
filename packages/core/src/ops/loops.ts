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

/** One run of a binary kernel: element k of the run is out[to + k], x[i + k·di] and y[j + k·dj]. */
export type BinaryRun = (
  n: number,
  out: TypedArray,
  to: number,
  x: TypedArray,
  i: number,
  di: number,
  y: TypedArray,
  j: number,
  dj: number,
) => void;

/** Kernel of an elementwise function of two tensors, with broadcasting. */
export function binaryLoop(f: (a: number, b: number) => number) {
  return binaryRuns((n, out, to, x, i, di, y, j, dj) => {
    for (let k = 0; k < n; k++) out[to + k] = f(x[i + k * di] ?? 0, y[j + k * dj] ?? 0);
  });
}

/**
 * As {@link binaryLoop}, for a loop written out: the engine inlines the arithmetic, where a shared loop would call a
 * function per element. For the few operations of which every step is made.
 */
export function binaryRuns(run: BinaryRun) {
  return ([a, b]: readonly [Tensor, Tensor], _attrs: object, { shape, dtype }: TensorType): TypedArray => {
    const out = allocate(dtype, sizeOf(shape));
    const [x, y] = [a.storage.buffer, b.storage.buffer];
    const operands = [rowMajor(shape), stretch(a, shape), stretch(b, shape)];
    eachRun(shape, operands, (n, [to = 0, i = 0, j = 0], [, di = 0, dj = 0]) =>
      run(n, out, to, x, i, di, y, j, dj),
    );
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
export function broadcastBinary(
  name: string,
  dtypeRule: (name: string, types: readonly TensorType[]) => TensorType["dtype"] = commonDtype,
) {
  return ([a, b]: readonly [TensorType, TensorType]): TensorType => ({
    dtype: dtypeRule(name, [a, b]),
    shape: broadcastShapes(name, a.shape, b.shape),
  });
}
