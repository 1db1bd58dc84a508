import { f64x2, i32, i64x2, v128, type FunctionBuilder, type Local, type Value } from "../../wasm/index.js";
import { reduceHuge, type Angle } from "./huge-angle.js";
import { float64Lanes as lanes, type VectorFunction } from "./lanes.js";
import { polynomial } from "./polynomial.js";

type Vector = Value<"v128">;
const { add, sub, mul } = f64x2;

/** (sin r/r − 1)/r² in r² for |r| ≤ π/4: minimax polynomial, error 0.033·2⁻⁵³ relative to sin r. */
export const SIN = [
  -0.16666666666666632, 0.008333333333322424, -0.00019841269829781844, 2.7557313676738263e-6,
  -2.5050755196490073e-8, 1.589660832055989e-10,
];
/** (cos r − 1 + r²/2)/r⁴ in r² for |r| ≤ π/4: minimax polynomial, error 0.0005·2⁻⁵³ relative to cos r. */
export const COS = [
  0.041666666666666595, -0.0013888888888873344, 2.480158728900371e-5, -2.755731421745772e-7,
  2.087570543800937e-9, -1.1358750462489708e-11,
];

/** π/2 in two parts of 33 bits, whose multiples up to 2²⁰ are exact, and the rest. */
const HALF_PI = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21] as const;

/** Beyond this the parts of π/2 do not suffice. */
const HUGE = 2 ** 20;

/** sin x of two float64. */
export const sinFloat64: VectorFunction = (f, x) => {
  const given = f.keep(x);
  const small = f64x2.lt(f64x2.abs(given), f.constant(f64x2.all(2 ** -27)));
  const { k, r, low } = reduce(f, given);
  return v128.bitselect(given, sinAt(f, k, r, low), small);
};

/** cos x of two float64: the sine a quarter turn further. */
export const cosFloat64: VectorFunction = (f, x) => {
  const { k, r, low } = reduce(f, f.keep(x));
  return sinAt(f, f.keep(i64x2.add(k, f.constant(i64x2.all(1n)))), r, low);
};

/** Cody and Waite's reduction, or for huge angles {@link reduceHuge}. */
function reduce(f: FunctionBuilder, x: Local<"v128">): Angle {
  const all = (c: number) => f.constant(f64x2.all(c));
  const k = f.keep(add(mul(x, all(2 / Math.PI)), all(lanes.rounder)));
  const n = f.keep(sub(k, all(lanes.rounder)));
  const first = f.keep(sub(x, mul(n, all(HALF_PI[0]))));
  const second = f.keep(mul(n, all(HALF_PI[1])));
  // first − second with its rounding error.
  const difference = f.keep(sub(first, second));
  const back = f.keep(sub(difference, first));
  const error = sub(sub(first, sub(difference, back)), add(second, back));
  const rest = f.keep(sub(error, mul(n, all(HALF_PI[2]))));
  const r = f.keep(add(difference, rest));
  const low = f.keep(add(sub(difference, r), rest));
  const angle = { k, r, low };
  // NaN is not below it either.
  const small = f64x2.lt(f64x2.abs(x), all(HUGE));
  f.if(v128.any_true(v128.not(small)), () => reduceHuge(f, x, angle));
  return angle;
}

/** sin(k·π/2 + r + low): sine or cosine of the rest, with a sign. */
function sinAt(f: FunctionBuilder, k: Local<"v128">, r: Local<"v128">, low: Local<"v128">): Vector {
  const all = (c: number) => f.constant(f64x2.all(c));
  const z = f.keep(mul(r, r));
  const half = f.keep(mul(z, all(0.5)));
  const one = all(1);
  // sin(r + low) = r + (r³·SIN(r²) + low·cos r)
  const tilt = mul(low, sub(one, half));
  const sine = add(r, add(mul(mul(r, z), polynomial(f, lanes, SIN, z)), tilt));
  // cos(r + low) = (1 − r²/2) + its rounding error + (r⁴·COS(r²) − r·low)
  const most = f.keep(sub(one, half));
  const series = sub(mul(mul(z, z), polynomial(f, lanes, COS, z)), mul(r, low));
  const cosine = add(most, add(sub(sub(one, most), half), series));
  const bit = f.constant(i64x2.all(1n));
  const odd = i64x2.eq(v128.and(k, bit), bit);
  const sign = v128.and(i64x2.shl(k, i32.const(62)), f.constant(f64x2.all(-0)));
  return v128.xor(v128.bitselect(cosine, sine, odd), sign);
}
