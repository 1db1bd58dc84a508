import { ArgumentError, createRng, scope, treeLeaves, type Rng, type Tensor, type Tree } from "@tapeloop/core";

/** Sizes of a cell: features per time step in, and in the state. Cells may ask for more sizes of their own. */
export interface CellSizes {
  readonly input: number;
  readonly hidden: number;
}

/** What one time step gives: the next state, and what the cell shows to the outside. */
export interface StepResult<State extends Tree> {
  readonly state: State;
  /** [batch, features] */
  readonly output: Tensor;
}

/** A recurrent cell as its author writes it; see {@link defineCell}. */
export interface CellDefinition<Params extends Tree, State extends Tree, Sizes extends CellSizes> {
  /** Fresh parameters. Draw from `rng` with an initialiser; a tree of tensors in float32 unless said otherwise. */
  params(sizes: Sizes, rng: Rng): Params;
  /** The state before the first step, for a batch of `batch` sequences: a tree of [batch, …]. */
  state(sizes: Sizes, batch: number): State;
  /** One time step. x [batch, input]. A pure function made of tensor operations: gradients follow from it. */
  step(params: Params, state: State, x: Tensor): StepResult<State>;
  /** Features of the output; `hidden` unless the cell projects. */
  outputSize?(sizes: Sizes): number;
}

/** A recurrent cell: how its parameters start, where its state starts, and what one step does. */
export interface Cell<Params extends Tree = Tree, State extends Tree = Tree, Sizes extends CellSizes = CellSizes> {
  readonly name: string;
  /** Fresh parameters from a seed or a source of keys. Throws ArgumentError unless all sizes are whole and ≥ 1. */
  init(sizes: Sizes, seed: number | Rng): Params;
  /** The zero state (or whatever the cell starts from) for `batch` sequences. */
  state(sizes: Sizes, batch: number): State;
  /** One time step, recorded in the cell's scope. x [batch, input]. */
  step(params: Params, state: State, x: Tensor): StepResult<State>;
  outputSize(sizes: Sizes): number;
}

/**
 * Makes a cell from a dozen lines: parameters, initial state, and one step written in tensor operations.
 * `unroll` runs it over time, back-propagation through time comes from differentiating that.
 */
export function defineCell<Params extends Tree, State extends Tree, Sizes extends CellSizes = CellSizes>(
  name: string,
  definition: CellDefinition<Params, State, Sizes>,
): Cell<Params, State, Sizes> {
  if (name === "") throw new ArgumentError("defineCell: got an empty name");
  return {
    name,
    init(sizes, seed) {
      checkSizes(name, sizes);
      const params = definition.params(sizes, typeof seed === "number" ? createRng(seed) : seed);
      treeLeaves(params, `${name} parameters`);
      return params;
    },
    state(sizes, batch) {
      checkSizes(name, sizes);
      return definition.state(sizes, batch);
    },
    step: (params, state, x) => scope(name, () => definition.step(params, state, x)),
    outputSize: (sizes) => definition.outputSize?.(sizes) ?? sizes.hidden,
  };
}

function checkSizes(name: string, sizes: CellSizes): void {
  for (const [key, size] of Object.entries(sizes)) {
    if (typeof size === "number" && (!Number.isSafeInteger(size) || size < 1)) {
      throw new ArgumentError(`${name}: got ${key} ${size}, expected a whole number ≥ 1`);
    }
  }
}
