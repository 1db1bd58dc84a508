import { f64x2, i32, i64x2, v128, type FunctionBuilder, type Local, type Value } from "../../wasm/index.js";
import { float64Lanes } from "./lanes.js";
import { polynomial } from "./polynomial.js";

type Vector = Value<"v128">;

/**
 * (2·artanh(s)/s − 2)/s² in s² for |s| ≤ (√2 − 1)/(√2 + 1): minimax polynomial, error 0.011·2⁻⁵³ relative to the whole
 * logarithm.
 */
export const SERIES = [
  0.6666666666666734, 0.39999999999416963, 0.2857142874192772, 0.22222198616463446, 0.18183562249593618,
  0.15314099777810933, 0.14795492465221335,
];

/** Bits of √½. */
const ROOT = 0x3fe6a09e667f3bcdn;
const BIAS = 1023n << 52n;
/** 2⁵²: its low bits hold a whole number. */
const WHOLE = 2 ** 52;

/** ln 2 in two parts; multiples of the first by an exponent are exact. */
const { upper: LN2_UPPER, lower: LN2_LOWER } = float64Lanes.ln2;

/** ln x of two float64. */
export function logFloat64(f: FunctionBuilder, x: Vector): Vector {
  const given = f.keep(x);
  const y = f.keep(given);
  const rare = f.keep(v128.any_true(notNormal(f, given)));
  const tiny = () => f64x2.lt(given, f64x2.all(2 ** -1022));
  f.if(rare, () => f.set(y, v128.bitselect(f64x2.mul(given, f64x2.all(2 ** 52)), given, tiny())));
  const result = f.keep(ofNormal(f, y));
  f.if(rare, () => {
    f.set(result, f64x2.sub(result, v128.and(tiny(), f64x2.all(52 * Math.LN2))));
    f.set(result, specials(result, given));
  });
  return result;
}

/** ln(1 + x) of two float64: ln u + c/u, where u = 1 + x but for the rounding error c. */
export function log1pFloat64(f: FunctionBuilder, x: Vector): Vector {
  const { add, sub, div } = f64x2;
  const given = f.keep(x);
  const one = f.constant(f64x2.all(1));
  const u = f.keep(add(given, one));
  const back = f.keep(sub(u, given));
  const lost = f.keep(div(add(sub(given, sub(u, back)), sub(one, back)), u));
  const result = f.keep(ofNormal(f, u, lost));
  f.if(v128.any_true(notNormal(f, u)), () => f.set(result, specials(result, u)));
  const small = f64x2.lt(f64x2.abs(given), f.constant(f64x2.all(2 ** -54)));
  return v128.bitselect(given, result, small);
}

/** All ones where x is not a positive normal number. */
function notNormal(f: FunctionBuilder, x: Vector): Vector {
  // One comparison does, shifted so that the lowest wanted bits are the lowest integer.
  const shifted = i64x2.add(x, f.constant(i64x2.all((1n << 63n) - (1n << 52n))));
  return i64x2.gt_s(shifted, f.constant(i64x2.all(BigInt.asIntN(64, (1n << 63n) + (2046n << 52n) - 1n))));
}

/** The result, but what it is to be where x is infinite, NaN, negative or 0. */
export function specials(result: Vector, x: Local<"v128">): Vector {
  const infinite = v128.bitselect(result, x, f64x2.lt(x, f64x2.all(Infinity)));
  const negative = v128.or(infinite, f64x2.lt(x, f64x2.all(0)));
  return v128.bitselect(f64x2.all(-Infinity), negative, f64x2.eq(x, f64x2.all(0)));
}

/**
 * ln y + correction of positive normal numbers: y = 2ᵉ·(1 + t), s = t/(2 + t), and
 * ln(1 + t) = 2·artanh(s) = t − t²/2 + s·(t²/2 + s²·SERIES(s²)), whose first term is exact and largest.
 */
function ofNormal(f: FunctionBuilder, y: Local<"v128">, correction?: Vector): Vector {
  const { add, sub, mul, div } = f64x2;
  const all = (c: number) => f.constant(f64x2.all(c));
  const { e, t } = split(f, y);
  const s = f.keep(div(t, add(all(2), t)));
  const z = f.keep(mul(s, s));
  const half = f.keep(mul(all(0.5), mul(t, t)));
  const series = mul(z, polynomial(f, float64Lanes, SERIES, z));
  const ofE = mul(e, all(LN2_LOWER));
  const low = add(mul(s, add(half, series)), correction === undefined ? ofE : add(ofE, correction));
  return sub(mul(e, all(LN2_UPPER)), sub(sub(half, low), t));
}

/** y = 2ᵉ·(1 + t) with √½ ≤ 1 + t < √2, for a positive normal number y. */
export function split(f: FunctionBuilder, y: Local<"v128">): { e: Local<"v128">; t: Local<"v128"> } {
  const root = f.constant(i64x2.all(ROOT));
  const bits = f.keep(i64x2.sub(y, root));
  const biased = i64x2.shr_u(i64x2.add(bits, f.constant(i64x2.all(BIAS))), i32.const(52));
  const asFloat = v128.or(biased, f.constant(f64x2.all(WHOLE)));
  const mantissa = i64x2.add(v128.and(bits, f.constant(i64x2.all((1n << 52n) - 1n))), root);
  return {
    e: f.keep(f64x2.sub(asFloat, f.constant(f64x2.all(WHOLE + 1023)))),
    t: f.keep(f64x2.sub(mantissa, f.constant(f64x2.all(1)))),
  };
}
