import { label, treeTensors, treeUnflatten, where } from "@tapeloop/core";
import { allFinite } from "./clip.js";
import type { Optimizer } from "./optimizer.js";

/**
 * An optimiser that leaves an update out when any gradient is NaN or infinite: parameters and state, its count of
 * updates too, stay as they were. The choice is a core operation, so it works in compiled training steps.
 */
export function skipNonFinite<Slot extends string>(optimizer: Optimizer<Slot>): Optimizer<Slot> {
  return {
    ...optimizer,
    update(params, grads, state) {
      const before = { params, state };
      const after = optimizer.update(params, grads, state);
      const usable = allFinite(grads);
      const old = treeTensors(before);
      const chosen = treeTensors(after).map((t, i) => {
        const kept = where(usable, t, old[i] ?? t);
        return t.label === undefined ? kept : label(kept, t.label);
      });
      return treeUnflatten(before, chosen);
    },
  };
}
