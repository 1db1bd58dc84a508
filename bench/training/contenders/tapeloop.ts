import {
  add,
  affine,
  cast,
  compile,
  concat,
  fromTypedArray,
  logSoftmax,
  mean,
  mul,
  neg,
  scan,
  sigmoid,
  square,
  sub,
  sum,
  tanh,
  treeMap2,
  valueAndGrad,
  withDefaultDtype,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import type { FlatArray, Problem } from "../problem.js";
import type { CellName, Workload } from "../workloads.js";
import { at, named, type Contender } from "./contender.js";

type Params = Readonly<Record<string, Tensor>>;
/** h, and c where the cell has one: [batch, hidden] */
type State = readonly Tensor[];

const steps: Readonly<Record<CellName, (p: Params, state: State, x: Tensor) => State>> = {
  rnn: (p, state, x) => [tanh(gate(p, "", [at(state, 0), x]))],
  lstm: (p, state, x) => {
    const [h, c] = [at(state, 0), at(state, 1)];
    const f = sigmoid(gate(p, "f", [h, x]));
    const i = sigmoid(gate(p, "i", [h, x]));
    const candidate = tanh(gate(p, "c", [h, x]));
    const o = sigmoid(gate(p, "o", [h, x]));
    const next = add(mul(f, c), mul(i, candidate));
    return [mul(o, tanh(next)), next];
  },
  mgu: (p, state, x) => {
    const h = at(state, 0);
    const f = sigmoid(gate(p, "f", [h, x]));
    const candidate = tanh(gate(p, "c", [mul(f, h), x]));
    return [add(mul(sub(1, f), h), mul(f, candidate))];
  },
};

function gate(p: Params, name: string, hx: readonly Tensor[]): Tensor {
  return affine(concat(hx), named(p, `w${name}`), named(p, `b${name}`));
}

function createLoss({ cell, task, batch, time, hidden }: Workload) {
  const step = steps[cell];
  const init = (): State => Array.from({ length: cell === "lstm" ? 2 : 1 }, () => zeros([batch, hidden]));
  return (p: Params, xs: Tensor, y: Tensor): Tensor => {
    const output = (h: Tensor): Tensor => affine(h, named(p, "wy"), named(p, "by"));
    if (task === "regression") {
      const [state] = scan((s: State, x: Tensor) => [step(p, s, x), null], init(), xs);
      return mean(square(sub(output(at(state, 0)), y)));
    }
    const next = (s: State, x: Tensor): readonly [State, Tensor] => {
      const state = step(p, s, x);
      return [state, at(state, 0)];
    };
    const [, hs] = scan(next, init(), xs);
    return neg(mul(1 / (time * batch), sum(mul(y, logSoftmax(output(hs))))));
  };
}

type Wrap = <Args extends readonly unknown[], R>(fn: (...args: Args) => R) => (...args: Args) => R;

export const build =
  (wrap: Wrap, read: (t: Tensor) => Tensor) =>
  ({ workload, params, xs, y }: Problem): Contender => {
    const loss = createLoss(workload);
    const lossAndGradient = valueAndGrad(loss);
    const train = wrap((p: Params, xs: Tensor, y: Tensor): readonly [Tensor, Params] => {
      const [value, gradient] = lossAndGradient(p, xs, y);
      return [value, treeMap2(p, gradient, (w, g) => sub(w, mul(workload.rate, g)))];
    });
    const evaluate = wrap(loss);
    const given = (a: FlatArray): Tensor => read(fromTypedArray(a.data, a.shape));
    const data = [given(xs), given(y)] as const;
    let p: Params = Object.fromEntries(Object.entries(params).map(([name, a]) => [name, given(a)]));
    return {
      step: () => {
        const [value, next] = train(p, ...data);
        p = next;
        return value.item();
      },
      forward: () => evaluate(p, ...data).item(),
      params: () => Object.fromEntries(Object.entries(p).map(([name, t]) => [name, t.data])),
    };
  };

export const compiled = build((fn) => compile(fn), same);
export const compiledForTwo = build((fn) => compile(fn, { threads: 2 }), same);
export const eager = build((fn) => fn, same);

/** The truth: float64 throughout, one operation after another. */
export const reference = build(
  (fn) =>
    (...args) =>
      withDefaultDtype("float64", () => fn(...args)),
  (t) => cast(t, "float64"),
);

function same(t: Tensor): Tensor {
  return t;
}
