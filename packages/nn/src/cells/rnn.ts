import { add, matmul, tanh, zeros, type Rng, type Tensor } from "@tapeloop/core";
import { defineCell, type Cell, type CellSizes } from "./cell.js";
import { glorotUniform, orthogonal } from "./initializers.js";

/** Parameters of {@link rnn}: wx [input, hidden], wh [hidden, hidden], b [hidden]. */
export type RnnParams = { readonly wx: Tensor; readonly wh: Tensor; readonly b: Tensor };
/** State of {@link rnn} and of the GRU: h [batch, hidden]. */
export type HiddenState = { readonly h: Tensor };

/** Options of {@link rnnCell}. */
export interface RnnOptions {
  /** Any elementwise function made of tensor operations; tanh by default. */
  readonly activation?: (z: Tensor) => Tensor;
  readonly name?: string;
}

/**
 * The simple recurrent network (Elman, 1990):
 *
 *     h′ = act(x·wx + h·wh + b)
 *
 * x [batch, input], h [batch, hidden] → output h′ [batch, hidden].
 */
export function rnnCell({ activation = tanh, name = "rnn" }: RnnOptions = {}): Cell<RnnParams, HiddenState> {
  return defineCell(name, {
    params: ({ input, hidden }: CellSizes, rng: Rng): RnnParams => ({
      wx: glorotUniform(rng, [input, hidden]),
      wh: orthogonal(rng, [hidden, hidden]),
      b: zeros([hidden]),
    }),
    state: ({ hidden }, batch): HiddenState => ({ h: zeros([batch, hidden]) }),
    step({ wx, wh, b }, { h }, x) {
      const next = activation(add(add(matmul(x, wx), matmul(h, wh)), b));
      return { state: { h: next }, output: next };
    },
  });
}

/** The tanh RNN; see {@link rnnCell}. */
export const rnn: Cell<RnnParams, HiddenState> = rnnCell();
