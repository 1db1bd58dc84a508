import { add, div, lo, mul, result, twoProduct } from "./arithmetic.js";
import { exp, expm1, log, log1p } from "./exponential.js";

/* Functions in double-double that follow from the exponential and the logarithm. */

/** Hyperbolic tangent: with t = e^(−2|x|) − 1, tanh|x| = −t / (t + 2). */
export function tanh(xh: number, xl: number): number {
  if (xh === 0 || xh !== xh) return result(xh, 0);
  const sign = xh < 0 ? -1 : 1;
  const t = expm1(-2 * sign * xh, -2 * sign * xl);
  const tl = lo();
  const bottom = add(t, tl, 2, 0);
  const h = div(-t, -tl, bottom, lo());
  return result(sign * h, sign * lo());
}

/** Logistic function 1 / (1 + e⁻ˣ), as eˣ / (1 + eˣ) below 0. */
export function sigmoid(xh: number, xl: number): number {
  const e = xh < 0 ? exp(xh, xl) : exp(-xh, -xl);
  const el = lo();
  const bottom = add(1, 0, e, el);
  const bottomLo = lo();
  return xh < 0 ? div(e, el, bottom, bottomLo) : div(1, 0, bottom, bottomLo);
}

/** ln(1 + eˣ) = max(x, 0) + ln(1 + e^(−|x|)). */
export function softplus(xh: number, xl: number): number {
  const e = xh < 0 ? exp(xh, xl) : exp(-xh, -xl);
  const y = log1p(e, lo());
  return xh > 0 ? add(xh, xl, y, lo()) : y;
}

/** Whole exponents up to this size are products. */
const LARGEST_PRODUCT = 32;

/** aᵇ, with the special values of float64's power, except that 1^±∞ is 1. */
export function pow(ah: number, al: number, bh: number, bl: number): number {
  if (bh === 0 || (ah === 1 && al === 0)) return result(1, 0);
  const plain = ah ** bh;
  if (plain === 0 || plain - plain !== 0 || bh - bh !== 0) return result(plain, 0);
  const isWhole = Number.isInteger(bh) && bl === 0;
  if (isWhole && Math.abs(bh) <= LARGEST_PRODUCT) {
    const p = wholePower(ah, al, Math.abs(bh));
    return bh > 0 ? p : div(1, 0, p, lo());
  }
  if (ah < 0 && !isWhole) return result(NaN, 0);
  const sign = ah < 0 && Math.abs(bh) % 2 === 1 ? -1 : 1;
  const l = log(Math.abs(ah), ah < 0 ? -al : al);
  const z = mul(l, lo(), bh, bl);
  const h = exp(z, lo());
  return result(sign * h, sign * lo());
}

/** xⁿ by repeated squaring. */
function wholePower(xh: number, xl: number, n: number): number {
  let [h, l, bh, bl] = [1, 0, xh, xl];
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) {
      h = mul(h, l, bh, bl);
      l = lo();
    }
    if (rest === 1) break;
    bh = mul(bh, bl, bh, bl);
    bl = lo();
  }
  return result(h, l);
}

/** e^(−x²). The rounding of x², up to 700 where it matters, is carried apart: it would be felt in every digit. */
export function gauss(xh: number, xl: number): number {
  const square = twoProduct(xh, xh);
  const h = exp(-square, -lo());
  const l = lo();
  const cross = twoProduct(2 * xh, xl);
  const rest = add(cross, lo(), xl * xl, 0);
  const correction = expm1(-rest, -lo());
  const change = mul(h, l, correction, lo());
  return add(h, l, change, lo());
}
