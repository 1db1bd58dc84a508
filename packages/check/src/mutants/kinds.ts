import type { Tensor } from "@tapeloop/core";
import type { CellStep } from "../cell/structure.js";
import type { CellInputs, TimedStep } from "./cell.js";
import type { StepTape } from "./step-tape.js";

/** The mistakes that are planted. */
export const mutantKinds = [
  "scale",
  "sign",
  "transpose",
  "dropped time step",
  "cut recurrence",
  "missing gate term",
  "swapped gates",
  "unsummed broadcast",
  "stale saved value",
] as const;

export type MutantKind = (typeof mutantKinds)[number];

/** What mistakes are planted in. */
export interface Site<P, S> {
  readonly step: (params: P, state: S, x: Tensor) => CellStep<S>;
  /** The step as a tape, or why there is none. */
  readonly tape: StepTape<P, S> | string;
  readonly inputs: CellInputs<P, S>;
  /** The right gradient of the parameters, in the order of their tensors, for a random cotangent. */
  readonly gradient: readonly Tensor[];
  /** Time steps at which to plant the mistakes that have one. */
  readonly at: readonly number[];
}

/** A mistake: what is computed at each step instead of the cell's own, with the same values. */
export interface Plan<P, S> {
  readonly name: string;
  readonly description: string;
  readonly begin: () => TimedStep<P, S>;
}

/** Plans of one kind, or why the kind does not apply. */
export type Plans<P, S> = readonly Plan<P, S>[] | string;

/** Makes the plans of one kind. */
export type Planner = <P, S>(site: Site<P, S>) => Plans<P, S>;
