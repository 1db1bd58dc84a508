import {
  createRng,
  normal,
  treeTensors,
  treeUnflatten,
  withDefaultDtype,
  type Rng,
  type Tensor,
} from "@tapeloop/core";
import fc from "fast-check";
import { seed } from "./seed.js";

/** Sizes of a cell and of what it runs on. */
export interface CellConstraints {
  readonly maxInput?: number;
  readonly maxHidden?: number;
  readonly maxBatch?: number;
  readonly maxTime?: number;
  readonly dtype?: "float32" | "float64";
}

/** What is needed of a cell, as `defineCell` of \@tapeloop/nn makes it. */
export interface InitializableCell<Params, State> {
  init(sizes: { readonly input: number; readonly hidden: number }, rng: Rng): Params;
  state(sizes: { readonly input: number; readonly hidden: number }, batch: number): State;
}

/** A cell's arguments at random sizes. */
export interface CellCase<Params, State> {
  readonly sizes: { readonly input: number; readonly hidden: number };
  /** As the cell makes them, with noise upon them, so that no bias is 0. */
  readonly params: Params;
  /** An initial state that is not zero. */
  readonly state: State;
  /** The sequence, [time, batch, input]. */
  readonly xs: Tensor;
}

/**
 * Parameters, initial state and sequence for a cell: sizes shrink towards 1 feature, 1 hidden unit, 1 sequence and 1
 * time step.
 *
 * ```ts
 * fc.assert(fc.property(cellCase(mgu), ({ params, state, xs }) => gradcheck(loss, [params, state, xs]).pass));
 * ```
 */
export function cellCase<Params, State>(
  cell: InitializableCell<Params, State>,
  constraints: CellConstraints = {},
): fc.Arbitrary<CellCase<Params, State>> {
  const { maxInput = 3, maxHidden = 4, maxBatch = 3, maxTime = 4, dtype = "float64" } = constraints;
  const size = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
  return fc
    .record({
      input: size(maxInput),
      hidden: size(maxHidden),
      batch: size(maxBatch),
      time: size(maxTime),
      seed: seed(),
    })
    .map(({ input, hidden, batch, time, seed: from }) =>
      withDefaultDtype(dtype, () => {
        const rng = createRng(from);
        const sizes = { input, hidden };
        const noisy = <T>(tree: T): T => treeUnflatten(tree, treeTensors(tree).map(withNoise));
        const withNoise = (t: Tensor): Tensor =>
          t.dtype === dtype ? t.add(normal(rng.key(), t.shape, { std: 0.3, dtype })) : t;
        return {
          sizes,
          params: noisy(cell.init(sizes, rng)),
          state: noisy(cell.state(sizes, batch)),
          xs: normal(rng.key(), [time, batch, input], { dtype }),
        };
      }),
    );
}
