import type { Dtype } from "../../tensor/dtype.js";
import { f32x4, f64x2, i32x4, v128, type FunctionBuilder, type Local, type Value } from "../../wasm/index.js";
import { narrowMask, widenMask } from "./lanes.js";

type Vector = Value<"v128">;

/** Elements of one dtype as another, as `cast` says: floats truncate and wrap, numbers are true unless they are 0. */
export function castLanes(f: FunctionBuilder, x: Local<"v128">, from: Dtype, to: Dtype): Vector {
  if (from === to) return x;
  switch (to) {
    case "bool":
      return isNotZero(f, x, from);
    case "int32":
      if (from === "bool") return v128.and(x, f.constant(i32x4.all(1)));
      return from === "float64" ? wrapFloat64(f, x) : wrapFloat32(f, x);
    case "float32":
      if (from === "bool") return v128.and(x, f.constant(f32x4.all(1)));
      return from === "float64" ? f32x4.demote_f64x2_zero(x) : f32x4.convert_i32x4_s(x);
    case "float64":
      if (from === "bool") return v128.and(widenMask(x), f.constant(f64x2.all(1)));
      return from === "float32" ? f64x2.promote_low_f32x4(x) : f64x2.convert_low_i32x4_s(x);
  }
}

/** NaN is not zero either. */
function isNotZero(f: FunctionBuilder, x: Local<"v128">, from: Dtype): Vector {
  if (from === "float64") return narrowMask(f64x2.ne(x, f.constant(f64x2.all(0))));
  return from === "float32" ? f32x4.ne(x, f.constant(f32x4.all(0))) : i32x4.ne(x, f.constant(v128.zero()));
}

/**
 * ECMAScript's ToInt32: the whole part modulo 2³². Taking away the nearest multiple of 2³² is exact, NaN and the
 * infinities become NaN on the way, and the conversion makes 0 of that.
 */
function wrapFloat32(f: FunctionBuilder, x: Local<"v128">): Vector {
  const whole = f.keep(f32x4.trunc(x));
  const turns = f32x4.nearest(f32x4.mul(whole, f.constant(f32x4.all(2 ** -32))));
  const rest = f.keep(f32x4.sub(whole, f32x4.mul(turns, f.constant(f32x4.all(2 ** 32)))));
  const above = f32x4.ge(rest, f.constant(f32x4.all(2 ** 31)));
  const lowered = f32x4.sub(rest, v128.and(above, f.constant(f32x4.all(2 ** 32))));
  return i32x4.trunc_sat_f32x4_s(lowered);
}

function wrapFloat64(f: FunctionBuilder, x: Local<"v128">): Vector {
  const whole = f.keep(f64x2.trunc(x));
  const turns = f64x2.nearest(f64x2.mul(whole, f.constant(f64x2.all(2 ** -32))));
  const rest = f.keep(f64x2.sub(whole, f64x2.mul(turns, f.constant(f64x2.all(2 ** 32)))));
  const above = f64x2.ge(rest, f.constant(f64x2.all(2 ** 31)));
  const lowered = f64x2.sub(rest, v128.and(above, f.constant(f64x2.all(2 ** 32))));
  return i32x4.trunc_sat_f64x2_s_zero(lowered);
}
