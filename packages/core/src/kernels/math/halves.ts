import { f32x4, f64x2, i8x16, type FunctionBuilder, type Local, type Value } from "../../wasm/index.js";
import type { VectorFunction } from "./lanes.js";

type Vector = Value<"v128">;

/** A function of two vectors, such as {@link VectorFunction} is of one. */
export type VectorFunction2 = (f: FunctionBuilder, a: Vector, b: Vector) => Vector;

/** Bytes 8 … 15 twice: the upper half of a vector in both halves. */
const UPPER = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
/** The lower half of a, then that of b. */
const LOWER_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

/** A function of float32 computed in float64, on the lower two lanes and on the upper two, and rounded at the end. */
export function inFloat64(of: VectorFunction): VectorFunction {
  return (f, x) => {
    const given = f.keep(x);
    return joined(f, of(f, lowerHalf(f, given)), () => of(f, upperHalf(f, given)));
  };
}

/** {@link inFloat64} for two operands. */
export function inFloat64Of2(of: VectorFunction2): VectorFunction2 {
  return (f, a, b) => {
    const [x, y] = [f.keep(a), f.keep(b)];
    return joined(f, of(f, lowerHalf(f, x), lowerHalf(f, y)), () => of(f, upperHalf(f, x), upperHalf(f, y)));
  };
}

function lowerHalf(f: FunctionBuilder, x: Vector): Local<"v128"> {
  return f.keep(f64x2.promote_low_f32x4(x));
}

function upperHalf(f: FunctionBuilder, x: Vector): Local<"v128"> {
  return f.keep(f64x2.promote_low_f32x4(i8x16.shuffle(x, x, UPPER)));
}

function joined(f: FunctionBuilder, lower: Vector, upper: () => Vector): Vector {
  const first = f.keep(f32x4.demote_f64x2_zero(lower));
  return i8x16.shuffle(first, f32x4.demote_f64x2_zero(upper()), LOWER_HALVES);
}
