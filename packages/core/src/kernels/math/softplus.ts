import { exp } from "./exp.js";
import { float64Lanes, type VectorFunction } from "./lanes.js";
import { polynomial } from "./polynomial.js";

/** (2·artanh(s)/s − 2)/s² in s² for |s| ≤ ⅓: minimax polynomial, error 0.013·2⁻⁵³ relative to the logarithm. */
const SERIES = [
  0.666666666666663, 0.40000000000158775, 0.285714285476486, 0.22222223983137326, 0.18181743431799077,
  0.15386570835054858, 0.13300825367865682, 0.12107295380501873, 0.08334667230934607, 0.17028913735606435,
];

/**
 * ln(1 + eˣ) of two float64 as max(x, 0) + ln(1 + u) with u = e^−|x|, where ln(1 + u) = u − s·(u − s²·SERIES(s²)) and
 * s = u/(2 + u).
 */
export const softplusFloat64: VectorFunction = (f, x) => {
  const { add, sub, mul, div } = float64Lanes;
  const all = (c: number) => f.constant(float64Lanes.all(c));
  const given = f.keep(x);
  const u = f.keep(exp(float64Lanes)(f, float64Lanes.neg(float64Lanes.abs(given))));
  const s = f.keep(div(u, add(all(2), u)));
  const z = f.keep(mul(s, s));
  const log = sub(u, mul(s, sub(u, mul(z, polynomial(f, float64Lanes, SERIES, z)))));
  // NaN comes through: a maximum would be 0.
  return add(float64Lanes.pmax(given, all(0)), log);
};
