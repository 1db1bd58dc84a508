import { div, mul, sub, ZERO, type Long } from "./number.js";

/** Solves the square system rows·x = right by Gaussian elimination, the largest pivot of each column first. */
export function solve(rows: readonly (readonly Long[])[], right: readonly Long[]): Long[] {
  const left = rows.map((row, i) => [...balanced(row, right[i] ?? ZERO)]);
  const n = left.length;
  for (let k = 0; k < n; k++) {
    const size = (row: number) => Math.abs(left[row]?.[k]?.hi ?? 0);
    let best = k;
    for (let row = k + 1; row < n; row++) if (size(row) > size(best)) best = row;
    [left[k], left[best]] = [left[best] ?? [], left[k] ?? []];
    const pivot = left[k] ?? [];
    for (const row of left.slice(k + 1)) {
      const factor = div(row[k] ?? ZERO, pivot[k] ?? ZERO);
      for (let j = k; j <= n; j++) row[j] = sub(row[j] ?? ZERO, mul(factor, pivot[j] ?? ZERO));
    }
  }
  const x: Long[] = Array.from({ length: n }, () => ZERO);
  for (let k = n - 1; k >= 0; k--) {
    const row = left[k] ?? [];
    let rest = row[n] ?? ZERO;
    for (let j = k + 1; j < n; j++) rest = sub(rest, mul(row[j] ?? ZERO, x[j] ?? ZERO));
    x[k] = div(rest, row[k] ?? ZERO);
  }
  return x;
}

/** A row and its right side, times the power of two that brings the largest element to about 1. */
function balanced(row: readonly Long[], right: Long): Long[] {
  const factor = 2 ** -Math.round(Math.log2(Math.max(...row.map(({ hi }) => Math.abs(hi)))));
  return [...row, right].map(({ hi, lo }) => ({ hi: hi * factor, lo: lo * factor }));
}
