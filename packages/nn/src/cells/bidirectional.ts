import { checkObject, concat, optionsOf, scope, type Tensor, type Tree } from "@tapeloop/core";
import { checkCell, type Cell } from "./cell.js";
import type { CellSizes } from "./sizes.js";
import { unroll, type UnrollOptions } from "./unroll.js";

/** Something for each of the two directions. */
export type Both<T extends Tree> = { readonly forward: T; readonly backward: T };

/** Options of {@link bidirectional}: those of `unroll`, with a state for each direction. */
export interface BidirectionalOptions<State extends Tree, Sizes extends CellSizes = CellSizes> extends Omit<
  UnrollOptions<State, Sizes>,
  "state" | "reverse"
> {
  readonly state?: Both<State>;
}

/**
 * A cell run over time in both directions, each with its own parameters: `{ forward: cell.init(sizes, rng),
 * backward: cell.init(sizes, rng) }`. xs [time, batch, input] → outputs [time, batch, 2 · features]: the forward
 * output, then the backward one, of the same time step. The next such layer reads these outputs as its data.
 * Throws as `unroll` does.
 */
export function bidirectional<P extends Tree, S extends Tree, Sizes extends CellSizes>(
  cell: Cell<P, S, Sizes>,
  params: Both<NoInfer<P>>,
  xs: Tensor,
  options: BidirectionalOptions<NoInfer<S>, NoInfer<Sizes>> = {},
): { readonly outputs: Tensor; readonly state: Both<S> } {
  checkCell("bidirectional", cell);
  const { state, ...rest } = optionsOf("bidirectional", options);
  checkObject("bidirectional", params, "the parameters, expected { forward, backward }");
  const run = (direction: "forward" | "backward") =>
    scope(direction, () =>
      unroll(cell, params[direction], xs, {
        ...rest,
        ...(state === undefined ? {} : { state: state[direction] }),
        reverse: direction === "backward",
      }),
    );
  const [forward, backward] = [run("forward"), run("backward")];
  return {
    outputs: concat([forward.outputs, backward.outputs], options.layout === "columns" ? -2 : -1),
    state: { forward: forward.state, backward: backward.state },
  };
}
