import { f64x2, i64x2, v128, type FunctionBuilder, type Local, type Value } from "../../wasm/index.js";

type Vector = Value<"v128">;
const { add, sub, mul } = f64x2;

/** An unevaluated sum of two float64, the second at most about a unit in the last place of the first. */
export interface Double {
  readonly high: Local<"v128">;
  readonly low: Vector;
}

/** a + b exactly, where |a| ≥ |b| or a = 0 (Dekker 1971). */
export function fastTwoSum(f: FunctionBuilder, a: Local<"v128">, b: Local<"v128">): Double {
  const high = f.keep(add(a, b));
  return { high, low: sub(b, sub(high, a)) };
}

/** a·b exactly, unless it overflows or comes near the smallest numbers (Dekker 1971). */
export function twoProduct(f: FunctionBuilder, a: Local<"v128">, b: Local<"v128">): Double {
  const [ah, al] = split(f, a);
  const [bh, bl] = split(f, b);
  const high = f.keep(mul(a, b));
  const cross = add(add(sub(mul(ah, bh), high), mul(ah, bl)), mul(al, bh));
  return { high, low: add(cross, mul(al, bl)) };
}

/** The upper 26 bits of x and the others; cutting bits off cannot overflow as Veltkamp's splitting can. */
function split(f: FunctionBuilder, x: Local<"v128">): readonly [Local<"v128">, Local<"v128">] {
  const upper = f.keep(v128.and(x, f.constant(i64x2.all(-1n << 27n))));
  return [upper, f.keep(sub(x, upper))];
}
