import { add, div, lo, mul, result, sub } from "./arithmetic.js";
import { gauss } from "./activations.js";
import { exp } from "./exponential.js";

/*
 * The error function in double-double.
 *
 * erf by its series of positive terms, erf(x) = 2/√π·e^(−x²)·Σ 2ⁿx²ⁿ⁺¹/(2n + 1)!! (Abramowitz and Stegun, 7.1.6), near
 * zero; erfc elsewhere by the trapezoidal rule
 *
 *     erfc(x) = h·x·e^(−x²)/π · Σₙ e^(−n²h²)/(n²h² + x²) − 2/(e^(2πx/h) − 1),   n = −∞ … ∞,
 *
 * whose relative error is of the order e^(−π²/h²), 1e-36 for h = 11/32; the last term belongs to x < π/h alone. Source: C. Chiarella and A. Reichel, "On the evaluation
 * of integrals related to the error function", Mathematics of Computation 22 (1968), 137–143.
 */

const TWO_OVER_SQRT_PI = { hi: 1.1283791670955126, lo: 1.533545961316588e-17 };
const H = 11 / 32;
const H_OVER_PI = { hi: 0.10941902337567805, lo: -5.029821631117173e-18 };
const TWO_PI_OVER_H = { hi: 18.278357257249706, lo: 3.895478032493236e-16 };
/** Below this, the pole of the trapezoidal rule is too near. */
const NEAR = 0.75;

/** e^(−n²h²) for n = 1 … 26, where it falls below 1e-34; n²h² is exact. */
const NODES = Array.from({ length: 26 }, (_, i) => {
  const square = ((i + 1) * H) ** 2;
  const h = exp(-square, 0);
  return { square, hi: h, lo: lo() };
});

/** erf(x) for |x| ≤ 1, by the series. */
function nearErf(xh: number, xl: number): number {
  const square = mul(xh, xl, xh, xl);
  const squareLo = lo();
  let [term, termLo] = [xh, xl];
  let [sum, sumLo] = [xh, xl];
  for (let n = 1; Math.abs(term) > 1e-34 * Math.abs(sum); n++) {
    const grown = mul(term, termLo, 2 * square, 2 * squareLo);
    term = div(grown, lo(), 2 * n + 1, 0);
    termLo = lo();
    sum = add(sum, sumLo, term, termLo);
    sumLo = lo();
  }
  const scaled = mul(sum, sumLo, TWO_OVER_SQRT_PI.hi, TWO_OVER_SQRT_PI.lo);
  const scaledLo = lo();
  const bell = gauss(xh, xl);
  return mul(scaled, scaledLo, bell, lo());
}

/** erfc(x) for x ≥ NEAR, by the trapezoidal rule. */
function farErfc(xh: number, xl: number): number {
  const square = mul(xh, xl, xh, xl);
  const squareLo = lo();
  let sum = div(0.5, 0, square, squareLo);
  let sumLo = lo();
  for (const node of NODES) {
    const bottom = add(square, squareLo, node.square, 0);
    const term = div(node.hi, node.lo, bottom, lo());
    sum = add(sum, sumLo, term, lo());
    sumLo = lo();
  }
  const bell = gauss(xh, xl);
  sum = mul(sum, sumLo, bell, lo());
  sum = mul(sum, lo(), 2 * H_OVER_PI.hi, 2 * H_OVER_PI.lo);
  sum = mul(sum, lo(), xh, xl);
  sumLo = lo();
  if (xh >= Math.PI / H) return result(sum, sumLo);
  const rate = mul(xh, xl, TWO_PI_OVER_H.hi, TWO_PI_OVER_H.lo);
  const decay = exp(-rate, -lo());
  const decayLo = lo();
  const bottom = sub(1, 0, decay, decayLo);
  const pole = div(2 * decay, 2 * decayLo, bottom, lo());
  return sub(sum, sumLo, pole, lo());
}

/** erf(x) = 2/√π ∫₀ˣ e^(−t²) dt. */
export function erf(xh: number, xl: number): number {
  if (xh === 0 || xh !== xh) return result(xh, 0);
  if (Math.abs(xh) < NEAR) return nearErf(xh, xl);
  const sign = xh < 0 ? -1 : 1;
  if (Math.abs(xh) > 13) return result(sign, 0);
  const far = farErfc(sign * xh, sign * xl);
  const h = sub(1, 0, far, lo());
  return result(sign * h, sign * lo());
}

/** 1 − erf(x), to full relative accuracy also where it is tiny. */
export function erfc(xh: number, xl: number): number {
  if (xh !== xh) return result(xh, 0);
  if (xh > 28) return result(0, 0);
  if (xh < -13) return result(2, 0);
  if (Math.abs(xh) < NEAR) {
    const near = nearErf(xh, xl);
    return sub(1, 0, near, lo());
  }
  if (xh > 0) return farErfc(xh, xl);
  const far = farErfc(-xh, -xl);
  return sub(2, 0, far, lo());
}
