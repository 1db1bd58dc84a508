import type { Random } from "../random.js";

/** A vector for each variable: a point, a direction or a gradient. */
export type Vectors = readonly Float64Array[];

/** Σ aᵢ·bᵢ. */
export function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i] ?? NaN) * (b[i] ?? NaN);
  return total;
}

/** ⟨a, b⟩ over all variables. */
export function inner(a: Vectors, b: Vectors): number {
  return a.reduce((total, v, k) => total + dot(v, b[k] ?? new Float64Array(v.length).fill(NaN)), 0);
}

/** Σ |aᵢ·bᵢ| over all variables: what the rounding of {@link inner} is relative to. */
export function innerSize(a: Vectors, b: Vectors): number {
  return a.reduce(
    (total, v, k) => total + v.reduce((sum, x, i) => sum + Math.abs(x * (b[k]?.[i] ?? NaN)), 0),
    0,
  );
}

/** Euclidean length over all variables. */
export function length(a: Vectors): number {
  return Math.sqrt(inner(a, a));
}

/** The largest |aᵢ|; NaN if there is one. */
export function largest(a: Iterable<number>): number {
  let max = 0;
  for (const x of a) {
    const size = Math.abs(x);
    if (!(size <= max)) max = size;
  }
  return max;
}

/** A random direction of length 1 through variables of the given sizes. */
export function directionThrough(random: Random, sizes: readonly number[]): Float64Array[] {
  const parts = sizes.map((size) => Float64Array.from({ length: size }, () => random.normal()));
  const norm = length(parts);
  return norm === 0 ? parts : parts.map((part) => part.map((x) => x / norm));
}
