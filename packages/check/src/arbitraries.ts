import {
  ArgumentError,
  createRng,
  normal,
  randomKey,
  treeTensors,
  treeUnflatten,
  uniform,
  withDefaultDtype,
  type Rng,
  type Tensor,
} from "@tapeloop/core";
import fc from "fast-check";

/*
 * Arbitraries for property tests with fast-check. They generate shapes, and make the values from (shape, seed): a
 * counterexample shrinks to the smallest shape that still fails and keeps its values as they are, for shrunk values
 * (zeros, ones) are special where a gradient is concerned.
 */

/** Limits on generated shapes. */
export interface ShapeConstraints {
  /** 0 by default. */
  readonly minRank?: number;
  /** 3 by default, at most 8. */
  readonly maxRank?: number;
  /** Smallest size of an axis, 1 by default; 0 lets empty tensors in. */
  readonly minSize?: number;
  /** Largest size of an axis, 4 by default. */
  readonly maxSize?: number;
}

/** Shapes; they shrink towards fewer and shorter axes. */
export function shapes(constraints: ShapeConstraints = {}): fc.Arbitrary<readonly number[]> {
  const { minRank = 0, maxRank = 3, minSize = 1, maxSize = 4 } = constraints;
  return fc.array(fc.integer({ min: minSize, max: maxSize }), { minLength: minRank, maxLength: maxRank });
}

/**
 * `count` shapes that broadcast with one another: axes of size 1 and missing leading axes in any of them.
 *
 * @throws ArgumentError unless count is a whole number of 1 or more
 */
export function broadcastableShapes(
  count: number,
  constraints: ShapeConstraints = {},
): fc.Arbitrary<readonly (readonly number[])[]> {
  if (!Number.isInteger(count) || count < 1) {
    throw new ArgumentError(`broadcastableShapes: got ${count} shapes, expected a whole number of 1 or more`);
  }
  const { minRank = 0 } = constraints;
  const part = (shape: readonly number[]): fc.Arbitrary<readonly number[]> =>
    fc
      .record({
        dropped: fc.nat(Math.max(shape.length - minRank, 0)),
        ones: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
      })
      .map(({ dropped, ones }) => shape.map((n, i) => (ones[i] === true ? 1 : n)).slice(dropped));
  return shapes(constraints).chain((shape) => fc.tuple(...Array.from({ length: count }, () => part(shape))));
}

/** Limits on generated tensors. */
export interface TensorConstraints extends ShapeConstraints {
  /** The shape, if it is given rather than generated. */
  readonly shape?: readonly number[];
  /** float64 by default, in which gradients are checked. */
  readonly dtype?: "float32" | "float64";
  /** Standard normal values by default; with bounds, uniform ones between them. */
  readonly low?: number;
  readonly high?: number;
}

/** Tensors of random values. */
export function tensors(constraints: TensorConstraints = {}): fc.Arbitrary<Tensor> {
  const { shape, dtype = "float64", low, high } = constraints;
  return fc
    .tuple(shape === undefined ? shapes(constraints) : fc.constant(shape), seeds())
    .map(([sizes, seed]) =>
      low === undefined && high === undefined
        ? normal(randomKey(seed), sizes, { dtype })
        : uniform(randomKey(seed), sizes, { dtype, low: low ?? 0, high: high ?? 1 }),
    );
}

/** `count` tensors whose shapes broadcast with one another. */
export function broadcastableTensors(
  count: number,
  constraints: Omit<TensorConstraints, "shape"> = {},
): fc.Arbitrary<readonly Tensor[]> {
  return broadcastableShapes(count, constraints).chain((all) =>
    fc.tuple(...all.map((shape) => tensors({ ...constraints, shape }))),
  );
}

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
 * fc.assert(fc.property(cellCases(mgu), ({ params, state, xs }) => gradcheck(loss, [params, state, xs]).pass));
 * ```
 */
export function cellCases<Params, State>(
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
      seed: seeds(),
    })
    .map(({ input, hidden, batch, time, seed }) =>
      withDefaultDtype(dtype, () => {
        const rng = createRng(seed);
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

/** Seeds do not shrink: one is as simple as another. */
function seeds(): fc.Arbitrary<number> {
  return fc.noShrink(fc.nat());
}
