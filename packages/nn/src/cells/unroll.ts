import {
  ArgumentError,
  ShapeError,
  checkTensor,
  formatShape,
  optionsOf,
  scope,
  shown,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import type { BatchLayout } from "../data/index.js";
import { checkCell, type Cell } from "./cell.js";
import { swapLayout, swapLayouts } from "./layout.js";
import { overTime } from "./over-time.js";
import type { CellSizes } from "./sizes.js";
import { checkSameTypes, startState } from "./state.js";

/** Options of {@link unroll}. */
export interface UnrollOptions<State extends Tree, Sizes extends CellSizes = CellSizes> {
  /**
   * The state before the first step: given, carried over from an earlier call, or learned (a parameter). A first
   * axis of size 1 stretches to the batch. By default the cell's own, in the dtype of the parameters.
   */
  readonly state?: State;
  /** Sizes of the cell; by default inferred from the parameters. */
  readonly sizes?: Sizes;
  /** From the last time step to the first; outputs stay in the order of xs. */
  readonly reverse?: boolean;
  /** "scan" (the default) records the loop as one node; "loop" records every step, marked with its time step. */
  readonly mode?: "scan" | "loop";
  /** "rows" (the default): xs [time, batch, input]. "columns": xs [time, input, batch], outputs and state alike. */
  readonly layout?: BatchLayout;
}

/** What {@link unroll} returns. */
export interface Unrolled<State extends Tree> {
  /** Output of every time step, [time, batch, features]. */
  readonly outputs: Tensor;
  /** State after the last step walked. */
  readonly state: State;
}

/**
 * Runs a cell over time, many-to-many. xs [time, batch, input] → outputs [time, batch, features] and the last state.
 *
 * @throws ShapeError unless xs has rank 3 and the features that the parameters are for, when a given state does not
 *   fit, when a step changes the state's shapes or dtypes, or for no time steps in mode "loop"
 * @throws ArgumentError when the sizes cannot be inferred from the parameters (another cell's, or a cell with further
 *   sizes), when a step does not return { state, output }, or for an unknown mode or layout
 */
export function unroll<P extends Tree, S extends Tree, Sizes extends CellSizes>(
  cell: Cell<P, S, Sizes>,
  params: NoInfer<P>,
  xs: Tensor,
  options: UnrollOptions<NoInfer<S>, NoInfer<Sizes>> = {},
): Unrolled<S> {
  checkCell("unroll", cell);
  const { mode = "scan", layout = "rows", reverse = false, sizes, state } = optionsOf(cell.name, options);
  checkTensor(cell.name, xs, "data [time, batch, input]");
  checkChoice(cell.name, "mode", mode, ["scan", "loop"]);
  checkChoice(cell.name, "layout", layout, ["rows", "columns"]);
  if (xs.rank !== 3) {
    const expected = layout === "rows" ? "[time, batch, input]" : "[time, input, batch]";
    throw new ShapeError(`${cell.name}: got data ${formatShape(xs.shape)}, expected ${expected}`);
  }
  if (layout === "columns") {
    const given = state === undefined ? {} : { state: swapLayouts(state) };
    const rows = unroll(cell, params, swapLayout(xs), { ...options, ...given, layout: "rows" });
    return { outputs: swapLayout(rows.outputs), state: swapLayouts(rows.state) };
  }
  const [length = 0, ...shape] = xs.shape;
  const start = startState(cell, params, { x: { shape, dtype: xs.dtype }, state, sizes });
  const step = stepOf(cell, params);
  const [last, outputs] = overTime(cell.name, step, start, xs, { mode, length, reverse });
  return { outputs, state: last };
}

const AFTER_STEP = { root: "state", verb: "the step returned", as: "as before it" };

/** The cell's step with its parameters, checked to keep the type of the state: [state, output] from state and x. */
export function stepOf<P extends Tree, S extends Tree>(
  cell: Pick<Cell<P, S>, "name" | "step">,
  params: P,
): (state: S, x: Tensor) => readonly [S, Tensor] {
  return (state, x) => {
    const { state: next, output } = cell.step(params, state, x);
    scope(cell.name, () => checkSameTypes(cell.name, AFTER_STEP, next, state));
    return [next, output];
  };
}

/** Throws ArgumentError for an option that is none of the known ones. */
export function checkChoice(name: string, option: string, got: string, known: readonly string[]): void {
  if (known.includes(got)) return;
  throw new ArgumentError(
    `${name}: got ${option} ${shown(got)}, expected ${known.map((choice) => `"${choice}"`).join(" or ")}`,
  );
}
