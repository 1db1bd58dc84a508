import { at, named } from "../contender.js";
import type { CreateCell } from "./cell.js";
import { createSteps, Gate, sigmoid } from "./parts.js";

/** f = σ([h, x] · wf + bf), g = tanh([f h, x] · wc + bc); h ← (1 − f) h + f g */
export const mgu: CreateCell = ({ workload: { batch, time, input, hidden }, params }) => {
  const gate = (name: string): Gate =>
    new Gate(named(params, `w${name}`).data, named(params, `b${name}`).data, hidden, input);
  const [forget, candidate] = [gate("f"), gate("c")];
  const size = batch * hidden;
  const hs = createSteps(time + 1, size);
  const dhs = createSteps(time + 1, size);
  /** Sums, then gates on the way forward, gradients of the sums on the way back. */
  const [fs, gs] = [createSteps(time, size), createSteps(time, size)];
  /** f h */
  const kept = createSteps(time, size);
  const dKept = new Float32Array(size);
  const dForget = new Float32Array(size);

  const step = (t: number): void => {
    const [h, next, f, g, k] = [
      at(hs.rows, t),
      at(hs.rows, t + 1),
      at(fs.rows, t),
      at(gs.rows, t),
      at(kept.rows, t),
    ];
    forget.recur(f, h);
    for (let j = 0; j < size; j++) {
      const open = sigmoid(f[j] ?? 0);
      f[j] = open;
      k[j] = open * (h[j] ?? 0);
    }
    candidate.recur(g, k);
    for (let j = 0; j < size; j++) {
      const value = Math.tanh(g[j] ?? 0);
      g[j] = value;
      next[j] = (1 - (f[j] ?? 0)) * (h[j] ?? 0) + (f[j] ?? 0) * value;
    }
  };

  const stepBack = (t: number): void => {
    const [h, dh, dNext, f, g] = [
      at(hs.rows, t),
      at(dhs.rows, t),
      at(dhs.rows, t + 1),
      at(fs.rows, t),
      at(gs.rows, t),
    ];
    dKept.fill(0);
    for (let j = 0; j < size; j++) {
      const open = f[j] ?? 0;
      const value = g[j] ?? 0;
      const d = dNext[j] ?? 0;
      g[j] = d * open * (1 - value * value);
      dForget[j] = d * (value - (h[j] ?? 0));
    }
    candidate.recurBackward(dKept, g);
    for (let j = 0; j < size; j++) {
      const open = f[j] ?? 0;
      const d = dNext[j] ?? 0;
      const back = dKept[j] ?? 0;
      dh[j] = (dh[j] ?? 0) + d * (1 - open) + back * open;
      f[j] = ((dForget[j] ?? 0) + back * (h[j] ?? 0)) * open * (1 - open);
    }
    forget.recurBackward(dh, f);
  };

  return {
    hs,
    dhs,
    forward: (xs) => {
      forget.inputs(fs.all, xs);
      candidate.inputs(gs.all, xs);
      for (let t = 0; t < time; t++) step(t);
    },
    backward: (xs) => {
      for (let t = time - 1; t >= 0; t--) stepBack(t);
      forget.backward(hs.all.subarray(0, time * size), xs, fs.all);
      candidate.backward(kept.all, xs, gs.all);
    },
    update: (rate) => {
      forget.update(rate);
      candidate.update(rate);
    },
    params: () => ({ wf: forget.w, bf: forget.b, wc: candidate.w, bc: candidate.b }),
  };
};
