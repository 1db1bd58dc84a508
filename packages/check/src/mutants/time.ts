import { isFloat, stopGradient, treeTensors } from "@tapeloop/core";
import { mapTree } from "../trees.js";
import type { Plans, Site } from "./kinds.js";

/** One step's contribution to the gradient of the parameters is missing. */
export function droppedStep<P, S>({ step, inputs, at }: Site<P, S>): Plans<P, S> {
  const [params] = inputs;
  if (!hasFloats(params)) return "the cell has no parameters";
  return at.map((k) => ({
    name: `dropped time step ${k}`,
    description: `the gradient of the parameters lacks what they do at t = ${k}`,
    begin: () => (p, s, x, t) => step(t === k ? mapTree(p, stopGradient) : p, s, x),
  }));
}

/**
 * The gradient does not get past the state with which one step begins: truncated BPTT where none was wanted. For
 * k = 0 that state is the initial one.
 */
export function cutRecurrence<P, S>({ step, inputs, at }: Site<P, S>): Plans<P, S> {
  const [, state, xs] = inputs;
  if (!hasFloats(state)) return "the cell has no state";
  const several = (xs.shape[0] ?? 0) > 1;
  // With more than one step a recurrence exists, and cutting it is the mistake that is meant.
  const places = [...new Set(at.map((k) => (several ? Math.max(k, 1) : k)))];
  return places.map((k) => ({
    name: `cut recurrence at step ${k}`,
    description:
      k === 0
        ? "the initial state gets no gradient"
        : `no gradient flows from t = ${k} back to the state of t = ${k - 1}`,
    begin: () => (p, s, x, t) => step(p, t === k ? mapTree(s, stopGradient) : s, x),
  }));
}

function hasFloats(tree: unknown): boolean {
  return treeTensors(tree).some(({ dtype, size }) => isFloat(dtype) && size > 0);
}
