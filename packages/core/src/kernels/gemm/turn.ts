import type { GemmSpec } from "./spec.js";

/**
 * The product with Aᵀ and Bᵀ in each other's places, Cᵀ = Bᵀ·Aᵀ, if that suits better: a column C whose elements are next
 * to each other is also a row, and the vectors of a transposed A lie along it.
 */
export function turned(spec: GemmSpec): GemmSpec | undefined {
  const { m, n, a, b, c, initial, packed, whole } = spec;
  const fits = n === 1 && m > 1 && c.row === 1 && (initial === undefined || initial.row <= 1);
  if (!fits || packed === true || a.row !== 1 || a.column === 1) return undefined;
  return {
    ...spec,
    m: n,
    n: m,
    a: { row: b.column, column: b.row },
    b: { row: a.column, column: a.row },
    c: { row: m },
    ...(whole && { whole: { m: whole.n, n: whole.m } }),
    ...(initial && { initial: { row: initial.column, column: initial.row } }),
  };
}
