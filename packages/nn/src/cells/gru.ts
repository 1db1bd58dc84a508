import {
  add,
  affine,
  concat,
  label,
  mul,
  scope,
  sigmoid,
  sub,
  tanh,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import { defineCell, type Cell } from "./cell.js";
import { glorotUniform } from "./initializers.js";
import { orthogonal } from "./orthogonal.js";
import type { HiddenState } from "./rnn.js";

/**
 * Parameters of {@link gru}: for the reset and update gates a weight [hidden + input, hidden], rows h then x, and a
 * bias [hidden]; for the candidate separate weights for x [input, hidden] and h [hidden, hidden], each with a bias.
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
 * Gated recurrent unit (Cho et al.: "Learning phrase representations using RNN encoder-decoder", 2014), with the
 * reset gate after the product, as in PyTorch and cuDNN:
 *
 *     r = σ([h; x]·wr + br)      z = σ([h; x]·wz + bz)      n = tanh(x·wxn + bxn + r ⊙ (h·whn + bhn))
 *     h′ = (1 − z) ⊙ n + z ⊙ h
 *
 * x [batch, input] → output h′ [batch, hidden]. Weights start glorot-uniform, `whn` orthogonal, biases at 0.
 */
export const gru: Cell<GruParams, HiddenState> = defineCell("gru", {
  params({ input, hidden }, rng): GruParams {
    const gate = (): Tensor => glorotUniform(rng, [hidden + input, hidden]);
    return {
      wr: gate(),
      br: zeros([hidden]),
      wz: gate(),
      bz: zeros([hidden]),
      wxn: glorotUniform(rng, [input, hidden]),
      bxn: zeros([hidden]),
      whn: orthogonal(rng, [hidden, hidden]),
      bhn: zeros([hidden]),
    };
  },
  state: ({ hidden }, batch): HiddenState => ({ h: zeros([batch, hidden]) }),
  step({ wr, br, wz, bz, wxn, bxn, whn, bhn }, { h }, x) {
    const hx = concat([h, x]);
    const r = scope("reset", () => label(sigmoid(affine(hx, wr, br)), "r"));
    const z = scope("update", () => label(sigmoid(affine(hx, wz, bz)), "z"));
    const n = scope("candidate", () =>
      label(tanh(add(affine(x, wxn, bxn), mul(r, affine(h, whn, bhn)))), "n"),
    );
    const next = add(mul(sub(1, z), n), mul(z, h));
    return { state: { h: next }, output: next };
  },
});
