import {
  f32x4,
  f64x2,
  v128,
  type Address,
  type Local,
  type Statement,
  type Value,
} from "../../wasm/index.js";
import type { GemmSpec } from "./spec.js";

type Vector = Value<"v128">;

/** Vectors of one dtype. */
export interface Element {
  readonly bytes: number;
  /** Elements in a vector of 128 bits. */
  readonly lanes: number;
  /** One element from memory in every lane. */
  splat(from: Address): Vector;
  /** One element from memory in the first lane, zeros in the others. */
  loadFirst(from: Address): Vector;
  loadLane(from: Address, into: Vector, lane: number): Vector;
  storeLane(to: Address, x: Vector, lane: number): Statement;
  add(a: Vector, b: Vector): Vector;
  mul(a: Vector, b: Vector): Vector;
  /** a·b + c, rounded once or twice: relaxed SIMD. */
  relaxedMultiplyAdd(a: Vector, b: Vector, c: Vector): Vector;
}

const float32: Element = {
  bytes: 4,
  lanes: 4,
  splat: v128.load32_splat,
  loadFirst: v128.load32_zero,
  loadLane: v128.load32_lane,
  storeLane: v128.store32_lane,
  add: f32x4.add,
  mul: f32x4.mul,
  relaxedMultiplyAdd: f32x4.relaxed_madd,
};

const float64: Element = {
  bytes: 8,
  lanes: 2,
  splat: v128.load64_splat,
  loadFirst: v128.load64_zero,
  loadLane: v128.load64_lane,
  storeLane: v128.store64_lane,
  add: f64x2.add,
  mul: f64x2.mul,
  relaxedMultiplyAdd: f64x2.relaxed_madd,
};

export function elementOf(dtype: GemmSpec["dtype"]): Element {
  return dtype === "float32" ? float32 : float64;
}

/** Stores the first `lanes` elements of a vector, and nothing else. */
export function* storeFirst(
  element: Element,
  { base, offset = 0 }: Address,
  x: Local<"v128">,
  lanes: number,
): Generator<Statement> {
  if (lanes >= element.lanes) yield v128.store({ base, offset }, x);
  else if (element.bytes === 4 && lanes >= 2) {
    yield v128.store64_lane({ base, offset }, x, 0);
    if (lanes === 3) yield element.storeLane({ base, offset: offset + 8 }, x, 2);
  } else yield element.storeLane({ base, offset }, x, 0);
}
