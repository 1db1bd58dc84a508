import type { TapeNode } from "../../../tape/tape.js";
import type { Tensor } from "../../../tensor/tensor.js";

/*
 * A node made by a derivative sweep says which value it differentiates. When a pass replaces that value by another, the
 * node should name the other one, wherever it is: in another loop's body, perhaps.
 */

/** What took the place of each value, while passes run one after the other. */
let replaced: Map<Tensor, Tensor> | undefined;

/** Runs passes whose nodes shall name the values that there are in the end. */
export function followingPlaces<R>(fn: () => R): R {
  const before = replaced;
  replaced = new Map();
  try {
    return fn();
  } finally {
    replaced = before;
  }
}

/** Notes that `by` has taken the place of `t`. */
export function noteReplaced(t: Tensor, by: Tensor): void {
  replaced?.set(t, by);
}

/** What has come to stand for `t`. */
function current(t: Tensor): Tensor {
  let last = t;
  // A value can come back (x → y → x, when one pass undoes another); a few rounds are enough to see that.
  for (let next = replaced?.get(t), steps = 0; next !== undefined && steps < 64; steps++) {
    last = next;
    next = replaced?.get(last);
  }
  return last;
}

/** The node's place, with the value that it differentiates as it is called now. */
export function placeOf(node: TapeNode): TapeNode["where"] {
  const { derivative } = node.where;
  if (derivative === undefined) return node.where;
  const of = current(derivative.of);
  return of === derivative.of ? node.where : { ...node.where, derivative: { ...derivative, of } };
}
