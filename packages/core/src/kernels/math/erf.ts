import { f64x2, i64x2, v128, type FunctionBuilder, type Local, type Value } from "../../wasm/index.js";
import { expParts } from "./exp.js";
import { float64Lanes as lanes, type VectorFunction } from "./lanes.js";
import { polynomial } from "./polynomial.js";

type Vector = Value<"v128">;
const { add, sub, mul, div } = f64x2;

/** erf(x)/x in x² for |x| ≤ ¾: minimax polynomial, relative error 0.12·2⁻⁵³. */
export const NEAR = [
  1.1283791670955126, -0.3761263890318325, 0.11283791670927379, -0.026866170639026424, 0.005223977555882368,
  -0.0008548322388689243, 0.00012055141042722024, -1.4920587283575369e-5, 1.6377498815259115e-6,
  -1.5504865254385625e-7, 9.955330339206599e-9,
];

/**
 * (1 + 2x)·e^(x²)·erfc(x) in (x − 4)/(x + 4) for ½ ≤ x ≤ 27.5: minimax polynomial, relative error 0.34·2⁻⁵³. The
 * substitution makes one polynomial do for the whole half-line, and the factor 1 + 2x keeps the function near 1.
 */
export const FAR = [
  1.2329951186255526, -0.13962111684056247, 0.015379652102612247, 0.06809705425464073, -0.10103906603591481,
  0.0937328350010299, -0.06633036582121085, 0.03716751548438626, -0.01619773394798894, 0.005031970523590615,
  -0.0007577740716598867, -0.00019925998314069857, 0.00015062511801034167, -2.4386917577290625e-5,
  -1.1231558220160564e-5, 5.680735550664542e-6, 3.1026682787757957e-7, -7.831576231424807e-7,
  5.7748542793423116e-8, 7.462311097536128e-8, -8.818463694879718e-9,
];
const CENTRE = 4;
/** From here on erfc is 0. */
const END = 27.5;

/** erf x of two float64. */
export const erfFloat64: VectorFunction = (f, x) => {
  const given = f.keep(x);
  const size = f.keep(f64x2.abs(given));
  const far = sub(f.constant(f64x2.all(1)), tail(f, size));
  const signed = v128.or(far, v128.and(given, f.constant(f64x2.all(-0))));
  return v128.bitselect(near(f, given), signed, f64x2.lt(size, f.constant(f64x2.all(0.75))));
};

/** erfc x of two float64. */
export const erfcFloat64: VectorFunction = (f, x) => {
  const all = (c: number) => f.constant(f64x2.all(c));
  const given = f.keep(x);
  const size = f.keep(f64x2.abs(given));
  const beyond = tail(f, size);
  const far = v128.bitselect(sub(all(2), beyond), beyond, f64x2.lt(given, all(0)));
  return v128.bitselect(sub(all(1), near(f, given)), far, f64x2.lt(size, all(0.5)));
};

function near(f: FunctionBuilder, x: Local<"v128">): Vector {
  return mul(x, polynomial(f, lanes, NEAR, f.keep(mul(x, x))));
}

/** erfc(x) for x ≥ ½. */
function tail(f: FunctionBuilder, size: Local<"v128">): Local<"v128"> {
  const all = (c: number) => f.constant(f64x2.all(c));
  const x = f.keep(lanes.pmin(size, all(END)));
  // x² = head² + rest, the first exactly.
  const head = f.keep(v128.and(x, f.constant(i64x2.all(-1n << 27n))));
  const rest = mul(sub(head, x), add(head, x));
  const { power, scale } = expParts(f, lanes, f64x2.neg(mul(head, head)), rest);
  const t = f.keep(div(sub(x, all(CENTRE)), add(x, all(CENTRE))));
  const quotient = div(mul(power, polynomial(f, lanes, FAR, t)), add(all(1), add(x, x)));
  return f.keep(mul(mul(quotient, scale), scale));
}
