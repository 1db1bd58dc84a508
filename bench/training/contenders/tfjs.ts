import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import type { FlatArray, Problem } from "../problem.js";
import type { CellName } from "../workloads.js";
import { at, named, type Contender } from "./contender.js";

type Params = Readonly<Record<string, tf.Tensor>>;

const cells: Readonly<
  Record<CellName, (p: Params, state: readonly tf.Tensor[], x: tf.Tensor) => readonly tf.Tensor[]>
> = {
  rnn: (p, state, x) => [tf.tanh(gate(p, "", at(state, 0), x))],
  lstm: (p, state, x) => {
    const [h, c] = [at(state, 0), at(state, 1)];
    const f = tf.sigmoid(gate(p, "f", h, x));
    const i = tf.sigmoid(gate(p, "i", h, x));
    const candidate = tf.tanh(gate(p, "c", h, x));
    const o = tf.sigmoid(gate(p, "o", h, x));
    const next = tf.add(tf.mul(f, c), tf.mul(i, candidate));
    return [tf.mul(o, tf.tanh(next)), next];
  },
  mgu: (p, state, x) => {
    const h = at(state, 0);
    const f = tf.sigmoid(gate(p, "f", h, x));
    const candidate = tf.tanh(gate(p, "c", tf.mul(f, h), x));
    return [tf.add(tf.mul(tf.sub(tf.scalar(1), f), h), tf.mul(f, candidate))];
  },
};

function gate(p: Params, name: string, h: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return dense(tf.concat([h, x], 1), named(p, `w${name}`), named(p, `b${name}`));
}

function dense(x: tf.Tensor, w: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return tf.add(tf.matMul(x, w), b);
}

/** TensorFlow.js with its own optimizer, on a backend: `cpu` or `wasm` (SIMD, one thread in Node). */
export const tfjs =
  (backend: "cpu" | "wasm") =>
  async ({ workload, params, xs, y }: Problem): Promise<Contender> => {
    if (!(await tf.setBackend(backend))) throw new Error(`the ${backend} backend does not start`);
    await tf.ready();
    const { task, batch, time, hidden, output, rate } = workload;
    const given = ({ data, shape }: FlatArray): tf.Tensor => tf.tensor(data, shape);
    const p = Object.fromEntries(Object.entries(params).map(([name, a]) => [name, tf.variable(given(a))]));
    const [inputs, targets] = [given(xs), given(y)];
    const step = cells[workload.cell];
    const optimizer = tf.train.sgd(rate);

    const loss = (): tf.Tensor => {
      const first = (): tf.Tensor => tf.zeros([batch, hidden]);
      let state: readonly tf.Tensor[] = workload.cell === "lstm" ? [first(), first()] : [first()];
      const hs = tf.unstack(inputs, 0).map((x) => {
        state = step(p, state, x);
        return at(state, 0);
      });
      const [wy, by] = [named(p, "wy"), named(p, "by")];
      if (task === "regression") return tf.losses.meanSquaredError(targets, dense(at(hs, -1), wy, by));
      const logits = dense(tf.concat(hs, 0), wy, by);
      return tf.losses.softmaxCrossEntropy(tf.reshape(targets, [time * batch, output]), logits);
    };
    const valueOf = (value: tf.Tensor | null): number => {
      if (value === null) throw new Error("the optimizer gave no loss");
      const number = value.dataSync()[0] ?? NaN;
      value.dispose();
      return number;
    };
    return {
      step: () => valueOf(optimizer.minimize(loss, true)),
      forward: () => valueOf(tf.tidy(loss)),
      params: () => Object.fromEntries(Object.entries(p).map(([name, t]) => [name, t.dataSync()])),
    };
  };
