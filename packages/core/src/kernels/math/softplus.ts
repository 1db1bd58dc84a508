import { exp } from "./exp.js";
import { float64Lanes, type VectorFunction } from "./lanes.js";
import { polynomial } from "./polynomial.js";

/** (2·artanh(s)/s − 2)/s² in s² for |s| ≤ ⅓: minimax polynomial, error 0.012·2⁻⁵³ relative to the logarithm. */
export const SERIES = [
  0.6666666666666631, 0.40000000000155683, 0.2857142854805917, 0.2222222395678204, 0.18181744381213177,
  0.15386550286328582, 0.13301098344440865, 0.12105116417028298, 0.08344257050295535, 0.17011032177717164,
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
