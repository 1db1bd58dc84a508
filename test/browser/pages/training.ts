import {
  compile,
  mean,
  normal,
  randomKey,
  square,
  sub,
  treeMap2,
  treeTensors,
  valueAndGrad,
  type Tensor,
} from "@tapeloop/core";
import { lstm, unroll } from "@tapeloop/nn";

type Params = ReturnType<typeof lstm.init>;

/** Trains an LSTM for some steps, on one thread and on two. */
export default async function training() {
  const params = lstm.init({ input: 8, hidden: 48 }, 1);
  const xs = normal(randomKey(2), [10, 32, 8]);
  const gradient = valueAndGrad((p: Params, x: Tensor) => mean(square(sub(unroll(lstm, p, x).outputs, 0.5))));
  const step = (p: Params, x: Tensor) => {
    const [loss, g] = gradient(p, x);
    return { loss, params: treeMap2(p, g, (w, d) => sub(w, d.mul(0.5))) };
  };
  const [one, two] = [compile(step), compile(step, { threads: 2 })];
  const trained = (run: typeof step): { readonly losses: number[]; readonly values: number[] } => {
    const losses: number[] = [];
    let now = params;
    for (let i = 0; i < 8; i++) {
      const next = run(now, xs);
      losses.push(next.loss.item());
      now = next.params;
    }
    return { losses, values: treeTensors(now).flatMap((t) => [...t.toTypedArray()]) };
  };

  const { executor, threads } = two.explain(params, xs);
  // Workers start when the page's thread comes back to its event loop.
  for (let i = 0; i < 300 && threads.started < threads.count; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const [alone, together] = [trained(one), trained(two)];
  const different = alone.values.filter((value, i) => !Object.is(value, together.values[i]));
  return {
    isolated: crossOriginIsolated,
    executors: [one.explain(params, xs).executor, executor],
    threads: { count: threads.count, started: threads.started, reason: threads.reason ?? null },
    values: alone.values.length,
    different: different.length,
    learns: (alone.losses.at(-1) ?? NaN) < (alone.losses[0] ?? NaN),
  };
}
