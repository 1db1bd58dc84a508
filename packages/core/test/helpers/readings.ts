import { bytesOf } from "./instruction.js";

/** One of the ways to read a vector, with values worth trying. */
export interface Reading<T> {
  readonly lanes: number;
  readonly write: (values: readonly T[]) => Uint8Array;
  readonly read: (bytes: Uint8Array) => T[];
  readonly values: readonly T[];
}

export const asI32: Reading<number> = {
  lanes: 4,
  write: (values) => bytesOf(Int32Array.from(values)),
  read: (bytes) => [...new Int32Array(bytes.buffer)],
  values: [0, 1, -1, 7, -8, 31, 65536, 0x7fffffff, -0x80000000, 0x12345678],
};
export const asI64: Reading<bigint> = {
  lanes: 2,
  write: (values) => bytesOf(BigInt64Array.from(values)),
  read: (bytes) => [...new BigInt64Array(bytes.buffer)],
  values: [0n, 1n, -1n, 9n, 1n << 32n, (1n << 63n) - 1n, -(1n << 63n), 0x123456789abcdef0n],
};
const FLOATS = [
  0,
  -0,
  1,
  -1,
  0.5,
  1.5,
  2.5,
  -2.5,
  0.1,
  1e10,
  -1e-20,
  3.4e38,
  2 ** -149,
  Infinity,
  -Infinity,
  NaN,
];
export const asF32: Reading<number> = {
  lanes: 4,
  write: (values) => bytesOf(Float32Array.from(values)),
  read: (bytes) => [...new Float32Array(bytes.buffer)],
  values: FLOATS.map(Math.fround),
};
export const asF64: Reading<number> = {
  lanes: 2,
  write: (values) => bytesOf(Float64Array.from(values)),
  read: (bytes) => [...new Float64Array(bytes.buffer)],
  values: [...FLOATS, 1e300, 5e-324],
};
