import { lo, mul, result, sub, twoProduct } from "./arithmetic.js";
import { polynomial, series, type Coefficients } from "./polynomial.js";

/* Sine and cosine in double-double: the argument modulo π/2, then Taylor series on −π/4 … π/4. */

/** π/2 as a sum of four float64, 212 bits. */
const HALF_PI: readonly number[] = [
  1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33, 5.562271104316826e-50,
];
/**
 * Up to here the multiple of π/2 is counted exactly. Beyond, neighbouring float64 numbers lie 1/4 and more apart, and
 * the functions are only what float64 gives.
 */
const LARGEST = 2 ** 50;

/** Coefficients 1, −1/3!, 1/5!, … of sin(r)/r and 1, −1/2!, 1/4!, … of cos(r) in r². */
const SINE = series(15, (i) => -(2 * i + 2) * (2 * i + 3));
const COSINE = series(15, (i) => -(2 * i + 1) * (2 * i + 2));

/** A polynomial in r². */
function inSquare(coefficients: Coefficients, rh: number, rl: number): number {
  const square = mul(rh, rl, rh, rl);
  return polynomial(coefficients, square, lo());
}

/** sin(r + quarters·π/2). */
function onCircle(rh: number, rl: number, quarters: number): number {
  const sign = quarters % 4 >= 2 ? -1 : 1;
  const y = quarters % 2 === 0 ? inSquare(SINE, rh, rl) : inSquare(COSINE, rh, rl);
  if (quarters % 2 === 1) return result(sign * y, sign * lo());
  const h = mul(y, lo(), rh, rl);
  return result(sign * h, sign * lo());
}

function circular(xh: number, xl: number, ahead: number, plain: (x: number) => number): number {
  if (!(Math.abs(xh) < LARGEST)) return result(plain(xh), 0);
  const k = Math.round(xh * (2 / Math.PI));
  let [h, l] = [xh, xl];
  if (k !== 0) {
    for (const part of HALF_PI) {
      const p = twoProduct(k, part);
      h = sub(h, l, p, lo());
      l = lo();
    }
  }
  return onCircle(h, l, (((k + ahead) % 4) + 4) % 4);
}

/** Sine of x, in radians; NaN at ±∞. */
export function sin(xh: number, xl: number): number {
  return circular(xh, xl, 0, Math.sin);
}

/** Cosine of x, in radians; NaN at ±∞. */
export function cos(xh: number, xl: number): number {
  return circular(xh, xl, 1, Math.cos);
}
