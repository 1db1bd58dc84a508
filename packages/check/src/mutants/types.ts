import type { CellFunction, CellInputs, ShownOutputs } from "./cell.js";
import type { MutantKind } from "./kinds.js";

/** Settings of `mutants`. */
export interface MutantOptions<P, S, Sizes> {
  /** Sizes of the cell. */
  readonly sizes: Sizes;
  /** Time steps T, 5 by default. */
  readonly steps?: number;
  /** Sequences in the batch, 2 by default. */
  readonly batch?: number;
  /** Seed of parameters, state and data, 0 by default. */
  readonly seed?: number;
  /** Whether the function shows the output of the last step, the default, or of all: then early mistakes are larger. */
  readonly outputs?: ShownOutputs;
  /** Which mistakes to plant, by default all. */
  readonly kinds?: readonly MutantKind[];
  /** Steps k at which to drop a step and to cut the recurrence; by default the first, the middle, the last. */
  readonly at?: readonly number[];
  /**
   * Which sweep has the mistake: by default both, alike. With "reverse", only that one: forward mode is right, so a
   * test of one sweep against the other can see it.
   */
  readonly sweep?: "both" | "reverse";
  /** Parameters, first state and data [time, batch, input], float64, instead of random ones. */
  readonly inputs?: CellInputs<P, S>;
}

/** A function with the cell's values and a wrong gradient. */
export interface Mutant<P, S> {
  readonly kind: MutantKind;
  readonly name: string;
  /** What is wrong with the gradient. */
  readonly description: string;
  /** The largest error of the gradient, relative to its largest entry, for random cotangents. */
  readonly expectedError: number;
  readonly fn: CellFunction<P, S>;
  readonly inputs: CellInputs<P, S>;
}

/** A mistake that could not be planted in this cell, or that makes no difference. */
export interface OmittedMutant {
  readonly kind: MutantKind;
  readonly name: string;
  /** "equivalent": the gradient is the same as the right one, up to rounding. */
  readonly why: "does not apply" | "equivalent";
  readonly reason: string;
}

/** What `mutants` returns. */
export interface MutantSet<P, S> {
  /** The cell itself, run over time. */
  readonly subject: { readonly fn: CellFunction<P, S>; readonly inputs: CellInputs<P, S> };
  readonly mutants: readonly Mutant<P, S>[];
  readonly omitted: readonly OmittedMutant[];
}
