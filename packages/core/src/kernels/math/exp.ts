import { i32, v128, type FunctionBuilder, type Local, type Value } from "../../wasm/index.js";
import { halfTanh } from "./half-tanh.js";
import type { Lanes, VectorFunction } from "./lanes.js";
import { clamp, exponent, nearestMultiple, powerOf2 } from "./reduction.js";

/** Beyond these bounds eˣ is 0 or infinite. */
const BOUND = { float32: { low: -105, high: 90 }, float64: { low: -746, high: 710 } };

/** eˣ as power·scale². Multiplying by the scale twice rounds once: see {@link exp}. */
interface ExpParts {
  readonly power: Value<"v128">;
  readonly scale: Local<"v128">;
}

/**
 * eˣ: x = 2n·ln 2 + r, and e^x = e^r·2ⁿ·2ⁿ. Multiplying twice rounds once, so that results below the smallest normal
 * number are as they should be and those above the largest are infinite.
 */
export function exp(lanes: Lanes): VectorFunction {
  const { low, high } = BOUND[lanes.precision];
  return (f, x) => {
    const { whole, rest } = nearestMultiple(f, lanes, clamp(f, lanes, x, low, high), 2);
    const scale = f.keep(powerOf2(f, lanes, exponent(lanes, whole)));
    return lanes.mul(lanes.mul(small(f, lanes, rest), scale), scale);
  };
}

/**
 * e^(x + correction), with a correction too small to be added to x before. More careful than {@link exp}:
 * x = n·ln 2 + r, with the last bit of n in the power and 2^⌊n/2⌋ as the scale.
 */
export function expParts(
  f: FunctionBuilder,
  lanes: Lanes,
  x: Value<"v128">,
  correction: Value<"v128">,
): ExpParts {
  const { low, high } = BOUND[lanes.precision];
  const { whole, rest } = nearestMultiple(f, lanes, clamp(f, lanes, x, low, high), 1);
  const bit = f.keep(v128.and(whole, f.constant(lanes.int.all(1n))));
  const halved = lanes.int.shl(lanes.int.sub(whole, bit), i32.const(lanes.fraction - 1));
  const power = lanes.mul(
    small(f, lanes, f.keep(lanes.add(rest, correction))),
    powerOf2(f, lanes, exponent(lanes, bit)),
  );
  return { power, scale: f.keep(powerOf2(f, lanes, halved)) };
}

/** e^r = 1 + 2·odd / (even − odd) for |r| ≤ ln 2. */
function small(f: FunctionBuilder, lanes: Lanes, r: Local<"v128">): Value<"v128"> {
  const { add, sub, div } = lanes;
  const one = f.constant(lanes.all(1));
  const { odd, evenLess1 } = halfTanh(f, lanes, r);
  return add(one, div(add(odd, odd), add(one, sub(evenLess1, odd))));
}
