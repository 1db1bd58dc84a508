import {
  f32x4,
  f64x2,
  i32,
  i32x4,
  i8x16,
  v128,
  type Address,
  type FunctionBuilder,
  type Local,
  type Value,
} from "../../wasm/index.js";
import { elementBytes } from "../ir.js";
import type { Dtype } from "../../tensor/dtype.js";

type Vector = Value<"v128">;

/**
 * How many elements a kernel handles at once: 4, or 2 if float64 is among them. Values of the other dtypes then lie in
 * the two low lanes of 32 bits. A bool is a mask, all ones or all zeros, in a lane of 32 bits.
 */
export type LaneCount = 2 | 4;

/** Loads neighbouring elements. What lies behind the last one may be read, but is not used. */
export function loadLanes(f: FunctionBuilder, dtype: Dtype, lanes: LaneCount, from: Address): Vector {
  if (dtype === "bool") {
    const bytes = v128.load32_zero(from);
    const spread = i8x16.shuffle(bytes, f.constant(v128.zero()), spreadBytes);
    return i32x4.ne(spread, f.constant(v128.zero()));
  }
  return lanes === 2 && dtype !== "float64" ? v128.load64_zero(from) : v128.load(from);
}
/** Byte i into the low byte of lane i. */
const spreadBytes = [0, 16, 16, 16, 1, 16, 16, 16, 2, 16, 16, 16, 3, 16, 16, 16];

/** Loads one element into all lanes. */
export function loadSplat(f: FunctionBuilder, dtype: Dtype, from: Address): Vector {
  if (dtype === "float64") return v128.load64_splat(from);
  if (dtype !== "bool") return v128.load32_splat(from);
  return i32x4.ne(i32x4.splat(i32.load8_u(from)), f.constant(v128.zero()));
}

/** Loads `count` elements that lie `stride` elements apart; the other lanes are zero. */
export function loadApart(
  f: FunctionBuilder,
  dtype: Dtype,
  base: Local<"i32">,
  stride: number,
  count: number,
): Vector {
  const result = f.keep(v128.zero());
  for (let lane = 0; lane < count; lane++) {
    const from = addressAt(base, lane * stride * elementBytes[dtype]);
    if (dtype === "float64") f.set(result, v128.load64_lane(from, result, lane));
    else if (dtype !== "bool") f.set(result, v128.load32_lane(from, result, lane));
    else f.set(result, i32x4.replace_lane(result, lane, i32.load8_u(from)));
  }
  return dtype === "bool" ? i32x4.ne(result, f.constant(v128.zero())) : result;
}

/** Stores the first `count` elements of a vector, `stride` elements apart. */
export function storeLanes(
  f: FunctionBuilder,
  dtype: Dtype,
  lanes: LaneCount,
  base: Local<"i32">,
  value: Local<"v128">,
  count: number,
  stride: number,
): void {
  const bytes = elementBytes[dtype];
  if (dtype === "bool") {
    storeBytes(f, base, value, count, stride);
    return;
  }
  if (stride === 1 && count === lanes && count * bytes === 16) {
    f.run(v128.store({ base }, value));
    return;
  }
  const pairs = stride === 1 && bytes === 4 ? Math.floor(count / 2) : 0;
  for (let pair = 0; pair < pairs; pair++) f.run(v128.store64_lane({ base, offset: 8 * pair }, value, pair));
  for (let lane = 2 * pairs; lane < count; lane++) {
    const to = addressAt(base, lane * stride * bytes);
    f.run(bytes === 8 ? v128.store64_lane(to, value, lane) : v128.store32_lane(to, value, lane));
  }
}

/** Masks as bytes 0 and 1. */
function storeBytes(
  f: FunctionBuilder,
  base: Local<"i32">,
  value: Local<"v128">,
  count: number,
  stride: number,
): void {
  const ones = f.keep(v128.and(value, f.constant(i32x4.all(1))));
  if (stride === 1 && count > 1) {
    const packed = f.keep(i8x16.shuffle(ones, ones, packBytes));
    if (count === 4) {
      f.run(v128.store32_lane({ base }, packed, 0));
      return;
    }
    f.run(v128.store16_lane({ base }, packed, 0));
    if (count === 3) f.run(v128.store8_lane({ base, offset: 2 }, packed, 2));
    return;
  }
  for (let lane = 0; lane < count; lane++) {
    f.run(v128.store8_lane(addressAt(base, lane * stride), ones, 4 * lane));
  }
}
const packBytes = [0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12];

/** `base` plus a number of bytes that may be negative. */
function addressAt(base: Local<"i32">, bytes: number): Address {
  return bytes >= 0 ? { base, offset: bytes } : { base: i32.add(base, i32.const(bytes)) };
}

/** One number in all lanes. */
export function literalVector(value: number, dtype: Dtype): Vector {
  if (dtype === "float64") return f64x2.all(value);
  if (dtype === "float32") return f32x4.all(value);
  return dtype === "bool" ? i32x4.all(value === 0 ? 0 : -1) : i32x4.all(value);
}

/** A mask over two lanes of 64 bits as one over the two low lanes of 32 bits. */
export function narrowMask(mask: Vector): Vector {
  return i8x16.shuffle(mask, mask, [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11]);
}

/** The reverse of {@link narrowMask}. */
export function widenMask(mask: Local<"v128">): Vector {
  return i8x16.shuffle(mask, mask, [0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7]);
}

/** Puts the high two float32 lanes into the low ones. */
export function highHalf(x: Local<"v128">): Vector {
  return i8x16.shuffle(x, x, [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]);
}
