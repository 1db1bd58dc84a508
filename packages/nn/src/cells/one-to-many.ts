import {
  ArgumentError,
  ShapeError,
  checkTensor,
  formatShape,
  optionsOf,
  scope,
  shown,
  zerosLike,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import { checkCell, type Cell } from "./cell.js";
import { swapLayout, swapLayouts } from "./layout.js";
import { overTime } from "./over-time.js";
import type { CellSizes } from "./sizes.js";
import { checkSameTypes, startState } from "./state.js";
import { checkChoice, stepOf, type Unrolled, type UnrollOptions } from "./unroll.js";

/** Options of {@link oneToMany}. */
export interface OneToManyOptions<State extends Tree, Sizes extends CellSizes = CellSizes> extends Omit<
  UnrollOptions<State, Sizes>,
  "reverse"
> {
  /** Time steps to produce, at least 1. */
  readonly length: number;
  /** The next step's input, like x, from this step's output [batch, features]; by default no input: zeros. */
  readonly feedback?: (output: Tensor) => Tensor;
}

/**
 * One input, then a sequence: x [batch, input] enters at the first step, later steps get what `feedback` makes of the
 * output before. Outputs [time, batch, features]. In layout "columns" x, outputs and feedback are turned over.
 *
 * @throws ShapeError unless x has rank 2, or when feedback returns anything not like x; ArgumentError for a length
 *   below 1; otherwise as `unroll` does
 */
export function oneToMany<P extends Tree, S extends Tree, Sizes extends CellSizes>(
  cell: Cell<P, S, Sizes>,
  params: NoInfer<P>,
  x: Tensor,
  options: OneToManyOptions<NoInfer<S>, NoInfer<Sizes>>,
): Unrolled<S> {
  checkCell("oneToMany", cell);
  const {
    length,
    feedback = (): Tensor => zerosLike(x),
    mode = "scan",
    layout = "rows",
    sizes,
    state,
  } = optionsOf(cell.name, options);
  checkTensor(cell.name, x, "x [batch, input]");
  checkChoice(cell.name, "mode", mode, ["scan", "loop"]);
  checkChoice(cell.name, "layout", layout, ["rows", "columns"]);
  if (x.rank !== 2) {
    const expected = layout === "rows" ? "[batch, input]" : "[input, batch]";
    throw new ShapeError(`${cell.name}: got x ${formatShape(x.shape)}, expected ${expected}`);
  }
  if (!Number.isSafeInteger(length) || length < 1) {
    throw new ArgumentError(`${cell.name}: got length ${shown(length)}, expected a whole number ≥ 1`);
  }
  if (layout === "columns") {
    const rows = oneToMany(cell, params, swapLayout(x), {
      ...options,
      ...(state === undefined ? {} : { state: swapLayouts(state) }),
      feedback: (output) => swapLayout(feedback(swapLayout(output))),
      layout: "rows",
    });
    return { outputs: swapLayout(rows.outputs), state: swapLayouts(rows.state) };
  }
  const step = stepOf(cell, params);
  const start = { state: startState(cell, params, { x, state, sizes }), x };
  const [last, outputs] = overTime(
    cell.name,
    (carry: typeof start) => {
      const [next, output] = step(carry.state, carry.x);
      const nextX = scope("feedback", () => feedback(output));
      checkSameTypes(cell.name, { root: "x", verb: "feedback returned", as: "like x" }, nextX, x);
      return [{ state: next, x: nextX }, output];
    },
    start,
    null,
    { mode, length },
  );
  return { outputs, state: last.state };
}
