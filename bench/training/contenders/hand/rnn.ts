import { at, named } from "../contender.js";
import type { CreateCell } from "./cell.js";
import { createSteps, Gate } from "./parts.js";

/** h ← tanh([h, x] · w + b) */
export const rnn: CreateCell = ({ workload: { batch, time, input, hidden }, params }) => {
  const gate = new Gate(named(params, "w").data, named(params, "b").data, hidden, input);
  const size = batch * hidden;
  const hs = createSteps(time + 1, size);
  const dhs = createSteps(time + 1, size);
  /** Sums before tanh on the way forward, their gradients on the way back. */
  const sums = createSteps(time, size);
  return {
    hs,
    dhs,
    forward: (xs) => {
      gate.inputs(sums.all, xs);
      for (let t = 0; t < time; t++) {
        const [s, next] = [at(sums.rows, t), at(hs.rows, t + 1)];
        gate.recur(s, at(hs.rows, t));
        for (let j = 0; j < size; j++) next[j] = Math.tanh(s[j] ?? 0);
      }
    },
    backward: (xs) => {
      for (let t = time - 1; t >= 0; t--) {
        const [d, h, dh] = [at(sums.rows, t), at(hs.rows, t + 1), at(dhs.rows, t + 1)];
        for (let j = 0; j < size; j++) d[j] = (dh[j] ?? 0) * (1 - (h[j] ?? 0) * (h[j] ?? 0));
        if (t > 0) gate.recurBackward(at(dhs.rows, t), d);
      }
      gate.backward(hs.all.subarray(0, time * size), xs, sums.all);
    },
    update: (rate) => gate.update(rate),
    params: () => ({ w: gate.w, b: gate.b }),
  };
};
