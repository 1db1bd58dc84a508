/**
 * Minimal gated unit: a GRU with one gate instead of two, which both forgets and lets in.
 *
 *     f = σ([h; x]·wf + bf)            what to renew
 *     c = tanh([f ⊙ h; x]·wc + bc)     what with
 *     h′ = (1 − f) ⊙ h + f ⊙ c
 *
 * x [batch, input], h [batch, hidden] → output h′ [batch, hidden].
 *
 * Source: G.-B. Zhou, J. Wu, C.-L. Zhang, Z.-H. Zhou, "Minimal gated unit for recurrent neural networks",
 * International Journal of Automation and Computing 13 (2016).
 */
import { add, affine, concat, mul, scope, sigmoid, sub, tanh } from "@tapeloop/core";
import { defineCell, glorotUniform, zeros } from "@tapeloop/nn";

export const mgu = defineCell("mgu", {
  params: ({ input, hidden }, rng) => ({
    wf: glorotUniform(rng, [hidden + input, hidden]),
    bf: zeros([hidden]),
    wc: glorotUniform(rng, [hidden + input, hidden]),
    bc: zeros([hidden]),
  }),
  state: ({ hidden }, batch) => ({ h: zeros([batch, hidden]) }),
  step({ wf, bf, wc, bc }, { h }, x) {
    const f = scope("forget", () => sigmoid(affine(concat([h, x]), wf, bf)));
    const c = scope("candidate", () => tanh(affine(concat([mul(f, h), x]), wc, bc)));
    const next = add(mul(sub(1, f), h), mul(f, c));
    return { state: { h: next }, output: next };
  },
});

export default mgu;
