import type { Lanes, VectorFunction } from "./lanes.js";
import { polynomial } from "./polynomial.js";
import { clamp, exponent, nearestMultiple } from "./reduction.js";

/**
 * (r/tanh(r/2) − 2)/r² in r² for |r| ≤ ½·ln 2: minimax polynomials, errors of tanh(r/2) 0.04·2⁻²⁴ in float32 and
 * 0.008·2⁻⁵³ in float64.
 */
export const SERIES = {
  float32: [0.16666625595047116, -0.0027667336784029848],
  float64: [
    0.16666666666666602, -0.0027777777777014327, 6.613756321225962e-5, -1.6533902048757566e-6,
    4.1381323926111684e-8,
  ],
};

/**
 * Beyond these bounds σ is 0 or 1, and `shift` brings all exponents that occur within them, those of subnormal results
 * too, into the range of normal numbers.
 */
const RANGE = {
  float32: { low: -105, high: 18, shift: 26 },
  float64: { low: -746, high: 38, shift: 56 },
};

/**
 * σ(x) = g / (g + h), where g : h = eˣ : 1. With x = n·ln 2 + r and 2 + v = r/tanh(r/2), e^r is (2 + v + r)/(2 + v − r),
 * so that g = 2 + v + r and h = (2 + v − r)·2⁻ⁿ, both times the power of two that keeps h from overflowing. The quotient
 * rounds once where it is below the smallest normal number.
 */
export function sigmoid(lanes: Lanes): VectorFunction {
  const { add, sub, mul, div, precision } = lanes;
  const { low, high, shift } = RANGE[precision];
  return (f, x) => {
    const all = (c: number) => f.constant(lanes.all(c));
    const { whole, rest: r } = nearestMultiple(f, lanes, clamp(f, lanes, x, low, high), 1, shift);
    const square = f.keep(mul(r, r));
    const v = f.keep(mul(square, polynomial(f, lanes, SERIES[precision], square)));
    // A product, not an exponent subtracted, so that NaN stays NaN.
    const g = f.keep(mul(add(all(2), add(v, r)), all(2 ** -shift)));
    const h = lanes.int.sub(add(all(2), sub(v, r)), exponent(lanes, whole));
    return div(g, add(g, h));
  };
}
