import * as dd from "../../packages/check/src/dd/arithmetic.js";
import * as of from "../../packages/check/src/dd/functions.js";

/** A number of 106 bits, hi + lo: the arithmetic and the functions of `check`, with a relative error of about 1e-31. */
export interface Long {
  readonly hi: number;
  readonly lo: number;
}

export type LongFunction = (x: Long) => Long;

type Of2 = (ah: number, al: number, bh: number, bl: number) => number;

const of1 =
  (f: (h: number, l: number) => number): LongFunction =>
  ({ hi, lo }) => ({ hi: f(hi, lo), lo: dd.lo() });
const of2 =
  (f: Of2) =>
  (a: Long, b: Long): Long => ({ hi: f(a.hi, a.lo, b.hi, b.lo), lo: dd.lo() });

export const long = (hi: number, lo = 0): Long => ({ hi, lo });
export const ZERO = long(0);
export const ONE = long(1);

export const add = of2(dd.add);
export const sub = of2(dd.sub);
export const mul = of2(dd.mul);
export const div = of2(dd.div);
export const abs: LongFunction = (x) => (x.hi < 0 ? sub(ZERO, x) : x);
/** x·2ᵏ. */
export const scaled = (x: Long, power: number): Long => long(x.hi * power, x.lo * power);

export const exp = of1(of.exp);
export const expm1 = of1(of.expm1);
export const log1p = of1(of.log1p);
export const tanh = of1(of.tanh);
export const sin = of1(of.sin);
export const cos = of1(of.cos);
export const erf = of1(of.erf);
const erfc = of1(of.erfc);

/** Σ coefficients[k]·xᵏ. */
export function horner(coefficients: readonly Long[], x: Long): Long {
  return coefficients.reduceRight((sum, c) => add(c, mul(sum, x)), ZERO);
}

/** 1/√π. */
const ROOT_OF_1_OVER_PI = long(0.5641895835477563, 7.66772980658294e-18);

/** e^(x²)·erfc(x) for x > 0, which neither over- nor underflows. */
export function scaledErfc(x: Long): Long {
  if (x.hi < 10) return mul(exp(mul(x, x)), erfc(x));
  // 1/√π · 1/(x + ½/(x + 1/(x + 1½/(x + …)))): Abramowitz and Stegun, 7.1.14.
  let bottom = x;
  for (let k = 60; k > 0; k--) bottom = add(x, div(long(k / 2), bottom));
  return div(ROOT_OF_1_OVER_PI, bottom);
}
