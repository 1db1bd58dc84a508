import { f32x4, f64x2, i32x4, i64x2, type FunctionBuilder, type Value } from "../../wasm/index.js";

type Vector = Value<"v128">;

/** The instructions that vectors of float32 and of float64 have in common, by the same names. */
type FloatLanes = Pick<
  typeof f64x2,
  Exclude<keyof typeof f64x2 & keyof typeof f32x4, "const" | "splat" | "extract_lane" | "replace_lane">
>;

/** The instructions on their bits, as integers of the same width. */
interface IntegerLanes {
  readonly all: (x: bigint) => Vector;
  readonly add: (a: Vector, b: Vector) => Vector;
  readonly sub: (a: Vector, b: Vector) => Vector;
  readonly gt_s: (a: Vector, b: Vector) => Vector;
  readonly shr_u: (a: Vector, by: Value<"i32">) => Vector;
  readonly shl: (a: Vector, by: Value<"i32">) => Vector;
}

/** Writes code that computes a function of one vector; may append statements to f. */
export type VectorFunction = (f: FunctionBuilder, x: Value<"v128">) => Value<"v128">;

/** A vector register read as floats of one precision, so that a function is written once for both. */
export interface Lanes extends FloatLanes {
  readonly precision: "float32" | "float64";
  readonly int: IntegerLanes;
  /** Bits of the fraction. */
  readonly fraction: number;
  /** Bits of the number 1. */
  readonly one: bigint;
  /**
   * 1.5·2ᶠ with f the bits of the fraction. A number x below 2ᶠ⁻² added to it is rounded to a whole one (ties to even),
   * which then stands in the low bits of the sum; subtracting it again gives the whole number as a float.
   */
  readonly rounder: number;
  /** ln 2 = upper + lower; the multiples of upper that an exponent can ask for are exact. */
  readonly ln2: { readonly upper: number; readonly lower: number };
}

export const float32Lanes: Lanes = {
  ...f32x4,
  precision: "float32",
  int: { ...i32x4, all: (x) => i32x4.all(Number(BigInt.asIntN(32, x))) },
  fraction: 23,
  one: 0x3f800000n,
  rounder: 1.5 * 2 ** 23,
  ln2: { upper: 0.693145751953125, lower: 1.4286068203094173e-6 },
};

export const float64Lanes: Lanes = {
  ...f64x2,
  precision: "float64",
  int: i64x2,
  fraction: 52,
  one: 0x3ff0000000000000n,
  rounder: 1.5 * 2 ** 52,
  ln2: { upper: 0.693147180559663, lower: 2.8235290563031577e-13 },
};
