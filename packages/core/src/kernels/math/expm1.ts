import { v128 } from "../../wasm/index.js";
import type { Lanes, VectorFunction } from "./lanes.js";
import { polynomial } from "./polynomial.js";
import { clamp, exponent, nearestMultiple } from "./reduction.js";

/** Beyond these bounds eˣ − 1 is −1 or infinite. */
const BOUND = { float32: { low: -60, high: 89 }, float64: { low: -60, high: 709.9 } };
/** Below these magnitudes eˣ − 1 is x. */
const SMALL = { float32: 2 ** -26, float64: 2 ** -55 };

/**
 * (e^r − 1 − r)/r² for |r| ≤ ½·ln 2: minimax polynomials, errors 0.23·2⁻²⁴ in float32 and 0.17·2⁻⁵³ in float64 relative
 * to e^r − 1.
 */
export const SERIES = {
  float32: [0.49999997, 0.16666545, 0.04166749, 0.008366408, 0.0013865537],
  float64: [
    0.5000000000000004, 0.16666666666666588, 0.04166666666658255, 0.008333333333391339, 0.001388888893013331,
    0.0001984126971349497, 2.4801506674575063e-5, 2.7557413617014997e-6, 2.76255641173998e-7,
    2.5051561721058112e-8,
  ],
};

/**
 * eˣ − 1: x = n·ln 2 + r, so that it is 2ⁿ·(e^r − 1) + (2ⁿ − 1); near 0, n is 0. The sum is doubled at the end, since
 * 2ⁿ may be just too large.
 */
export function expm1(lanes: Lanes): VectorFunction {
  const { add, sub, mul, precision } = lanes;
  const { low, high } = BOUND[precision];
  return (f, x) => {
    const all = (c: number) => f.constant(lanes.all(c));
    const given = f.keep(x);
    const { whole, rest } = nearestMultiple(f, lanes, clamp(f, lanes, given, low, high), 1);
    const half = all(0.5);
    const scale = f.keep(lanes.int.add(exponent(lanes, whole), half));
    const square = f.keep(mul(rest, rest));
    const fraction = add(rest, mul(square, polynomial(f, lanes, SERIES[precision], rest)));
    const result = f.keep(add(mul(scale, fraction), sub(scale, half)));
    const small = lanes.lt(lanes.abs(given), all(SMALL[precision]));
    return v128.bitselect(given, add(result, result), small);
  };
}
