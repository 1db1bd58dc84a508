/**
 * minGRU: a GRU whose gate and candidate see only the input. Nothing but a weighted mean runs through time, so
 * ∂h′/∂h = 1 − z, element by element: no matrix is multiplied up, and gradients can only fade, never explode.
 *
 *     z = σ(x·wz + bz)              how much of this step to take
 *     c = x·wc + bc                 candidate
 *     h′ = (1 − z) ⊙ h + z ⊙ c
 *
 * x [batch, input], h [batch, hidden] → output h′ [batch, hidden].
 *
 * Source: L. Feng, F. Tung, M. O. Ahmed, Y. Bengio, H. Hajimirsadeghi, "Were RNNs all we needed?",
 * arXiv:2410.01201 (2024).
 */
import { add, affine, label, mul, scope, sigmoid, sub } from "@tapeloop/core";
import { defineCell, glorotUniform, zeros } from "@tapeloop/nn";

export const minGru = defineCell("min-gru", {
  params: ({ input, hidden }, rng) => ({
    wz: glorotUniform(rng, [input, hidden]),
    bz: zeros([hidden]),
    wc: glorotUniform(rng, [input, hidden]),
    bc: zeros([hidden]),
  }),
  state: ({ hidden }, batch) => ({ h: zeros([batch, hidden]) }),
  step({ wz, bz, wc, bc }, { h }, x) {
    const z = scope("update", () => label(sigmoid(affine(x, wz, bz)), "z"));
    const c = scope("candidate", () => label(affine(x, wc, bc), "c"));
    const next = add(mul(sub(1, z), h), mul(z, c));
    return { state: { h: next }, output: next };
  },
});

export default minGru;
