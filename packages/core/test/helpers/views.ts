import { sizeOf, Tensor } from "@tapeloop/core";
import fc from "fast-check";

/** A way to see a buffer: strides may be negative, zero (stretched) or overlapping. */
export interface View {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  /** The number of elements that the buffer must have. */
  readonly length: number;
}

/** Shapes of rank 0 … `maxRank` with sizes 0 … 3; sizes of 0 and 1 are common. */
export function shapes(maxRank = 4, { minRank = 0, min = 0, max = 3 } = {}): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min, max }), { minLength: minRank, maxLength: maxRank });
}

/** A view of `shape` with strides that are contiguous on some axes and anything on others. */
export function viewsOf(shape: readonly number[]): fc.Arbitrary<View> {
  const anything = fc.integer({ min: -7, max: 7 });
  const spread = fc.record({ contiguous: fc.boolean(), factor: fc.constantFrom(1, 1, 1, -1, 2, -2, 0) });
  const choice = fc.oneof({ arbitrary: spread, weight: 3 }, { arbitrary: anything, weight: 1 });
  return fc
    .record({
      axes: fc.array(choice, { minLength: shape.length, maxLength: shape.length }),
      margin: fc.nat(3),
    })
    .map(({ axes, margin }) => {
      const strides = new Array<number>(shape.length).fill(0);
      let step = 1;
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        const how = axes[axis] ?? 1;
        strides[axis] = typeof how === "number" ? how : step * how.factor;
        step = Math.max(Math.abs(strides[axis] ?? 0), 1) * Math.max(shape[axis] ?? 1, 1);
      }
      const reach = strides.map((stride, axis) => stride * Math.max((shape[axis] ?? 1) - 1, 0));
      const low = reach.reduce((sum, r) => sum + Math.min(r, 0), 0);
      const high = reach.reduce((sum, r) => sum + Math.max(r, 0), 0);
      return { shape, strides, offset: margin - low, length: margin - low + high + 1 + margin };
    });
}

/** A float64 tensor over a view, with a different irregular value at each place of its buffer. */
export function tensorOf({ shape, strides, offset, length }: View, seed = 1): Tensor {
  const buffer = Float64Array.from({ length }, (_, i) => Math.sin(12.9898 * (i + 1) * seed + seed));
  return new Tensor({ shape, dtype: "float64" }, { storage: { buffer, strides, offset } });
}

/** Float64 tensors over any view of any shape. */
export function tensors(shape: fc.Arbitrary<readonly number[]>): fc.Arbitrary<Tensor> {
  return shape.chain(viewsOf).map((view) => tensorOf(view));
}

/** All indices of a shape in row-major order, by counting. */
export function indicesOf(shape: readonly number[]): number[][] {
  if (shape.length === 0) return [[]];
  const [n = 0, ...rest] = shape;
  const inner = indicesOf(rest);
  return Array.from({ length: n }, (_, i) => inner.map((index) => [i, ...index])).flat();
}

/** Where a view's elements are, in row-major order, by the definition of strides. */
export function positionsOf({ shape, strides, offset }: Omit<View, "length">): number[] {
  return indicesOf(shape).map((index) =>
    index.reduce((at, i, axis) => at + i * (strides[axis] ?? 0), offset),
  );
}

/** The element of t at an index. */
export function elementAt(t: Tensor, index: readonly number[]): number {
  const { buffer, strides, offset } = t.storage;
  return buffer[index.reduce((at, i, axis) => at + i * (strides[axis] ?? 0), offset)] ?? NaN;
}

/** A tensor made element by element from its index: what an operation must give, by definition. */
export function build(shape: readonly number[], value: (index: readonly number[]) => number): Tensor {
  const buffer = Float64Array.from(indicesOf(shape), value);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  return new Tensor({ shape, dtype: "float64" }, { storage: { buffer, strides, offset: 0 } });
}
