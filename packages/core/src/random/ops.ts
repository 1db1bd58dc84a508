import { ArgumentError, DtypeError, ShapeError } from "../errors.js";
import { shown } from "../expect.js";
import { libraryOp } from "../tape/op.js";
import { allocate, type Dtype } from "../tensor/dtype.js";
import { checkShape, formatShape, sizeOf, type Shape } from "../tensor/shape.js";
import type { Tensor, TensorType } from "../tensor/tensor.js";
import { normalQuantile } from "./normal-quantile.js";
import { threefry2x32 } from "./threefry.js";

/** What a block of random words is for; the second counter word, so that uses never share numbers. */
export const STREAM = { bits: 0, split: 1, fold: 2 } as const;

type Key = readonly [Tensor];

export interface DrawAttrs {
  readonly shape: Shape;
}
export interface FloatDrawAttrs extends DrawAttrs {
  readonly dtype: Dtype;
}

function requireKey(op: string, key: TensorType): void {
  if (key.dtype !== "int32" || key.shape.length !== 1 || key.shape[0] !== 2) {
    throw new DtypeError(
      `${op}: got ${key.dtype} ${formatShape(key.shape)} as the key, expected int32 [2]; randomKey(seed) makes one`,
    );
  }
}

/** `count` pairs of random words of one stream; pair i depends on the key and i alone. */
function words(key: Tensor, count: number, stream: number): Int32Array {
  const [k0 = 0, k1 = 0] = key.data;
  const out = new Int32Array(2 * count);
  for (let i = 0; i < count; i++) threefry2x32(k0, k1, i, stream, out, 2 * i);
  return out;
}

/** A pair of words as a number in [0, 1): 53 random bits; the first 24 are those of the float32 draw. */
function unit(high: number, low: number): number {
  return ((high >>> 0) * 2 ** 21 + (low >>> 11)) * 2 ** -53;
}

export const bitsOp = libraryOp<Key, DrawAttrs>({
  name: "randomBits",
  shape([key], { shape }) {
    requireKey("randomBits", key);
    return { shape, dtype: "int32" };
  },
  forward([key], { shape }) {
    const n = sizeOf(shape);
    return words(key, Math.ceil(n / 2), STREAM.bits).subarray(0, n);
  },
});

export const splitKeyOp = libraryOp<Key, { count: number }>({
  name: "splitKey",
  shape([key], { count }) {
    requireKey("splitKey", key);
    return { shape: [count, 2], dtype: "int32" };
  },
  forward: ([key], { count }) => words(key, count, STREAM.split),
});

export const foldInOp = libraryOp<readonly [Tensor, Tensor]>({
  name: "foldIn",
  shape([key, data]) {
    requireKey("foldIn", key);
    if (data.dtype !== "int32") throw new DtypeError(`foldIn: got ${data.dtype} data, expected int32`);
    if (sizeOf(data.shape) !== 1)
      throw new ShapeError(`foldIn: got data ${formatShape(data.shape)}, expected a scalar`);
    return { shape: [2], dtype: "int32" };
  },
  forward([key, data]) {
    const [k0 = 0, k1 = 0] = key.data;
    const out = new Int32Array(2);
    threefry2x32(k0, k1, data.item(), STREAM.fold, out, 0);
    return out;
  },
});

/** A draw that turns each pair of words into one float. */
function floatDraw(name: string, draw: (u: number, dtype: Dtype) => number) {
  return libraryOp<Key, FloatDrawAttrs>({
    name,
    shape([key], { shape, dtype }) {
      requireKey(name, key);
      return { shape, dtype };
    },
    forward([key], { shape, dtype }) {
      const n = sizeOf(shape);
      const pairs = words(key, n, STREAM.bits);
      const out = allocate(dtype, n);
      for (let i = 0; i < n; i++) {
        const u = unit(pairs[2 * i] ?? 0, pairs[2 * i + 1] ?? 0);
        out[i] = draw(u, dtype);
      }
      return out;
    },
  });
}

// Rounding to float32 could give 1: its draws are cut to 24 bits instead.
export const uniformOp = floatDraw("uniform", (u, dtype) =>
  dtype === "float32" ? Math.floor(u * 2 ** 24) * 2 ** -24 : u,
);

// By the quantile function at the middle of one of 2⁵² intervals, so that neither 0 nor 1 occurs; float32 draws are
// the float64 draws, rounded.
export const normalOp = floatDraw("normal", (u) =>
  normalQuantile((Math.floor(u * 2 ** 52) + 0.5) * 2 ** -52),
);

export const permutationOp = libraryOp<Key, { n: number }>({
  name: "permutation",
  shape([key], { n }) {
    requireKey("permutation", key);
    if (!Number.isSafeInteger(n) || n < 0)
      throw new ArgumentError(`permutation: got ${shown(n)}, expected a whole number ≥ 0`);
    checkShape("permutation", [n]);
    return { shape: [n], dtype: "int32" };
  },
  // Fisher-Yates; 53-bit uniforms leave a bias below 2⁻²² even for 2³¹ elements.
  forward([key], { n }) {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    const pairs = words(key, n, STREAM.bits);
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(unit(pairs[2 * i] ?? 0, pairs[2 * i + 1] ?? 0) * (i + 1));
      const kept = order[i] ?? 0;
      order[i] = order[j] ?? 0;
      order[j] = kept;
    }
    return order;
  },
});
