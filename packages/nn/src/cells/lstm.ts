import {
  add,
  affine,
  concat,
  label,
  mul,
  ones,
  scope,
  sigmoid,
  tanh,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import { defineCell, type Cell } from "./cell.js";
import { glorotUniform } from "./initializers.js";

/** Parameters of {@link lstm}: per gate a weight [hidden + input, hidden], rows h then x, and a bias [hidden]. */
export type LstmParams = {
  readonly wf: Tensor;
  readonly bf: Tensor;
  readonly wi: Tensor;
  readonly bi: Tensor;
  readonly wc: Tensor;
  readonly bc: Tensor;
  readonly wo: Tensor;
  readonly bo: Tensor;
};

/** State of {@link lstm}: output h and memory c, both [batch, hidden]. */
export type LstmState = { readonly h: Tensor; readonly c: Tensor };

/**
 * Long short-term memory (Hochreiter, Schmidhuber, 1997; forget gate of Gers et al., 2000), concatenated form:
 *
 *     f = σ([h; x]·wf + bf)      i = σ([h; x]·wi + bi)      c̃ = tanh([h; x]·wc + bc)      o = σ([h; x]·wo + bo)
 *     c′ = f ⊙ c + i ⊙ c̃        h′ = o ⊙ tanh(c′)
 *
 * x [batch, input] → output h′ [batch, hidden]. Weights start glorot-uniform and biases at 0, but for the forget
 * bias, which starts at 1, so that memory lasts before anything is learned (Jozefowicz, Zaremba, Sutskever, 2015).
 */
export const lstm: Cell<LstmParams, LstmState> = defineCell("lstm", {
  params({ input, hidden }, rng): LstmParams {
    const gate = (): Tensor => glorotUniform(rng, [hidden + input, hidden]);
    return {
      wf: gate(),
      bf: ones([hidden]),
      wi: gate(),
      bi: zeros([hidden]),
      wc: gate(),
      bc: zeros([hidden]),
      wo: gate(),
      bo: zeros([hidden]),
    };
  },
  state: ({ hidden }, batch): LstmState => ({ h: zeros([batch, hidden]), c: zeros([batch, hidden]) }),
  step({ wf, bf, wi, bi, wc, bc, wo, bo }, { h, c }, x) {
    const hx = concat([h, x]);
    const f = scope("forget", () => label(sigmoid(affine(hx, wf, bf)), "f"));
    const i = scope("input", () => label(sigmoid(affine(hx, wi, bi)), "i"));
    const candidate = scope("candidate", () => label(tanh(affine(hx, wc, bc)), "c̃"));
    const o = scope("output", () => label(sigmoid(affine(hx, wo, bo)), "o"));
    const memory = add(mul(f, c), mul(i, candidate));
    const next = mul(o, tanh(memory));
    return { state: { h: next, c: memory }, output: next };
  },
});
