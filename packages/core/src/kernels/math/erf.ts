import { f64x2, i64x2, v128, type FunctionBuilder, type Local, type Value } from "../../wasm/index.js";
import { expParts } from "./exp.js";
import { float64Lanes as lanes, type VectorFunction } from "./lanes.js";
import { polynomial } from "./polynomial.js";

type Vector = Value<"v128">;
const { add, sub, mul, div } = f64x2;

/** erf(x)/x in x² for |x| ≤ ¾: minimax polynomial, relative error 0.008·2⁻⁵³. */
const NEAR = [
  1.1283791670955126, -0.37612638903183715, 0.11283791670952478, -0.026866170644401912, 0.005223977615115196,
  -0.0008548326168587188, 0.00012055288755569878, -1.492417606450605e-5, 1.6430379097666783e-6,
  -1.5937519890328812e-7, 1.1463459318726579e-8,
];

/**
 * (1 + 2x)·e^(x²)·erfc(x) in (x − 4)/(x + 4) for ½ ≤ x ≤ 27.5: minimax polynomial, relative error 0.25·2⁻⁵³. The
 * substitution makes one polynomial do for the whole half-line, and the factor 1 + 2x keeps the function near 1.
 */
const FAR = [
  1.2329951186255526, -0.13962111684056172, 0.015379652102613753, 0.06809705425459028, -0.10103906603592504,
  0.09373283500219307, -0.06633036582149396, 0.037167515471159575, -0.0161977339427682, 0.00503197060899684,
  -0.0007577741094064081, -0.00019926031714977683, 0.00015062526604863244, -2.438611101565259e-5,
  -1.1231897853010372e-5, 5.67955963579347e-6, 3.107205761011397e-7, -7.82208557778877e-7,
  5.742321025010744e-8, 7.429743976523147e-8, -8.722466717650193e-9,
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
