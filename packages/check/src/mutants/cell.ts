import { index, stack, type Tensor, timeStep } from "@tapeloop/core";
import type { CellStep } from "../cell/structure.js";

/** What is shown to the checker: the output of the last step [batch, features], or of all [time, batch, features]. */
export type ShownOutputs = "last" | "all";

/** The arguments of a cell that is run over time: parameters, first state, data [time, batch, input]. */
export type CellInputs<P, S> = [params: P, state: S, xs: Tensor];

/** A cell that is run over time. */
export type CellFunction<P, S> = (...inputs: CellInputs<P, S>) => Tensor;

/** One step of a run, at time t. */
export type TimedStep<P, S> = (params: P, state: S, x: Tensor, t: number) => CellStep<S>;

/** Runs a step over time in a plain loop. `begin` makes the step anew for each run, so that it may remember things. */
export function overTime<P, S>(begin: () => TimedStep<P, S>, shown: ShownOutputs): CellFunction<P, S> {
  return (params, state, xs) => {
    const step = begin();
    const outputs: Tensor[] = [];
    let current = state;
    for (let t = 0; t < (xs.shape[0] ?? 0); t++) {
      const { state: next, output } = timeStep(t, () => step(params, current, index(xs, t), t));
      current = next;
      outputs.push(output);
    }
    const last = outputs.at(-1);
    return shown === "last" && last !== undefined ? last : stack(outputs);
  };
}
