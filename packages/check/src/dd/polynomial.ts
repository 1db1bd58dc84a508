import { div, lo, quickTwoSum, SPLITTER } from "./arithmetic.js";

/** Coefficients in double-double, lowest power first. */
export interface Coefficients {
  readonly hi: Float64Array;
  readonly lo: Float64Array;
}

/**
 * Coefficients of a Taylor series, each the one before divided by `divisor(i)`: 1/n!, with alternating signs or not.
 */
export function series(count: number, divisor: (i: number) => number): Coefficients {
  const table = { hi: new Float64Array(count), lo: new Float64Array(count) };
  let [h, l] = [1, 0];
  for (let i = 0; i < count; i++) {
    table.hi[i] = h;
    table.lo[i] = l;
    h = div(h, l, divisor(i), 0);
    l = lo();
  }
  return table;
}

/**
 * Σ cᵢ·xⁱ by Horner's rule, for |x| < 1 and coefficients that fall so fast that no sum cancels. The arithmetic is
 * written out, since every exponential walks through here: per step a product (Dekker) and a sum.
 */
export function polynomial(c: Coefficients, xh: number, xl: number): number {
  const { hi, lo: low } = c;
  const t = SPLITTER * xh;
  const xu = t - (t - xh);
  const xv = xh - xu;
  let i = hi.length - 1;
  let h = hi[i] ?? 0;
  let l = low[i] ?? 0;
  while (--i >= 0) {
    const p = h * xh;
    const th = SPLITTER * h;
    const hu = th - (th - h);
    const hv = h - hu;
    const error = hu * xu - p + hu * xv + hv * xu + hv * xv + (h * xl + l * xh);
    const a = hi[i] ?? 0;
    const s = a + p;
    const v = s - a;
    const rest = a - (s - v) + (p - v) + ((low[i] ?? 0) + error);
    h = s + rest;
    l = rest - (h - s);
  }
  return quickTwoSum(h, l);
}
