/**
 * LSTM with peephole connections: the gates also see the memory c, element by element, so that they can open at a
 * precise moment.
 *
 *     f = σ([h; x]·wf + pf ⊙ c + bf)      i = σ([h; x]·wi + pi ⊙ c + bi)      c̃ = tanh([h; x]·wc + bc)
 *     c′ = f ⊙ c + i ⊙ c̃
 *     o = σ([h; x]·wo + po ⊙ c′ + bo)     h′ = o ⊙ tanh(c′)
 *
 * x [batch, input], h and c [batch, hidden] → output h′ [batch, hidden].
 *
 * Source: F. A. Gers, N. N. Schraudolph, J. Schmidhuber, "Learning precise timing with LSTM recurrent networks",
 * Journal of Machine Learning Research 3 (2002).
 */
import { add, affine, concat, label, mul, scope, sigmoid, tanh } from "@tapeloop/core";
import { defineCell, lstm, zeros } from "@tapeloop/nn";

export const peepholeLstm = defineCell("peephole-lstm", {
  params(sizes, rng) {
    const [pf, pi, po] = [zeros([sizes.hidden]), zeros([sizes.hidden]), zeros([sizes.hidden])];
    return { ...lstm.init(sizes, rng), pf, pi, po };
  },
  state: ({ hidden }, batch) => ({ h: zeros([batch, hidden]), c: zeros([batch, hidden]) }),
  step({ wf, bf, pf, wi, bi, pi, wc, bc, wo, bo, po }, { h, c }, x) {
    const hx = concat([h, x]);
    const f = scope("forget", () => label(sigmoid(add(affine(hx, wf, bf), mul(pf, c))), "f"));
    const i = scope("input", () => label(sigmoid(add(affine(hx, wi, bi), mul(pi, c))), "i"));
    const candidate = scope("candidate", () => label(tanh(affine(hx, wc, bc)), "c̃"));
    const memory = add(mul(f, c), mul(i, candidate));
    const o = scope("output", () => label(sigmoid(add(affine(hx, wo, bo), mul(po, memory))), "o"));
    const next = mul(o, tanh(memory));
    return { state: { h: next, c: memory }, output: next };
  },
});

export default peepholeLstm;
