import { erfcFloat64, erfFloat64 } from "./erf.js";
import { exp } from "./exp.js";
import { expm1 } from "./expm1.js";
import { inFloat64, inFloat64Of2, type VectorFunction2 } from "./halves.js";
import { float32Lanes, float64Lanes, type Lanes, type VectorFunction } from "./lanes.js";
import { logFloat32 } from "./log-float32.js";
import { log1pFloat64, logFloat64 } from "./log.js";
import { powFloat32, powFloat64 } from "./pow.js";
import { sigmoid } from "./sigmoid.js";
import { cosFloat64, sinFloat64 } from "./sin.js";
import { softplusFloat64 } from "./softplus.js";
import { tanh } from "./tanh.js";

export type { VectorFunction, VectorFunction2 };

/**
 * Elementary functions of vectors of one precision, inlined where they are used: to 4 units in the last place for every
 * input, with gradual underflow, and with the reference executor's results for NaN, ±Infinity and ±0. They use plain
 * SIMD only, so that results are the same bits everywhere.
 */
export interface VectorMath {
  readonly exp: VectorFunction;
  readonly expm1: VectorFunction;
  readonly log: VectorFunction;
  readonly log1p: VectorFunction;
  readonly tanh: VectorFunction;
  readonly sigmoid: VectorFunction;
  readonly sin: VectorFunction;
  readonly cos: VectorFunction;
  readonly erf: VectorFunction;
  readonly erfc: VectorFunction;
  /** ln(1 + eˣ). */
  readonly softplus: VectorFunction;
  readonly pow: VectorFunction2;
}

/** Functions whose one formula serves both precisions. */
const shared = (lanes: Lanes) => ({
  exp: exp(lanes),
  expm1: expm1(lanes),
  tanh: tanh(lanes),
  sigmoid: sigmoid(lanes),
});

export const math: { readonly float32: VectorMath; readonly float64: VectorMath } = {
  float32: {
    ...shared(float32Lanes),
    log: logFloat32,
    log1p: inFloat64(log1pFloat64),
    sin: inFloat64(sinFloat64),
    cos: inFloat64(cosFloat64),
    erf: inFloat64(erfFloat64),
    erfc: inFloat64(erfcFloat64),
    softplus: inFloat64(softplusFloat64),
    pow: inFloat64Of2(powFloat32),
  },
  float64: {
    ...shared(float64Lanes),
    log: logFloat64,
    log1p: log1pFloat64,
    sin: sinFloat64,
    cos: cosFloat64,
    erf: erfFloat64,
    erfc: erfcFloat64,
    softplus: softplusFloat64,
    pow: powFloat64,
  },
};
