import { isFloat } from "../tensor/dtype.js";
import type { Tape } from "../tape/tape.js";
import type { Tensor } from "../tensor/tensor.js";
import { dependents } from "../transforms/backward.js";
import { indices } from "./lists.js";

/*
 * Which of a loop's carried tensors a derivative has to follow. A step counter or a running mean that is only shown
 * costs nothing then, and may be made by operations that have no derivative.
 */

/**
 * Which carried tensors change with the given inputs of the body: at once, or through what an earlier step carried.
 *
 * @param given per input of the body, whether it varies
 */
export function varyingCarries(body: Tape, carry: number, given: readonly boolean[]): boolean[] {
  const varies = [...given];
  return settle(carry, varies, () => {
    const reached = dependents(
      body,
      body.inputs.filter((_, i) => varies[i] === true),
    );
    return (i) => isReached(reached, body.outputs[i]);
  });
}

/**
 * Which carried tensors the given outputs of the body depend on: at once, or through what later steps make of them.
 *
 * @param given per output of the body, whether it matters
 */
export function decisiveCarries(body: Tape, carry: number, given: readonly boolean[]): boolean[] {
  const matters = [...given];
  return settle(carry, matters, () => {
    const needed = new Set(body.outputs.filter((_, i) => matters[i] === true));
    for (let i = body.nodes.length - 1; i >= 0; i--) {
      const node = body.nodes[i];
      if (node === undefined || node.op.stopsGradient === true) continue;
      if (node.outputs.some((t) => isReached(needed, t))) node.inputs.forEach((t) => needed.add(t));
    }
    return (i) => isReached(needed, body.inputs[i]);
  });
}

/** Adds carries that `find` reaches until there are no more. */
function settle(carry: number, found: boolean[], find: () => (i: number) => boolean): boolean[] {
  for (let changed = true; changed;) {
    const isFound = find();
    const more = indices(carry).filter((i) => found[i] !== true && isFound(i));
    for (const i of more) found[i] = true;
    changed = more.length > 0;
  }
  return found.slice(0, carry);
}

function isReached(set: ReadonlySet<Tensor>, t: Tensor | undefined): boolean {
  return t !== undefined && isFloat(t.dtype) && set.has(t);
}
