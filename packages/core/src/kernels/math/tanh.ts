import { i32 } from "../../wasm/index.js";
import type { Lanes, VectorFunction } from "./lanes.js";
import { polynomial } from "./polynomial.js";
import { clamp } from "./reduction.js";

/**
 * tanh(r)/r in r² for |r| ≤ ½·ln 2: minimax polynomials with value 1 at 0, relative errors 0.64·2⁻²⁴ in float32 and
 * 0.08·2⁻⁵³ in float64.
 */
export const SMALL = {
  float32: [1, -0.3333269856151726, 0.13301002789062238, -0.049232061960219085],
  float64: [
    1, -0.33333333333332626, 0.13333333333142444, -0.05396825379175406, 0.021869480630533105,
    -0.008863039130685927, 0.0035892723703969485, -0.0014315401752500562, 0.0004765159006730666,
  ],
};

/** Beyond these tanh is 1, and so is the quotient below. */
const BOUND = { float32: 9.7, float64: 20 };

/**
 * tanh x by the addition theorem: x = n·ln 2 + r, where tanh(n·ln 2) = (1 − u) / (1 + u) with u = 2⁻²ⁿ, so that with
 * t = tanh r
 *
 *     tanh x = ((1 − u) + t·(1 + u)) / ((1 + u) + t·(1 − u)).
 *
 * Near 0, n is 0 and that is t; it is never above 1, since rounding is monotone.
 */
export function tanh(lanes: Lanes): VectorFunction {
  const { add, sub, mul, div, precision } = lanes;
  return (f, x) => {
    const all = (c: number) => f.constant(lanes.all(c));
    const y = clamp(f, lanes, x, -BOUND[precision], BOUND[precision]);
    const whole = f.keep(add(mul(y, all(Math.LOG2E)), all(lanes.rounder)));
    // The product is exact for n = 0, 1 and 2; beyond, tanh is too flat for its rounding to matter.
    const r = f.keep(sub(y, mul(sub(whole, all(lanes.rounder)), all(Math.LN2))));
    const t = f.keep(mul(r, polynomial(f, lanes, SMALL[precision], f.keep(mul(r, r)))));
    // 2⁻²ⁿ: twice n is taken from the exponent.
    const u = f.keep(lanes.int.sub(all(1), lanes.int.shl(whole, i32.const(lanes.fraction + 1))));
    const more = f.keep(add(all(1), u));
    // −(1 − u), so that where it is 0 the difference below keeps the sign of a zero.
    const less = f.keep(sub(u, all(1)));
    return div(sub(mul(t, more), less), sub(more, mul(t, less)));
  };
}
