import { backward, onesLike, record, treeLeaves, type Tensor, type Tree } from "@tapeloop/core";
import { linear, manyToOne, mse, type Cell, type ForecastBatch } from "@tapeloop/nn";
import type { Forecaster, ForecasterParams } from "./model.js";

/** How much the loss depends on the hidden state of each time step. */
export interface StateGradient {
  /** Which part of the state: `h`, or `state` for a cell that has none of that name. */
  readonly part: string;
  /** `norms[t]` is ‖dL/dh‖ at time step t + 1, over the batch and all units: [window]. */
  readonly norms: Float64Array;
}

/**
 * Norms of dL/dh_t, where L is the loss of a batch. The tape of the unrolled loop holds the state of every step, so
 * one reverse sweep gives the derivative by each of them, along all paths: through the later steps, and, where the
 * state is also the output, through the forecast.
 */
export function stateGradient(
  { network, sizes }: Forecaster,
  params: ForecasterParams,
  { inputs, targets }: ForecastBatch,
): StateGradient {
  const states: Tree[] = [];
  const observed: Cell = {
    ...network,
    step(...args) {
      const result = network.step(...args);
      states.push(result.state);
      return result;
    },
  };
  const { outputs: loss, tape } = record((p: ForecasterParams) => {
    const last = manyToOne(observed, p.cell, inputs, { sizes, mode: "loop" });
    return mse(linear.apply(p.head, last), targets, { reduction: "mean" });
  }, params);
  const { part, tensors } = hiddenOf(states);
  const gradients = backward(tape, new Map([[loss, onesLike(loss)]]), tensors.flat());
  let next = 0;
  return { part, norms: Float64Array.from(tensors, (step) => norm(step.map(() => gradients[next++]))) };
}

/** In each step the tensors that make up h: those of that name in the last layer, or else the whole state. */
function hiddenOf(states: readonly Tree[]): { part: string; tensors: (readonly Tensor[])[] } {
  const leaves = states.map((state) => treeLeaves(state));
  const path = leaves[0]?.findLast(({ path }) => /(?:^|\.)h$/.test(path))?.path;
  return {
    part: path === undefined ? "state" : "h",
    tensors: leaves.map((step) =>
      step.filter((leaf) => path === undefined || leaf.path === path).map(({ tensor }) => tensor),
    ),
  };
}

/** Euclidean norm of tensors together; one that has no influence counts as zeros. */
function norm(tensors: readonly (Tensor | undefined)[]): number {
  let total = 0;
  for (const t of tensors) for (const x of t?.data ?? []) total += x * x;
  return Math.sqrt(total);
}
