import { float32Bytes, float64Bytes, type Code } from "./bytes.js";
import {
  binary,
  lanesArgument,
  loads,
  simd,
  statement,
  stores,
  ternary,
  unary,
  value,
  type Address,
  type Statement,
  type Value,
  type ValueType,
} from "./value.js";

type Vector = Value<"v128">;
const op1 = (n: number) => unary<"v128", "v128">("v128", ...simd(n));
const op2 = (n: number) => binary<"v128", "v128", "v128">("v128", ...simd(n));
const op3 = (n: number) => ternary<"v128", "v128">("v128", ...simd(n));
const splat = <T extends ValueType>(n: number) => unary<T, "v128">("v128", ...simd(n));
const test = (n: number) => unary<"v128", "i32">("i32", ...simd(n));
const shift = (n: number) => binary<"v128", "i32", "v128">("v128", ...simd(n));
const extract =
  <T extends ValueType>(type: T, n: number) =>
  (a: Vector, lane: number): Value<T> =>
    value(type, a.code, simd(n), lane);
const replace =
  <T extends ValueType>(n: number) =>
  (a: Vector, lane: number, x: Value<T>): Vector =>
    value("v128", a.code, x.code, simd(n), lane);
const loadLane =
  (alignment: number, n: number) =>
  ({ base, offset }: Address, a: Vector, lane: number): Vector =>
    value("v128", base.code, a.code, simd(n), lanesArgument(alignment, offset, lane));
const storeLane =
  (alignment: number, n: number) =>
  ({ base, offset }: Address, a: Vector, lane: number): Statement =>
    statement(base.code, a.code, simd(n), lanesArgument(alignment, offset, lane));
const constant = (...bytes: readonly Code[]): Vector => value("v128", simd(0x0c), bytes);

/** Instructions on 128 bits, whatever they hold. Alignment is promised to single elements only. */
export const v128 = {
  load: loads("v128", 2, ...simd(0x00)),
  load32_splat: loads("v128", 2, ...simd(0x09)),
  load64_splat: loads("v128", 3, ...simd(0x0a)),
  /** The low lane from memory, the others zero. */
  load32_zero: loads("v128", 2, ...simd(0x5c)),
  load64_zero: loads("v128", 2, ...simd(0x5d)),
  store: stores<"v128">(2, ...simd(0x0b)),
  load8_lane: loadLane(0, 0x54),
  load32_lane: loadLane(2, 0x56),
  load64_lane: loadLane(3, 0x57),
  store8_lane: storeLane(0, 0x58),
  store16_lane: storeLane(0, 0x59),
  store32_lane: storeLane(0, 0x5a),
  store64_lane: storeLane(2, 0x5b),
  zero: (): Vector => constant(new Array<number>(16).fill(0)),
  not: op1(0x4d),
  and: op2(0x4e),
  /** a ∧ ¬b. */
  andnot: op2(0x4f),
  or: op2(0x50),
  xor: op2(0x51),
  /** Bits of a where the mask has ones, of b elsewhere. */
  bitselect: (a: Vector, b: Vector, mask: Vector): Vector =>
    value("v128", a.code, b.code, mask.code, simd(0x52)),
  any_true: test(0x53),
};

/** Instructions on sixteen bytes. */
export const i8x16 = {
  /** Bytes by their numbers: 0 … 15 of a, 16 … 31 of b. */
  shuffle: (a: Vector, b: Vector, lanes: readonly number[]): Vector =>
    value("v128", a.code, b.code, simd(0x0d), lanes),
};

/** Instructions on four 32-bit integers; comparisons give masks of ones and zeros. */
export const i32x4 = {
  const: (a: number, b: number, c: number, d: number): Vector =>
    constant([...new Uint8Array(Int32Array.of(a, b, c, d).buffer)]),
  splat: splat<"i32">(0x11),
  all: (x: number): Vector => i32x4.const(x, x, x, x),
  extract_lane: extract("i32", 0x1b),
  replace_lane: replace<"i32">(0x1c),
  eq: op2(0x37),
  ne: op2(0x38),
  lt_s: op2(0x39),
  lt_u: op2(0x3a),
  gt_s: op2(0x3b),
  gt_u: op2(0x3c),
  le_s: op2(0x3d),
  le_u: op2(0x3e),
  ge_s: op2(0x3f),
  ge_u: op2(0x40),
  abs: op1(0xa0),
  neg: op1(0xa1),
  all_true: test(0xa3),
  bitmask: test(0xa4),
  shl: shift(0xab),
  shr_s: shift(0xac),
  shr_u: shift(0xad),
  add: op2(0xae),
  sub: op2(0xb1),
  mul: op2(0xb5),
  min_s: op2(0xb6),
  min_u: op2(0xb7),
  max_s: op2(0xb8),
  max_u: op2(0xb9),
  trunc_sat_f32x4_s: op1(0xf8),
  trunc_sat_f64x2_s_zero: op1(0xfc),
};

/** Instructions on two 64-bit integers. */
export const i64x2 = {
  const: (a: bigint, b: bigint): Vector => constant([...new Uint8Array(BigInt64Array.of(a, b).buffer)]),
  splat: splat<"i64">(0x12),
  all: (x: bigint): Vector => i64x2.const(x, x),
  extract_lane: extract("i64", 0x1d),
  replace_lane: replace<"i64">(0x1e),
  abs: op1(0xc0),
  neg: op1(0xc1),
  extend_low_i32x4_s: op1(0xc7),
  extend_low_i32x4_u: op1(0xc9),
  shl: shift(0xcb),
  shr_s: shift(0xcc),
  shr_u: shift(0xcd),
  add: op2(0xce),
  sub: op2(0xd1),
  mul: op2(0xd5),
  eq: op2(0xd6),
  ne: op2(0xd7),
  lt_s: op2(0xd8),
  gt_s: op2(0xd9),
};

/** Instructions on four float32. `pmin(a, b)` is b < a ? b : a, and `pmax(a, b)` is a < b ? b : a. */
export const f32x4 = {
  const: (a: number, b: number, c: number, d: number): Vector =>
    constant([...[a, b, c, d].flatMap(float32Bytes)]),
  splat: splat<"f32">(0x13),
  all: (x: number): Vector => f32x4.const(x, x, x, x),
  extract_lane: extract("f32", 0x1f),
  replace_lane: replace<"f32">(0x20),
  eq: op2(0x41),
  ne: op2(0x42),
  lt: op2(0x43),
  gt: op2(0x44),
  le: op2(0x45),
  ge: op2(0x46),
  ceil: op1(0x67),
  floor: op1(0x68),
  trunc: op1(0x69),
  nearest: op1(0x6a),
  abs: op1(0xe0),
  neg: op1(0xe1),
  sqrt: op1(0xe3),
  add: op2(0xe4),
  sub: op2(0xe5),
  mul: op2(0xe6),
  div: op2(0xe7),
  min: op2(0xe8),
  max: op2(0xe9),
  pmin: op2(0xea),
  pmax: op2(0xeb),
  convert_i32x4_s: op1(0xfa),
  demote_f64x2_zero: op1(0x5e),
  /** a·b + c, rounded once or twice as the machine likes: relaxed SIMD. */
  relaxed_madd: op3(0x105),
  relaxed_nmadd: op3(0x106),
};

/** Instructions on two float64. */
export const f64x2 = {
  const: (a: number, b: number): Vector => constant([...[a, b].flatMap(float64Bytes)]),
  splat: splat<"f64">(0x14),
  all: (x: number): Vector => f64x2.const(x, x),
  extract_lane: extract("f64", 0x21),
  replace_lane: replace<"f64">(0x22),
  eq: op2(0x47),
  ne: op2(0x48),
  lt: op2(0x49),
  gt: op2(0x4a),
  le: op2(0x4b),
  ge: op2(0x4c),
  ceil: op1(0x74),
  floor: op1(0x75),
  trunc: op1(0x7a),
  nearest: op1(0x94),
  abs: op1(0xec),
  neg: op1(0xed),
  sqrt: op1(0xef),
  add: op2(0xf0),
  sub: op2(0xf1),
  mul: op2(0xf2),
  div: op2(0xf3),
  min: op2(0xf4),
  max: op2(0xf5),
  pmin: op2(0xf6),
  pmax: op2(0xf7),
  promote_low_f32x4: op1(0x5f),
  convert_low_i32x4_s: op1(0xfe),
  relaxed_madd: op3(0x107),
  relaxed_nmadd: op3(0x108),
};
