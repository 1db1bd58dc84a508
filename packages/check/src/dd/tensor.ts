import {
  DtypeError,
  fromTypedArray,
  isTensor,
  sizeOf,
  type Attributes,
  type Op,
  type Shape,
  type Tensor,
  type TensorType,
} from "@tapeloop/core";
import { lo } from "./arithmetic.js";

/** A tensor in double-double: element i is the sum hi[i] + lo[i], in row-major order. Not to be written to. */
export interface DDTensor {
  readonly shape: Shape;
  readonly hi: Float64Array;
  readonly lo: Float64Array;
}

/** What stands for a tensor of the tape: double-double for float64; int32, bool and float32 stay as they are. */
export type DDValue = DDTensor | Tensor;

/** How a kernel was called: the operation's record, its settings, and the types of its results. */
export interface DDCall {
  readonly op: Op;
  readonly attrs: Attributes;
  readonly types: readonly TensorType[];
}

/** An operation in double-double: the values of its results from those of its inputs. Must not write to the inputs. */
export type DDKernel = (inputs: readonly DDValue[], call: DDCall) => readonly DDValue[];

export function isDD(value: DDValue | undefined): value is DDTensor {
  return value !== undefined && !isTensor(value);
}

/** The same numbers, exactly: float64 in double-double, other tensors as they are. */
export function toDD(t: Tensor): DDValue {
  const { data, shape } = t;
  return data instanceof Float64Array ? { shape, hi: data, lo: new Float64Array(data.length) } : t;
}

/** Zeros to be filled by a kernel. */
export function allocateDD(shape: Shape): DDTensor {
  const size = sizeOf(shape);
  return { shape, hi: new Float64Array(size), lo: new Float64Array(size) };
}

/** The upper halves (the numbers rounded to float64) as a tensor. */
export function upper(value: DDValue): Tensor {
  return isTensor(value) ? value : fromTypedArray(value.hi, value.shape);
}

/** The lower halves as a tensor. */
export function lower(value: DDValue): Tensor {
  return isTensor(value) ? value : fromTypedArray(value.lo, value.shape);
}

/** Input i of a kernel, in double-double. Throws DtypeError if it is something else. */
export function operand(inputs: readonly DDValue[], i: number, { op }: DDCall): DDTensor {
  const value = inputs[i];
  if (isDD(value)) return value;
  throw new DtypeError(`${op.name}: got ${value?.dtype ?? "nothing"} as input ${i}, expected float64`);
}

/** Input i of a kernel, which is int32 or bool. */
export function plainOperand(inputs: readonly DDValue[], i: number, { op }: DDCall): Tensor {
  const value = inputs[i];
  if (isTensor(value)) return value;
  throw new DtypeError(`${op.name}: got float64 as input ${i}, expected int32 or bool`);
}

/** The type of the only result. */
export function typeOf({ op, types: [type] }: DDCall): TensorType {
  if (type === undefined) throw new DtypeError(`${op.name}: has no result`);
  return type;
}

/** Keeps the last result of double-double arithmetic, whose upper half is `h`, as element i. */
export function store(out: DDTensor, i: number, h: number): void {
  out.lo[i] = lo();
  out.hi[i] = h;
}

const FIRST = new Int32Array(1);

/** For each element of `to`, in row-major order, the index of the element of `from` that broadcasts there. */
export function broadcastIndices(from: Shape, to: Shape): Int32Array {
  const lead = to.length - from.length;
  if (to.length === 0) return FIRST;
  let indices = FIRST;
  let outer = 1;
  to.forEach((n, axis) => {
    const own = axis < lead ? 1 : (from[axis - lead] ?? 1);
    const next = new Int32Array(outer * n);
    for (let k = 0; k < next.length; k++) {
      const i = k % n;
      next[k] = (indices[(k - i) / n] ?? 0) * own + (own === 1 ? 0 : i);
    }
    indices = next;
    outer *= n;
  });
  return indices;
}

/** The tensor broadcast to a shape. */
export function stretch(x: DDTensor, shape: Shape): DDTensor {
  const size = sizeOf(shape);
  if (x.hi.length === size) return x;
  if (x.hi.length === 1) {
    const [h = 0] = x.hi;
    const [l = 0] = x.lo;
    return { shape, hi: new Float64Array(size).fill(h), lo: new Float64Array(size).fill(l) };
  }
  const out = allocateDD(shape);
  broadcastIndices(x.shape, shape).forEach((from, i) => {
    out.hi[i] = x.hi[from] ?? 0;
    out.lo[i] = x.lo[from] ?? 0;
  });
  return out;
}
