import { ArgumentError, concat, scope, type Tensor, type Tree } from "@tapeloop/core";
import { defineCell, type Cell, type CellSizes } from "./cell.js";
import { unroll, type UnrollOptions } from "./unroll.js";

/**
 * Cells on top of one another as one cell: layer k + 1 reads layer k's output. All layers have the same hidden
 * size. Parameters and states are lists, one entry per layer.
 */
export function stacked<P extends Tree, S extends Tree>(
  layers: readonly [Cell<P, S>, ...Cell<P, S>[]],
): Cell<readonly P[], readonly S[]> {
  const names = layers.map((cell) => cell.name);
  const sizesAt = (sizes: CellSizes): CellSizes[] => {
    let { input } = sizes;
    return layers.map((cell) => {
      const own = { ...sizes, input };
      input = cell.outputSize(own);
      return own;
    });
  };
  return defineCell<readonly P[], readonly S[]>(`stacked(${names.join(", ")})`, {
    params: (sizes, rng) => layers.map((cell, k) => cell.init(sizesAt(sizes)[k] ?? sizes, rng)),
    state: (sizes, batch) => layers.map((cell, k) => cell.state(sizesAt(sizes)[k] ?? sizes, batch)),
    step(params, states, x) {
      if (params.length !== layers.length || states.length !== layers.length) {
        throw new ArgumentError(
          `stacked: got ${params.length} layers of parameters and ${states.length} of state, expected ${layers.length}`,
        );
      }
      let output = x;
      const remaining = states.values();
      const next = params.map((own, k) => {
        const state = remaining.next();
        const cell = layers[k] ?? layers[0];
        if (state.done === true) throw new ArgumentError("stacked: a layer has no state");
        const result = scope(`layer ${k}`, () => cell.step(own, state.value, output));
        output = result.output;
        return result.state;
      });
      return { state: next, output };
    },
    outputSize: (sizes) => layers.at(-1)?.outputSize(sizesAt(sizes).at(-1) ?? sizes) ?? sizes.hidden,
  });
}

/** Something for each of the two directions. */
export type Both<T extends Tree> = { readonly forward: T; readonly backward: T };

/**
 * A cell run over time in both directions, each with its own parameters. xs [time, batch, input] → outputs
 * [time, batch, 2 · features]: the forward output, then the backward one, of the same time step.
 */
export function bidirectional<P extends Tree, S extends Tree>(
  cell: Cell<P, S>,
  params: Both<P>,
  xs: Tensor,
  options: Omit<UnrollOptions<S>, "state" | "reverse"> & { readonly state?: Both<S> } = {},
): { readonly outputs: Tensor; readonly state: Both<S> } {
  const { state, ...rest } = options;
  const from = (start: S | undefined): { state?: S } => (start === undefined ? {} : { state: start });
  const forward = scope("forward", () => unroll(cell, params.forward, xs, { ...rest, ...from(state?.forward) }));
  const backward = scope("backward", () =>
    unroll(cell, params.backward, xs, { ...rest, ...from(state?.backward), reverse: true }),
  );
  const axis = options.layout === "columns" ? -2 : -1;
  return {
    outputs: concat([forward.outputs, backward.outputs], axis),
    state: { forward: forward.state, backward: backward.state },
  };
}

/** A state to be learned with the parameters: the cell's own for a batch of one, which `unroll` stretches. */
export function learnedState<P extends Tree, S extends Tree>(cell: Cell<P, S>, sizes: CellSizes): S {
  return cell.state(sizes, 1);
}
