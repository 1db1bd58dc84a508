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
import { add, affine, concat, mul, scope, sigmoid, tanh } from "@tapeloop/core";
import { defineCell, lstm, zeros } from "@tapeloop/nn";

export const peepholeLstm = defineCell("peephole-lstm", {
  params(sizes, rng) {
    const [pf, pi, po] = [zeros([sizes.hidden]), zeros([sizes.hidden]), zeros([sizes.hidden])];
    return { ...lstm.init(sizes, rng), pf, pi, po };
  },
  state: ({ hidden }, batch) => ({ h: zeros([batch, hidden]), c: zeros([batch, hidden]) }),
  step({ wf, bf, pf, wi, bi, pi, wc, bc, wo, bo, po }, { h, c }, x) {
    const hx = concat([h, x]);
    const f = scope("forget", () => sigmoid(add(affine(hx, wf, bf), mul(pf, c))));
    const i = scope("input", () => sigmoid(add(affine(hx, wi, bi), mul(pi, c))));
    const candidate = scope("candidate", () => tanh(affine(hx, wc, bc)));
    const memory = add(mul(f, c), mul(i, candidate));
    const o = scope("output", () => sigmoid(add(affine(hx, wo, bo), mul(po, memory))));
    const next = mul(o, tanh(memory));
    return { state: { h: next, c: memory }, output: next };
  },
});

export default peepholeLstm;
