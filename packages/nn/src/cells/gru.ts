import { add, affine, concat, mul, scope, sigmoid, sub, tanh, zeros, type Tensor } from "@tapeloop/core";
import { defineCell, type Cell } from "./cell.js";
import { glorotUniform, orthogonal } from "./initializers.js";
import type { HiddenState } from "./rnn.js";

/**
 * Parameters of {@link gru}: reset and update gates [hidden + input, hidden] with biases [hidden]; candidate with
 * separate weights for x [input, hidden] and h [hidden, hidden], and a bias [hidden] for each.
 */
export type GruParams = {
  readonly wr: Tensor;
  readonly br: Tensor;
  readonly wz: Tensor;
  readonly bz: Tensor;
  readonly wxn: Tensor;
  readonly bxn: Tensor;
  readonly whn: Tensor;
  readonly bhn: Tensor;
};

/**
 * Gated recurrent unit (Cho et al., 2014), with the reset gate after the product, as in PyTorch and cuDNN:
 *
 *     r = σ([h; x]·wr + br)      z = σ([h; x]·wz + bz)      n = tanh(x·wxn + bxn + r ⊙ (h·whn + bhn))
 *     h′ = (1 − z) ⊙ n + z ⊙ h
 *
 * x [batch, input] → output h′ [batch, hidden].
 */
export const gru: Cell<GruParams, HiddenState> = defineCell("gru", {
  params: ({ input, hidden }, rng): GruParams => ({
    ...{ wr: glorotUniform(rng, [hidden + input, hidden]), br: zeros([hidden]) },
    ...{ wz: glorotUniform(rng, [hidden + input, hidden]), bz: zeros([hidden]) },
    ...{ wxn: glorotUniform(rng, [input, hidden]), bxn: zeros([hidden]) },
    ...{ whn: orthogonal(rng, [hidden, hidden]), bhn: zeros([hidden]) },
  }),
  state: ({ hidden }, batch): HiddenState => ({ h: zeros([batch, hidden]) }),
  step({ wr, br, wz, bz, wxn, bxn, whn, bhn }, { h }, x) {
    const hx = concat([h, x]);
    const r = scope("reset", () => sigmoid(affine(hx, wr, br)));
    const z = scope("update", () => sigmoid(affine(hx, wz, bz)));
    const n = scope("candidate", () => tanh(add(affine(x, wxn, bxn), mul(r, affine(h, whn, bhn)))));
    const next = add(mul(sub(1, z), n), mul(z, h));
    return { state: { h: next }, output: next };
  },
});
