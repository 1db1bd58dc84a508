import { i8x16, type FunctionBuilder, type Local, type Value } from "../../wasm/index.js";
import type { Element } from "./element.js";
import { range } from "./emit.js";

type Vector = Value<"v128">;

/** Elements of two vectors, numbered on from the first to the second. */
export function pick(element: Element, a: Vector, b: Vector, ...elements: readonly number[]): Vector {
  const bytes = elements.flatMap((index) => range(element.bytes).map((byte) => index * element.bytes + byte));
  return i8x16.shuffle(a, b, bytes);
}

/** The vector whose lane i is the sum of the i-th vector's lanes; there are at most as many vectors as lanes. */
export function sumLanes(f: FunctionBuilder, element: Element, vectors: readonly Local<"v128">[]): Vector {
  const [a, b = a, c = a, d = b] = vectors;
  if (a === undefined || b === undefined || c === undefined || d === undefined) {
    throw new RangeError("gemm: there are no vectors to add up");
  }
  if (element.lanes === 2) return element.add(pick(element, a, b, 0, 2), pick(element, a, b, 1, 3));
  const ab = f.keep(element.add(pick(element, a, b, 0, 1, 4, 5), pick(element, a, b, 2, 3, 6, 7)));
  const cd = f.keep(element.add(pick(element, c, d, 0, 1, 4, 5), pick(element, c, d, 2, 3, 6, 7)));
  return element.add(pick(element, ab, cd, 0, 2, 4, 6), pick(element, ab, cd, 1, 3, 5, 7));
}
