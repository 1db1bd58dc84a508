import {
  add,
  affine,
  concat,
  label,
  mul,
  record,
  sigmoid,
  sub,
  tanh,
  tensor,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import { gradcheck } from "@tapeloop/check";
import { toDot } from "@tapeloop/dot";
import { defineCell, glorotUniform } from "@tapeloop/nn";

const mgu = defineCell("mgu", {
  params: ({ input, hidden }, rng) => ({
    wf: glorotUniform(rng, [hidden + input, hidden]),
    bf: zeros([hidden]),
    wc: glorotUniform(rng, [hidden + input, hidden]),
    bc: zeros([hidden]),
  }),
  state: ({ hidden }, batch) => ({ h: zeros([batch, hidden]) }),
  step({ wf, bf, wc, bc }, { h }, x) {
    const f = sigmoid(affine(concat([h, x]), wf, bf));
    const c = tanh(affine(concat([mul(f, h), x]), wc, bc));
    const next = add(mul(sub(1, f), h), mul(f, c));
    return { state: { h: next }, output: next };
  },
});

/** Checks the gradients of a minimal gated unit, and draws it. */
export default function checking() {
  const params = mgu.init({ input: 1, hidden: 2 }, 1);
  const step = (p: typeof params, h: Tensor, x: Tensor): Tensor => mgu.step(p, { h }, x).output;
  const [h, x] = [tensor([[0.5, -0.25]]), tensor([[0.75]])];
  const report = gradcheck(step, [params, h, x], { promote: true });
  const { tape } = record(step, params, label(h, "h"), label(x, "x"));
  return { verdict: report.verdict, checked: report.entries.checked, dot: toDot(tape) };
}
