import {
  add,
  affine,
  checkFunction,
  matmul,
  optionsOf,
  tanh,
  zeros,
  type Rng,
  type Tensor,
} from "@tapeloop/core";
import { defineCell, type Cell } from "./cell.js";
import { glorotUniform } from "./initializers.js";
import { orthogonal } from "./orthogonal.js";
import type { CellSizes } from "./sizes.js";

/** Parameters of {@link rnn}: wx [input, hidden], wh [hidden, hidden], b [hidden]. */
export type RnnParams = { readonly wx: Tensor; readonly wh: Tensor; readonly b: Tensor };

/** State of {@link rnn} and of the GRU: h [batch, hidden]. */
export type HiddenState = { readonly h: Tensor };

/** Options of {@link rnnCell}. */
export interface RnnOptions {
  /** Any elementwise function made of tensor operations; tanh by default. */
  readonly activation?: (z: Tensor) => Tensor;
  /** Scope of the cell's operations; "rnn" by default. */
  readonly name?: string;
}

/**
 * The simple recurrent network (Elman: "Finding structure in time", 1990), with any activation:
 *
 *     h′ = act(x·wx + h·wh + b)
 *
 * x [batch, input], h [batch, hidden] → output h′ [batch, hidden]. `wx` starts glorot-uniform, `wh` orthogonal.
 */
export function rnnCell(options: RnnOptions = {}): Cell<RnnParams, HiddenState> {
  const { activation = tanh, name = "rnn" } = optionsOf("rnnCell", options);
  checkFunction("rnnCell", activation);
  return defineCell(name, {
    params: ({ input, hidden }: CellSizes, rng: Rng): RnnParams => ({
      wx: glorotUniform(rng, [input, hidden]),
      wh: orthogonal(rng, [hidden, hidden]),
      b: zeros([hidden]),
    }),
    state: ({ hidden }, batch): HiddenState => ({ h: zeros([batch, hidden]) }),
    step({ wx, wh, b }, { h }, x) {
      const next = activation(add(affine(x, wx, b), matmul(h, wh)));
      return { state: { h: next }, output: next };
    },
  });
}

/** The tanh RNN; see {@link rnnCell}. */
export const rnn: Cell<RnnParams, HiddenState> = rnnCell();
