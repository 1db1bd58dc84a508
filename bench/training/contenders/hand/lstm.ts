import type { FlatArray } from "../../problem.js";
import { weightsOf, biasOf } from "../../workloads.js";
import { at, named } from "../contender.js";
import type { CreateCell } from "./cell.js";
import { createSteps, Gate, sigmoid } from "./parts.js";

/** f, i, o = σ(…), g = tanh(…); c ← f c + i g, h ← o tanh(c). The four gates are one product, in the order f, i, g, o. */
export const lstm: CreateCell = ({ workload: { batch, time, input, hidden }, params }) => {
  const weights = weightsOf.lstm;
  const packed = (names: readonly string[]): Float32Array =>
    pack(
      names.map((name) => named(params, name)),
      hidden,
    );
  const gate = new Gate(packed(weights), packed(weights.map(biasOf)), hidden, input);
  const size = batch * hidden;
  const hs = createSteps(time + 1, size);
  const dhs = createSteps(time + 1, size);
  const cs = createSteps(time + 1, size);
  /** Sums, then gates on the way forward, gradients of the sums on the way back: [time, batch, 4 · hidden] */
  const gates = createSteps(time, 4 * size);
  const dc = new Float32Array(size);

  const activate = (t: number): void => {
    const [g, c, cNext, h] = [at(gates.rows, t), at(cs.rows, t), at(cs.rows, t + 1), at(hs.rows, t + 1)];
    for (let row = 0; row < batch; row++) {
      for (let j = 0; j < hidden; j++) {
        const k = row * hidden + j;
        const q = 4 * row * hidden + j;
        const f = sigmoid(g[q] ?? 0);
        const i = sigmoid(g[q + hidden] ?? 0);
        const candidate = Math.tanh(g[q + 2 * hidden] ?? 0);
        const o = sigmoid(g[q + 3 * hidden] ?? 0);
        g[q] = f;
        g[q + hidden] = i;
        g[q + 2 * hidden] = candidate;
        g[q + 3 * hidden] = o;
        const sum = f * (c[k] ?? 0) + i * candidate;
        cNext[k] = sum;
        h[k] = o * Math.tanh(sum);
      }
    }
  };

  const deactivate = (t: number): void => {
    const [g, c, cNext, dh] = [at(gates.rows, t), at(cs.rows, t), at(cs.rows, t + 1), at(dhs.rows, t + 1)];
    for (let row = 0; row < batch; row++) {
      for (let j = 0; j < hidden; j++) {
        const k = row * hidden + j;
        const q = 4 * row * hidden + j;
        const f = g[q] ?? 0;
        const i = g[q + hidden] ?? 0;
        const candidate = g[q + 2 * hidden] ?? 0;
        const o = g[q + 3 * hidden] ?? 0;
        const tanhC = Math.tanh(cNext[k] ?? 0);
        const gradient = dh[k] ?? 0;
        const d = (dc[k] ?? 0) + gradient * o * (1 - tanhC * tanhC);
        dc[k] = d * f;
        g[q] = d * (c[k] ?? 0) * f * (1 - f);
        g[q + hidden] = d * candidate * i * (1 - i);
        g[q + 2 * hidden] = d * i * (1 - candidate * candidate);
        g[q + 3 * hidden] = gradient * tanhC * o * (1 - o);
      }
    }
  };

  return {
    hs,
    dhs,
    forward: (xs) => {
      gate.inputs(gates.all, xs);
      for (let t = 0; t < time; t++) {
        gate.recur(at(gates.rows, t), at(hs.rows, t));
        activate(t);
      }
    },
    backward: (xs) => {
      dc.fill(0);
      for (let t = time - 1; t >= 0; t--) {
        deactivate(t);
        if (t > 0) gate.recurBackward(at(dhs.rows, t), at(gates.rows, t));
      }
      gate.backward(hs.all.subarray(0, time * size), xs, gates.all);
    },
    update: (rate) => gate.update(rate),
    params: () =>
      Object.fromEntries(
        weights.flatMap((name, index) => [
          [name, unpack(gate.w, index, hidden)],
          [biasOf(name), unpack(gate.b, index, hidden)],
        ]),
      ),
  };
};

/** Four arrays [rows, hidden] side by side: [rows, 4 · hidden]. */
function pack(parts: readonly FlatArray[], hidden: number): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { data }) => sum + data.length, 0));
  parts.forEach(({ data }, index) => {
    for (let k = 0; k < data.length; k++) all[placeOf(k, index, hidden)] = data[k] ?? 0;
  });
  return all;
}

function unpack(all: Float32Array, index: number, hidden: number): Float32Array {
  return Float32Array.from({ length: all.length / 4 }, (_, k) => all[placeOf(k, index, hidden)] ?? 0);
}

function placeOf(k: number, index: number, hidden: number): number {
  return (4 * Math.floor(k / hidden) + index) * hidden + (k % hidden);
}
