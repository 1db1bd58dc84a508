import {
  ArgumentError,
  checkMethods,
  checkString,
  isTensor,
  optionsOf,
  scope,
  shown,
  treeLeaves,
  type Rng,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import { checkSizes, rngOf, type CellSizes } from "./sizes.js";

/** What one time step gives: the next state, and what the cell shows to the outside. */
export interface StepResult<State extends Tree> {
  /** A tree like the state before: the same names, shapes and dtypes. */
  readonly state: State;
  /** [batch, features] */
  readonly output: Tensor;
}

/** A recurrent cell as its author writes it; see {@link defineCell}. */
export interface CellDefinition<Params extends Tree, State extends Tree, Sizes extends CellSizes> {
  /** Fresh parameters: a tree of tensors. Draw from `rng` with an initialiser; do not look at the values drawn. */
  params(sizes: Sizes, rng: Rng): Params;
  /** The state before the first step, for a batch of `batch` sequences: a tree of [batch, …]. */
  state(sizes: Sizes, batch: number): State;
  /** One time step. x [batch, input]. A pure function made of tensor operations: gradients follow from it. */
  step(params: Params, state: State, x: Tensor): StepResult<State>;
  /** Features of the output; `hidden` unless the cell projects. */
  outputSize?(sizes: Sizes): number;
}

/** A recurrent cell: how its parameters start, where its state starts, and what one step does. */
export interface Cell<
  Params extends Tree = Tree,
  State extends Tree = Tree,
  Sizes extends CellSizes = CellSizes,
> {
  /** The scope of its operations, in errors, tapes and graphs. */
  readonly name: string;
  /** Fresh parameters from a seed or a source of keys. Throws ArgumentError unless all sizes are whole and ≥ 1. */
  init(sizes: Sizes, seed: number | Rng): Params;
  /** The zero state (or whatever the cell starts from) for `batch` sequences. */
  state(sizes: Sizes, batch: number): State;
  /** One time step, recorded in the cell's scope. x [batch, input]. */
  step(params: Params, state: State, x: Tensor): StepResult<State>;
  /** Features of the output. */
  outputSize(sizes: Sizes): number;
}

/**
 * Makes a cell from a dozen lines: parameters, initial state, and one step written in tensor operations.
 * `unroll` runs it over time; back-propagation through time comes from differentiating that.
 *
 * New tensors are of the default dtype: a cell that names none runs in float64 under `withDefaultDtype`.
 *
 * @param name the scope of the cell's operations, in errors, tapes and graphs
 * @throws ArgumentError for an empty name; when used, for sizes that are not whole and ≥ 1, parameters or a state
 *   that hold anything but tensors, or a step that does not return { state, output }
 */
export function defineCell<Params extends Tree, State extends Tree, Sizes extends CellSizes = CellSizes>(
  name: string,
  definition: CellDefinition<Params, State, Sizes>,
): Cell<Params, State, Sizes> {
  checkString("defineCell", "name", name);
  if (name === "")
    throw new ArgumentError("defineCell: got an empty name, expected one to show in errors and graphs");
  checkMethods("defineCell", definition, "the definition, expected { params, state, step }", [
    "params",
    "state",
    "step",
  ]);
  return {
    name,
    init(sizes, seed) {
      checkCellSizes(name, sizes);
      const params = definition.params(sizes, rngOf(seed));
      treeLeaves(params, `${name} parameters`);
      return params;
    },
    state(sizes, batch) {
      checkCellSizes(name, sizes);
      if (!Number.isSafeInteger(batch) || batch < 0) {
        throw new ArgumentError(`${name}: got batch ${shown(batch)}, expected a whole number ≥ 0`);
      }
      const state = definition.state(sizes, batch);
      treeLeaves(state, `${name} state`);
      return state;
    },
    step: (params, state, x) =>
      scope(name, () => {
        const result = definition.step(params, state, x);
        checkResult(name, result);
        return result;
      }),
    outputSize: (sizes) => definition.outputSize?.(sizes) ?? sizes.hidden,
  };
}

/** Throws ArgumentError for what is no cell. */
export function checkCell(where: string, cell: unknown): void {
  checkMethods(where, cell, "the cell, expected what defineCell makes", ["init", "state", "step"]);
}

/** The two sizes of every cell, and those of its own that are numbers. */
function checkCellSizes(name: string, sizes: CellSizes): void {
  const { input, hidden, ...own } = optionsOf(name, sizes, "the sizes");
  const numbers = Object.entries(own).filter(([, size]) => typeof size === "number");
  checkSizes(name, { input, hidden, ...Object.fromEntries(numbers) });
}

function checkResult(name: string, result: unknown): void {
  const isRecord = typeof result === "object" && result !== null && !isTensor(result);
  if (isRecord && "state" in result && "output" in result && isTensor(result.output)) return;
  const keys = isRecord
    ? `{ ${Object.keys(result).join(", ")} }`
    : isTensor(result)
      ? "a tensor"
      : typeof result;
  const got =
    isRecord && "output" in result && "state" in result ? `${keys} whose output is no tensor` : keys;
  throw new ArgumentError(
    `${name}: step returned ${got}, expected { state, output } with a tensor as the output`,
  );
}
