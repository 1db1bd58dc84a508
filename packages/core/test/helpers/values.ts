import { expect } from "vitest";
import { fromTypedArray, treeLeaves, type Tensor, type Tree } from "@tapeloop/core";

/** Deterministic float64 values in (−1, 1) for a shape and a seed. */
export function values(shape: readonly number[], seed: number): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return fromTypedArray(
    Float64Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed)),
    shape,
  );
}

/** Two trees of equal structure and shapes, whose values agree to a tolerance relative to the largest (at least 1). */
export function expectClose(actual: Tree, expected: Tree, tolerance = 1e-12): void {
  const [a, b] = [treeLeaves(actual), treeLeaves(expected)];
  expect(a.map((leaf) => leaf.path)).toEqual(b.map((leaf) => leaf.path));
  expect(a.length).toBeGreaterThan(0);
  a.forEach(({ path, tensor }, i) => {
    const other = b[i]?.tensor;
    expect(tensor.shape, path).toEqual(other?.shape);
    expect(tensor.dtype, path).toEqual(other?.dtype);
    let worst = 0;
    const scale = Array.from(other?.data ?? []).reduce((largest, v) => Math.max(largest, Math.abs(v)), 1);
    tensor.data.forEach((v, k) => {
      const error = Math.abs(v - (other?.data[k] ?? NaN));
      worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
    });
    expect(worst, `largest difference in ${path || "the tensor"}`).toBeLessThanOrEqual(tolerance * scale);
  });
}
