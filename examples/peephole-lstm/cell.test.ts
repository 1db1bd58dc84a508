import { expect, test } from "vitest";
import "@tapeloop/check/vitest";
import {
  arange,
  cos,
  linspace,
  sin,
  valueAndGrad,
  withDefaultDtype,
  zerosLike,
  type Tensor,
} from "@tapeloop/core";
import { adam, lstm, unroll } from "@tapeloop/nn";
import { peepholeLstm } from "./cell.js";

const sizes = { input: 1, hidden: 2 };
const [params, xs] = withDefaultDtype("float64", () => {
  const made = peepholeLstm.init(sizes, 1);
  const peepholes = { pf: linspace(-0.5, 0.4, 2), pi: linspace(0.3, -0.6, 2), po: linspace(0.2, 0.7, 2) };
  return [{ ...made, ...peepholes }, linspace(-1, 1, 4 * 2).reshape([4, 2, 1])] as const;
});

test("the gradient of the peephole LSTM agrees with finite differences", () => {
  const run = (p: typeof params, x: Tensor) => unroll(peepholeLstm, p, x).outputs;
  expect(run).toPassGradcheck([params, xs]);
});

test("a scan and an unrolled loop give the same outputs", () => {
  const run = (mode: "scan" | "loop") => unroll(peepholeLstm, params, xs, { mode }).outputs.toArray();
  expect(run("scan")).toEqual(run("loop"));
});

test("with peepholes of 0 it is the LSTM", () => {
  const { pf, pi, po, ...shared } = params;
  const closed = { ...shared, pf: zerosLike(pf), pi: zerosLike(pi), po: zerosLike(po) };
  const own = unroll(peepholeLstm, closed, xs).outputs.toArray();
  expect(own).toEqual(unroll(lstm, shared, xs).outputs.toArray());
  expect(own).not.toEqual(unroll(peepholeLstm, params, xs).outputs.toArray());
});

test("it learns, peepholes included", () => {
  const time = arange(0, 6, 0.4);
  const [data, target] = [sin(time).reshape([15, 1, 1]), cos(time).mul(0.5).reshape([15, 1, 1])];
  const start = peepholeLstm.init({ input: 1, hidden: 1 }, 3);
  const loss = (p: typeof start): Tensor => unroll(peepholeLstm, p, data).outputs.sub(target).square().mean();
  const optimizer = adam({ learningRate: 0.1 });
  let [trained, state] = [start, optimizer.init(start)];
  for (let i = 0; i < 100; i++) {
    const [, gradient] = valueAndGrad(loss)(trained);
    ({ params: trained, state } = optimizer.update(trained, gradient, state));
  }
  expect(loss(trained).item()).toBeLessThan(0.3 * loss(start).item());
  for (const peephole of [trained.pf, trained.pi, trained.po])
    expect(Math.abs(peephole.item())).toBeGreaterThan(0.01);
});
