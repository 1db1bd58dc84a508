import { fromTypedArray, sizeOf, Tensor, type Dtype, type Shape, type TypedArray } from "@tapeloop/core";

/** Sample values from a seed: a domain draws `size` numbers, kept away from the points where an op is not smooth. */
export type Domain = (random: () => number, size: number) => number[];

/** Uniform in [low, high). */
export function between(low: number, high: number): Domain {
  return (random, size) => Array.from({ length: size }, () => low + (high - low) * random());
}

export const real: Domain = between(-2, 2);
export const positive: Domain = between(0.3, 3);

/** Uniform in [low, high), but never within `margin` of one of the points. */
export function avoiding(points: readonly number[], margin: number, low = -2, high = 2): Domain {
  return (random, size) =>
    Array.from({ length: size }, () => {
      while (true) {
        const value = low + (high - low) * random();
        if (points.every((point) => Math.abs(value - point) >= margin)) return value;
      }
    });
}

/** Points `spacing` apart, moved by `offset` and by at most a tenth of the spacing at random; repeats are likely. */
export function lattice(spacing: number, offset = 0): Domain {
  return (random, size) =>
    Array.from(
      { length: size },
      () => spacing * (Math.floor(random() * 7) - 3 + 0.2 * (random() - 0.5)) + offset,
    );
}

/** Different numbers in random order, at least `gap` apart: no ties in a maximum. */
export function distinct(gap = 0.25): Domain {
  return (random, size) => {
    const values = Array.from({ length: size }, (_, i) => gap * (1.2 * (i - size / 2) + 0.2 * random()));
    for (let i = size - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [values[i], values[j]] = [values[j] ?? 0, values[i] ?? 0];
    }
    return values;
  };
}

/** Whole numbers low … high − 1. */
export function integers(low: number, high: number): Domain {
  return (random, size) => Array.from({ length: size }, () => low + Math.floor(random() * (high - low)));
}

export const bits: Domain = integers(0, 2);

/** How the elements lie in memory. */
export type View = "plain" | "transposed" | "strided" | "reversed" | "stretched";

/** One tensor of a sample. */
export interface TensorSpec {
  readonly shape: Shape;
  readonly values: Domain;
  readonly dtype: Dtype;
  readonly view: View;
}

/** A spec with the usual settings: float64, in row-major order. */
export function spec(shape: Shape, values: Domain, rest: Partial<TensorSpec> = {}): TensorSpec {
  return { dtype: "float64", view: "plain", ...rest, shape, values };
}

/** The tensor of a spec, always the same for the same seed. */
export function build({ shape, values, dtype, view }: TensorSpec, seed: number): Tensor {
  const content = view === "stretched" ? shape.map((n, axis) => (axis === 0 ? Math.min(n, 1) : n)) : shape;
  const numbers = values(generator(seed), sizeOf(content));
  if (view === "plain") return fromTypedArray(typed(dtype, numbers), shape);
  const { strides, offset, length } = layoutOf(view, content);
  const buffer = typed(dtype, new Array<number>(length).fill(dtype === "bool" ? 1 : 99));
  numbers.forEach((value, position) => {
    buffer[address(position, content, strides, offset)] = value;
  });
  const stretched = view === "stretched" ? strides.map((stride, axis) => (axis === 0 ? 0 : stride)) : strides;
  return new Tensor({ shape: [...shape], dtype }, { storage: { buffer, strides: stretched, offset } });
}

/** Memory order other than row-major: axes reversed, gaps between elements, or backwards. */
function layoutOf(view: View, shape: Shape): { strides: number[]; offset: number; length: number } {
  const order = shape.map((_, axis) => axis);
  if (view !== "transposed") order.reverse();
  const gap = view === "strided" ? 2 : 1;
  const strides = new Array<number>(shape.length).fill(0);
  let length = gap;
  for (const axis of order) {
    strides[axis] = length;
    length *= shape[axis] ?? 1;
  }
  const offset = view === "strided" ? 3 : 0;
  if (view !== "reversed") return { strides, offset, length: length + offset };
  const end = shape.reduce((at, n, axis) => at + (n - 1) * (strides[axis] ?? 0), 0);
  return { strides: strides.map((stride) => -stride), offset: Math.max(end, 0), length };
}

function address(position: number, shape: Shape, strides: readonly number[], offset: number): number {
  let [at, rest] = [offset, position];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const n = shape[axis] ?? 1;
    at += (rest % n) * (strides[axis] ?? 0);
    rest = Math.floor(rest / n);
  }
  return at;
}

function typed(dtype: Dtype, numbers: readonly number[]): TypedArray {
  switch (dtype) {
    case "float32":
      return Float32Array.from(numbers);
    case "float64":
      return Float64Array.from(numbers);
    case "int32":
      return Int32Array.from(numbers);
    case "bool":
      return Uint8Array.from(numbers);
  }
}

/** Uniform numbers from a seed: a Weyl sequence through a 32-bit finalizer. */
export function generator(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x2c1b3c6d);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    z = Math.imul(z ^ (z >>> 12), 0x297a2d39);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}
