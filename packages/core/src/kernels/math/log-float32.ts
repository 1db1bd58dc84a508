import { f32x4, i32, i32x4, v128, type FunctionBuilder, type Local, type Value } from "../../wasm/index.js";
import { float32Lanes } from "./lanes.js";
import { polynomials } from "./polynomial.js";

/**
 * ln(1 + t)/t for √½ ≤ 1 + t ≤ √2: minimax quotient of polynomials, relative error 0.4·2⁻²⁴. It is 1 at 0, as the
 * logarithm of numbers next to 1 asks for.
 */
export const TOP = [1, 1, 0.18261859];
export const BOTTOM = [1, 1.5, 0.59928745, 0.049643725];

/** Bits of √½. */
const ROOT = 0x3f3504f3;

/** ln x of four float32. */
export function logFloat32(f: FunctionBuilder, x: Value<"v128">): Value<"v128"> {
  const given = f.keep(x);
  const y = f.keep(given);
  // Bits at or above those of the smallest normal number and below those of infinity; one comparison does, shifted so
  // that the lowest wanted bits are the lowest integer.
  const shifted = i32x4.add(given, f.constant(i32x4.all(0x80000000 - 0x00800000)));
  const rare = f.keep(v128.any_true(i32x4.gt_s(shifted, f.constant(i32x4.all(0xfeffffff)))));
  const tiny = () => f32x4.lt(given, f32x4.all(2 ** -126));
  f.if(rare, () => f.set(y, v128.bitselect(f32x4.mul(given, f32x4.all(2 ** 23)), given, tiny())));
  const result = f.keep(ofNormal(f, y));
  f.if(rare, () => {
    f.set(result, f32x4.sub(result, v128.and(tiny(), f32x4.all(23 * Math.LN2))));
    const infinite = v128.bitselect(result, given, f32x4.lt(given, f32x4.all(Infinity)));
    const negative = v128.or(infinite, f32x4.lt(given, f32x4.all(0)));
    f.set(result, v128.bitselect(f32x4.all(-Infinity), negative, f32x4.eq(given, f32x4.all(0))));
  });
  return result;
}

/** ln y of positive normal numbers: y = 2ᵉ·(1 + t), ln y = e·ln 2 + ln(1 + t). */
function ofNormal(f: FunctionBuilder, y: Local<"v128">): Value<"v128"> {
  const root = f.constant(i32x4.all(ROOT));
  const bits = f.keep(i32x4.sub(y, root));
  const e = f32x4.convert_i32x4_s(i32x4.shr_s(bits, i32.const(23)));
  const mantissa = i32x4.add(v128.and(bits, f.constant(i32x4.all(0x7fffff))), root);
  const t = f.keep(f32x4.sub(mantissa, f.constant(f32x4.all(1))));
  const lanes = float32Lanes;
  const of = polynomials(f, lanes, t);
  const small = f32x4.div(f32x4.mul(t, of(TOP)), of(BOTTOM));
  return f32x4.add(small, f32x4.mul(e, f.constant(f32x4.all(Math.LN2))));
}
