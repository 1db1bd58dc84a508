import {
  defaultDevice,
  init,
  jit,
  nn,
  numpy as np,
  tree,
  valueAndGrad,
  type Array as Value,
} from "@jax-js/jax";
import type { FlatArray } from "../problem.js";
import type { CellName, Workload } from "../workloads.js";
import { at, named, type Create } from "./contender.js";

// Every use of an array takes one reference to it: `x.ref` where x is used again, plain x where that was its last use.

type Params = Record<string, Value>;

const cells: Readonly<Record<CellName, (p: Params, state: readonly Value[], x: Value) => readonly Value[]>> =
  {
    rnn: (p, state, x) => [np.tanh(gate(p, "", at(state, 0), x))],
    lstm: (p, state, x) => {
      const [h, c] = [at(state, 0), at(state, 1)];
      const f = nn.sigmoid(gate(p, "f", h.ref, x.ref));
      const i = nn.sigmoid(gate(p, "i", h.ref, x.ref));
      const candidate = np.tanh(gate(p, "c", h.ref, x.ref));
      const o = nn.sigmoid(gate(p, "o", h, x));
      const next = f.mul(c).add(i.mul(candidate));
      return [o.mul(np.tanh(next.ref)), next];
    },
    mgu: (p, state, x) => {
      const h = at(state, 0);
      const f = nn.sigmoid(gate(p, "f", h.ref, x.ref));
      const candidate = np.tanh(gate(p, "c", f.ref.mul(h.ref), x));
      return [f.ref.neg().add(1).mul(h).add(f.mul(candidate))];
    },
  };

function gate(p: Params, name: string, h: Value, x: Value): Value {
  return dense(np.concatenate([h, x], 1), named(p, `w${name}`).ref, named(p, `b${name}`).ref);
}

function dense(x: Value, w: Value, b: Value): Value {
  return np.matmul(x, w).add(b);
}

/** There is no scan, so the loop over time is unrolled into the program. */
function createLoss({ cell, task, batch, time, input, hidden, output }: Workload) {
  return (p: Params, xs: Value, y: Value): Value => {
    const first = (): Value => np.zeros([batch, hidden]);
    let state: readonly Value[] = cell === "lstm" ? [first(), first()] : [first()];
    const hs: Value[] = [];
    for (let t = 0; t < time; t++) {
      const x = xs.ref.slice([t, t + 1]).reshape([batch, input]);
      state = cells[cell](p, state, x);
      if (task === "characters") hs.push(at(state, 0).ref);
    }
    xs.dispose();
    const readOut = (h: Value): Value => dense(h, named(p, "wy").ref, named(p, "by").ref);
    const value = (): Value => {
      if (task === "regression") return np.mean(np.square(readOut(at(state, 0).ref).sub(y)));
      const logits = readOut(np.concatenate(hs, 0));
      const targets = y.reshape([time * batch, output]);
      return targets
        .mul(nn.logSoftmax(logits))
        .sum()
        .mul(-1 / (time * batch));
    };
    const loss = value();
    tree.dispose([...state]);
    tree.dispose(p);
    return loss;
  };
}

/** jax-js: gradients and SGD in one `jit`, on its WebAssembly device (one thread in Node). */
export const jaxJs: Create = async ({ workload, params, xs, y }) => {
  await init("wasm");
  defaultDevice("wasm");
  const loss = createLoss(workload);
  const lossAndGradient = valueAndGrad(loss);
  const train = jit((p: Params, xs: Value, y: Value): [Value, Params] => {
    const [value, gradient] = lossAndGradient(tree.ref(p), xs, y);
    const moved = Object.entries(p).map(
      ([name, w]) => [name, w.sub(named(gradient, name).mul(workload.rate))] as const,
    );
    return [value, Object.fromEntries(moved)];
  });
  const evaluate = jit(loss);
  const given = ({ data, shape }: FlatArray): Value => np.array(data).reshape(shape);
  const [inputs, targets] = [given(xs), given(y)];
  let p = Object.fromEntries(Object.entries(params).map(([name, a]) => [name, given(a)]));
  return {
    step: () => {
      const [value, next] = train(p, inputs.ref, targets.ref);
      p = next;
      return value.dataSync()[0] ?? NaN;
    },
    forward: () => evaluate(tree.ref(p), inputs.ref, targets.ref).dataSync()[0] ?? NaN,
    params: () => Object.fromEntries(Object.entries(p).map(([name, a]) => [name, a.ref.dataSync()])),
  };
};
