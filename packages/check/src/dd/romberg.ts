import { add, div, lo, sub } from "./arithmetic.js";

/** One number in double-double: hi + lo. */
export interface DDNumber {
  readonly hi: number;
  readonly lo: number;
}

export const atZero: DDNumber = { hi: 0, lo: 0 };

/** What extrapolation still moves is multiplied by this: rounding in the last rows is of the same size. */
const SAFETY = 8;

/**
 * Romberg's extrapolation to steps of zero, in double-double. Row k is the estimate with the step h/2ᵏ, whose error is
 * a series in h² (`base` 4, central differences) or h (`base` 2, one-sided ones). The error is a bound, from how far
 * the last result lies from those that it was made of.
 */
export function extrapolated(
  rows: readonly DDNumber[],
  base: 2 | 4,
): { readonly value: DDNumber; readonly error: number } {
  let column = rows;
  let previous = rows;
  for (let j = 1; j < rows.length; j++) {
    const factor = base ** j - 1;
    previous = column;
    column = column.slice(1).map((fine, k) => improved(fine, previous[k] ?? fine, factor));
  }
  const [value = atZero] = column;
  const error = previous.reduce((max, other) => Math.max(max, distance(value, other)), 0);
  return { value, error: SAFETY * error };
}

/** fine + (fine − coarse) / factor. */
function improved(fine: DDNumber, coarse: DDNumber, factor: number): DDNumber {
  const change = sub(fine.hi, fine.lo, coarse.hi, coarse.lo);
  const share = div(change, lo(), factor, 0);
  const hi = add(fine.hi, fine.lo, share, lo());
  return { hi, lo: lo() };
}

/** |a − b|. */
export function distance(a: DDNumber, b: DDNumber): number {
  return Math.abs(sub(a.hi, a.lo, b.hi, b.lo));
}
