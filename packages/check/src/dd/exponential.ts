import { add, div, lo, mul, result, sub, twoProduct, twoSum } from "./arithmetic.js";
import { polynomial, series } from "./polynomial.js";

/*
 * Exponential functions and their inverses in double-double. Arguments are reduced to a small interval about 0, where
 * a Taylor series of e^r − 1 keeps the relative accuracy of small results.
 */

/** ln 2 in two parts of 40 bits, so that their multiples up to 2¹² are exact, and the rest. */
const LN2_UPPER = 0.6931471805592082;
const LN2_MIDDLE = 7.371002565161996e-13;
const LN2_REST = 5.8029889835956905e-25;
const LN2_REST_LO = 1.0908259040173159e-41;
/** ln 2 in float64. */
const LN2 = 0.6931471805599453;

/** 1/(n + 1)! for n = 0 … 13: the series of (e^x − 1)/x. */
const SERIES = series(14, (n) => n + 2);

/** Halvings of the reduced argument before the series; undone by e^2r − 1 = (e^r − 1)² + 2(e^r − 1). */
const HALVINGS = 4;
const SCALE = 2 ** -HALVINGS;

/** e^r − 1 for |r| ≤ 0.35, to full relative accuracy. */
function smallExpm1(rh: number, rl: number): number {
  const xh = rh * SCALE;
  const xl = rl * SCALE;
  const quotient = polynomial(SERIES, xh, xl);
  let h = mul(quotient, lo(), xh, xl);
  let l = lo();
  for (let i = 0; i < HALVINGS; i++) {
    const square = mul(h, l, h, l);
    h = add(square, lo(), 2 * h, 2 * l);
    l = lo();
  }
  return result(h, l);
}

/** x − k·ln 2. */
function reduce(xh: number, xl: number, k: number): number {
  const h = twoSum(xh, -k * LN2_UPPER);
  const h1 = add(h, lo(), -k * LN2_MIDDLE, 0);
  const l1 = lo();
  const h2 = add(h1, l1, xl, 0);
  const l2 = lo();
  const rest = twoProduct(k, LN2_REST);
  return sub(h2, l2, rest, lo() + k * LN2_REST_LO);
}

/** 2ᵏ for k = −600 … 600, which is slow to compute. */
const POWERS = Float64Array.from({ length: 1201 }, (_, i) => 2 ** (i - 600));

function powerOf2(k: number): number {
  return POWERS[k + 600] ?? 2 ** k;
}

/** (h + l)·2ᵏ, without overflow on the way to a finite result. */
function scaled(h: number, l: number, k: number): number {
  if (k === 0) return result(h, l);
  const half = Math.trunc(k / 2);
  const a = powerOf2(half);
  const b = powerOf2(k - half);
  const hi = h * a * b;
  return result(hi, hi - hi === 0 ? l * a * b : 0);
}

/** eˣ. */
export function exp(xh: number, xl: number): number {
  if (xh > 710 || xh < -746 || xh !== xh) return result(Math.exp(xh), 0);
  const k = Math.round(xh / LN2);
  const r = reduce(xh, xl, k);
  const s = smallExpm1(r, lo());
  const h = add(1, 0, s, lo());
  return scaled(h, lo(), k);
}

/** eˣ − 1. */
export function expm1(xh: number, xl: number): number {
  if (xh === 0) return result(xh, 0);
  if (xh < -80) return result(-1, Math.exp(xh));
  const k = Math.round(xh / LN2);
  if (k === 0) return smallExpm1(xh, xl);
  // 2ᵏ − 1 no longer matters, or would overflow.
  if (!(k < 120)) return exp(xh, xl);
  const r = reduce(xh, xl, k);
  const s = smallExpm1(r, lo());
  const power = powerOf2(k);
  const sl = lo() * power;
  const one = twoSum(power, -1);
  return add(one, lo(), s * power, sl);
}

/**
 * ln(1 + x) from y ≈ ln(1 + x): y + 2·(x − s)/(2 + x + s) with s = e^y − 1, whose error is of third order in that of
 * y. For −0.3 < x < 0.5.
 */
function smallLog1p(xh: number, xl: number): number {
  const y = Math.log1p(xh);
  const s = expm1(y, 0);
  const sl = lo();
  const top = sub(xh, xl, s, sl);
  const topLo = lo();
  const bottom = add(xh + s, 0, 2, 0);
  const step = div(2 * top, 2 * topLo, bottom, lo());
  return add(y, 0, step, lo());
}

/** ln x; −∞ at 0, NaN below. */
export function log(xh: number, xl: number): number {
  const plain = Math.log(xh);
  if (plain - plain !== 0) return result(plain, 0);
  // m = x·2⁻ᵏ between √½ and √2.
  const k = Math.round(plain / LN2);
  const m = scaled(xh, xl, -k);
  const ml = lo();
  const d = sub(m, ml, 1, 0);
  const y = smallLog1p(d, lo());
  if (k === 0) return y;
  const yl = lo();
  const rest = twoProduct(k, LN2_REST);
  const tail = add(rest, lo() + k * LN2_REST_LO, k * LN2_MIDDLE, 0);
  const h = add(tail, lo(), y, yl);
  return add(k * LN2_UPPER, 0, h, lo());
}

/** ln(1 + x); −∞ at −1, NaN below. */
export function log1p(xh: number, xl: number): number {
  if (xh === 0 || xh !== xh) return result(xh, 0);
  if (xh > -0.3 && xh < 0.42) return smallLog1p(xh, xl);
  const h = add(1, 0, xh, xl);
  return log(h, lo());
}
