import { f64x2, v128, type FunctionBuilder, type Local, type Value } from "../../wasm/index.js";
import { fastTwoSum, twoProduct, type Double } from "./double-double.js";
import { exp, expParts } from "./exp.js";
import type { VectorFunction2 } from "./halves.js";
import { float64Lanes as lanes } from "./lanes.js";
import { logFloat64, specials, split } from "./log.js";
import { polynomial } from "./polynomial.js";

type Vector = Value<"v128">;
const { add, sub, mul, div } = f64x2;

/**
 * (2·artanh(s)/s − 2 − ⅔·s²)/s⁴ in s² for |s| ≤ (√2 − 1)/(√2 + 1): minimax polynomial, error 0.0014·2⁻⁶⁴ relative to
 * the whole logarithm.
 */
export const SERIES = [
  0.3999999999999998, 0.2857142857144383, 0.2222222221779368, 0.1818181884344077, 0.15384558467959283,
  0.13336262975828117, 0.11675811079294666, 0.11981508283523834,
];
/** ⅔ and what its float64 lacks. */
const TWO_THIRDS = [0.6666666666666666, 3.700743415417188e-17] as const;

/** aᵇ of two float64: e^(b·ln|a|) with the logarithm and the product in double-double, and a sign. */
export const powFloat64: VectorFunction2 = (f, x, y) => {
  const [a, b] = [f.keep(x), f.keep(y)];
  const log = logarithm(f, f.keep(f64x2.abs(a)));
  const product = twoProduct(f, b, log.high);
  // Beyond this the power is 0 or infinite, and what an overflow leaves in the low part is of no use.
  const inRange = f64x2.lt(f64x2.abs(product.high), f.constant(f64x2.all(1000)));
  const low = f.keep(v128.and(add(product.low, mul(b, log.low)), inRange));
  const { power, scale } = expParts(f, lanes, product.high, low);
  return withSign(f, a, b, mul(mul(power, scale), scale));
};

/** {@link powFloat64} to the accuracy that float32 needs. */
export const powFloat32: VectorFunction2 = (f, x, y) => {
  const [a, b] = [f.keep(x), f.keep(y)];
  const log = logFloat64(f, f64x2.abs(a));
  return withSign(f, a, b, exp(lanes)(f, mul(b, log)));
};

/**
 * aᵇ from |a|ᵇ: negative for a negative a (−0 too) and an odd b, NaN for a finite a < 0 and a fractional b, and 1 for
 * a = 1 or b = 0, whatever the other is.
 */
function withSign(f: FunctionBuilder, a: Local<"v128">, b: Local<"v128">, size: Vector): Vector {
  const all = (c: number) => f.constant(f64x2.all(c));
  const isWhole = (x: Vector) => f64x2.eq(f64x2.trunc(x), x);
  const whole = f.keep(isWhole(b));
  const half = f.keep(mul(b, all(0.5)));
  const odd = v128.andnot(whole, isWhole(half));
  const signed = v128.xor(size, v128.and(odd, v128.and(a, all(-0))));
  const negative = v128.and(f64x2.lt(a, all(0)), f64x2.gt(a, all(-Infinity)));
  const defined = v128.or(signed, v128.andnot(negative, whole));
  return v128.bitselect(all(1), defined, v128.or(f64x2.eq(a, all(1)), f64x2.eq(b, all(0))));
}

/** ln x for x ≥ 0, with an error of about 2⁻⁶⁴ relative to it: x = 2ᵉ·(1 + t), s = t/(2 + t), as in log.ts. */
function logarithm(f: FunctionBuilder, x: Local<"v128">): Double {
  const all = (c: number) => f.constant(f64x2.all(c));
  const tiny = f.keep(f64x2.lt(x, all(2 ** -1022)));
  const normal = f.keep(v128.bitselect(mul(x, all(2 ** 52)), x, tiny));
  const { e: scaled, t } = split(f, normal);
  const e = f.keep(sub(scaled, v128.and(tiny, all(52))));
  // s and its rounding error
  const bottom = f.keep(add(all(2), t));
  const s = f.keep(div(t, bottom));
  const back = twoProduct(f, s, bottom);
  const remainder = sub(sub(sub(t, back.high), back.low), mul(s, sub(t, sub(bottom, all(2)))));
  const sLow = f.keep(div(remainder, bottom));
  // ⅔·s³
  const square = twoProduct(f, s, s);
  const squareLow = add(square.low, mul(add(s, s), sLow));
  const cube = twoProduct(f, s, square.high);
  const cubeLow = add(cube.low, add(mul(s, squareLow), mul(sLow, square.high)));
  const third = twoProduct(f, cube.high, all(TWO_THIRDS[0]));
  const thirdLow = add(third.low, add(mul(cube.high, all(TWO_THIRDS[1])), mul(cubeLow, all(TWO_THIRDS[0]))));
  const others = mul(mul(cube.high, square.high), polynomial(f, lanes, SERIES, square.high));
  // e·ln 2 + 2s + ⅔·s³ + …, largest first
  const { upper, lower } = lanes.ln2;
  const twice = fastTwoSum(f, f.keep(mul(e, all(upper))), f.keep(add(s, s)));
  const sum = fastTwoSum(f, twice.high, third.high);
  const small = add(mul(e, all(lower)), add(add(others, thirdLow), add(sLow, sLow)));
  const log = fastTwoSum(f, sum.high, f.keep(add(add(sum.low, twice.low), small)));
  return { high: f.keep(specials(log.high, x)), low: log.low };
}
