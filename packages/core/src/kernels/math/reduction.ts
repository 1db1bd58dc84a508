import { i32, type FunctionBuilder, type Local, type Value } from "../../wasm/index.js";
import type { Lanes } from "./lanes.js";

type Vector = Value<"v128">;

/** x within [low, high]; NaN stays NaN. */
export function clamp(f: FunctionBuilder, lanes: Lanes, x: Vector, low: number, high: number): Local<"v128"> {
  const bound = (c: number) => f.constant(lanes.all(c));
  return f.keep(lanes.pmax(lanes.pmin(x, bound(high)), bound(low)));
}

/** x = n·count·ln 2 + rest, where n is a whole number and |rest| ≤ count·ln 2 / 2. */
interface Reduced {
  readonly rest: Local<"v128">;
  /** Integers whose low bits are n + shift; see {@link exponent}. */
  readonly whole: Local<"v128">;
}

/**
 * Cody and Waite's reduction by multiples of count·ln 2, which are subtracted in two parts; `count` is a power of two,
 * and x a local.
 */
export function nearestMultiple(
  f: FunctionBuilder,
  lanes: Lanes,
  x: Local<"v128">,
  count: number,
  shift = 0,
): Reduced {
  const rounder = f.constant(lanes.all(lanes.rounder + shift));
  const all = (c: number) => f.constant(lanes.all(c));
  const { upper, lower } = lanes.ln2;
  const whole = f.keep(lanes.add(lanes.mul(x, all(1 / (count * Math.LN2))), rounder));
  const n = f.keep(lanes.sub(whole, rounder));
  const most = lanes.sub(x, lanes.mul(n, all(count * upper)));
  return { whole, rest: f.keep(lanes.sub(most, lanes.mul(n, all(count * lower)))) };
}

/** n + shift in the place of the exponent; `whole` comes from {@link nearestMultiple}. */
export function exponent(lanes: Lanes, whole: Vector): Vector {
  return lanes.int.shl(whole, i32.const(lanes.fraction));
}

/**
 * 2ⁿ, for n in the range of normal numbers, from n in the place of the exponent. Where x was NaN it is any number: what
 * it is multiplied with has to be NaN then, and adding to that one's exponent instead could make it a number.
 */
export function powerOf2(f: FunctionBuilder, lanes: Lanes, exponent: Vector): Vector {
  return lanes.int.add(exponent, f.constant(lanes.int.all(lanes.one)));
}
