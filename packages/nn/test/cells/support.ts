import { expect } from "vitest";
import { fromTypedArray, mul, treeLeaves, treeMap, type Tensor, type Tree } from "@tapeloop/core";

/** Deterministic float64 values within ±1, from a shape and a seed. */
export function values(shape: readonly number[], seed: number): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return fromTypedArray(
    Float64Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed)),
    shape,
  );
}

/** The same tree with other values: float64, within ±scale. */
export function randomLike<T extends Tree>(tree: T, seed: number, scale = 0.5): T {
  let next = seed;
  return treeMap(tree, (t) => mul(values(t.shape, next++), scale));
}

/** Largest |a − b| over two trees of one structure, relative to the largest |b| of each tensor (at least 1). */
export function difference(a: Tree, b: Tree): number {
  const [left, right] = [treeLeaves(a), treeLeaves(b)];
  expect(left.map(describeLeaf)).toEqual(right.map(describeLeaf));
  expect(left.length).toBeGreaterThan(0);
  return Math.max(0, ...left.map(({ tensor }, i) => apart(tensor, right[i]!.tensor)));
}

/** Two trees that agree to a tolerance relative to the largest entry of each tensor (at least 1). */
export function expectClose(actual: Tree, expected: Tree, tolerance = 1e-12): void {
  const [left, right] = [treeLeaves(actual), treeLeaves(expected)];
  expect(left.map(describeLeaf)).toEqual(right.map(describeLeaf));
  expect(left.length).toBeGreaterThan(0);
  left.forEach(({ path, tensor }, i) => {
    expect(apart(tensor, right[i]!.tensor), `difference in ${path || "the tensor"}`).toBeLessThanOrEqual(
      tolerance,
    );
  });
}

function describeLeaf({ path, tensor }: { path: string; tensor: Tensor }): string {
  return `${path} ${tensor.dtype} [${tensor.shape.join(", ")}]`;
}

function apart(a: Tensor, b: Tensor): number {
  let scale = 1;
  for (const value of b.data) scale = Math.max(scale, Math.abs(value));
  let worst = 0;
  a.data.forEach((value, i) => {
    const error = Math.abs(value - b.data[i]!) / scale;
    worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
  });
  return worst;
}
