import { halfTanh } from "./half-tanh.js";
import type { Lanes, VectorFunction } from "./lanes.js";
import { clamp, exponent, nearestMultiple, powerOf2 } from "./reduction.js";

/** Beyond this σ is 0 or 1. */
const BOUND = { float32: 105, float64: 746 };

/**
 * σ(x) = g / (g + h), where g : h = eˣ : 1. With x = 2n·ln 2 + r that is g = 2ⁿ·(even + odd) and
 * h = 2⁻ⁿ·(even − odd): neither overflows, and the quotient rounds once where it is below the smallest normal number.
 */
export function sigmoid(lanes: Lanes): VectorFunction {
  const { add, sub, mul, div } = lanes;
  const bound = BOUND[lanes.precision];
  return (f, x) => {
    const one = f.constant(lanes.all(1));
    const { whole, rest } = nearestMultiple(f, lanes, clamp(f, lanes, x, -bound, bound), 2);
    const power = f.keep(exponent(lanes, whole));
    const { odd, evenLess1 } = halfTanh(f, lanes, rest);
    const g = f.keep(mul(add(one, add(evenLess1, odd)), powerOf2(f, lanes, power)));
    const h = lanes.int.sub(add(one, sub(evenLess1, odd)), power);
    return div(g, add(g, h));
  };
}
