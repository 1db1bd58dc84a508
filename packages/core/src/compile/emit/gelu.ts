import { inFloat64 } from "../../kernels/math/halves.js";
import { math, type VectorFunction } from "../../kernels/math/index.js";
import { f64x2, type FunctionBuilder, type Local, v128, type Value } from "../../wasm/index.js";

const { add, mul } = f64x2;

/** x·Φ(x) with the normal distribution function Φ(x) = erfc(−x/√2)/2, as in `ops/gelu.ts`. */
const gelu: VectorFunction = (f, given) => {
  const [all, x] = [constants(f), f.keep(given)];
  return weigh(f, x, mul(math.float64.erfc(f, mul(x, all(-Math.SQRT1_2))), all(0.5)));
};

/** x·σ(2u) with 2u = √(8/π)·(x + 0.044715 x³). */
const geluTanh: VectorFunction = (f, given) => {
  const [all, x] = [constants(f), f.keep(given)];
  const cube = mul(mul(mul(all(0.044715), x), x), x);
  return weigh(f, x, math.float64.sigmoid(f, mul(all(2 * Math.sqrt(2 / Math.PI)), add(x, cube))));
};

/** x·p for a weight p in 0 … 1, with (−∞)·0 = −0. */
function weigh(f: FunctionBuilder, x: Local<"v128">, weight: Value<"v128">): Value<"v128"> {
  const [all, p] = [constants(f), f.keep(weight)];
  return v128.bitselect(all(-0), mul(x, p), f64x2.eq(p, all(0)));
}

const constants = (f: FunctionBuilder) => (c: number) => f.constant(f64x2.all(c));

/** Far below 0 a rounding of the argument matters many times over, so float32 is computed in float64 as well. */
export const gelus = {
  float32: { gelu: inFloat64(gelu), geluTanh: inFloat64(geluTanh) },
  float64: { gelu, geluTanh },
};
