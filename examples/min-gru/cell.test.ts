import { expect, test } from "vitest";
import "@tapeloop/check/vitest";
import {
  affine,
  grad,
  index,
  linspace,
  mul,
  ones,
  randomKey,
  sigmoid,
  stack,
  sub,
  sum,
  tensor,
  uniform,
  valueAndGrad,
  withDefaultDtype,
  type Tensor,
} from "@tapeloop/core";
import { adam, linear, manyToOne, mse, unroll } from "@tapeloop/nn";
import { minGru } from "./cell.js";

const sizes = { input: 2, hidden: 2 };
const [params, xs] = withDefaultDtype(
  "float64",
  () => [minGru.init(sizes, 1), linspace(-1, 1, 4 * 2 * 2).reshape([4, 2, 2])] as const,
);

test("the gradient of the minGRU agrees with finite differences", () => {
  const run = (p: typeof params, x: Tensor) => unroll(minGru, p, x).outputs;
  expect(run).toPassGradcheck([params, xs]);
});

test("a scan and an unrolled loop give the same outputs", () => {
  const run = (mode: "scan" | "loop") => unroll(minGru, params, xs, { mode }).outputs.toArray();
  expect(run("scan")).toEqual(run("loop"));
});

test("∂h_T/∂h_0 is the product of 1 − z over time", () => {
  const h0 = ones([2, 2], { dtype: "float64" });
  const last = (h: Tensor): Tensor => sum(manyToOne(minGru, params, xs, { state: { h } }));
  let product = h0;
  for (let t = 0; t < 4; t++)
    product = mul(product, sub(1, sigmoid(affine(index(xs, t), params.wz, params.bz))));
  const [gradient, expected] = [grad(last)(h0).data, product.data];
  gradient.forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 14));
});

test("it learns to hold the number that comes with a mark", () => {
  const [T, batch] = [6, 32];
  const numbers = uniform(randomKey(1), [T, batch], { low: -1, high: 1 });
  const marks = tensor(
    Array.from({ length: T }, (_, t) => Array.from({ length: batch }, (_, b) => Number(b % T === t))),
  );
  const [data, target] = [stack([numbers, marks], 2), sum(mul(numbers, marks), 0).reshape([batch, 1])];
  let trained = {
    cell: minGru.init({ input: 2, hidden: 4 }, 1),
    readout: linear.init({ input: 4, output: 1 }, 2),
  };
  const loss = ({ cell, readout }: typeof trained): Tensor =>
    mse(linear.apply(readout, manyToOne(minGru, cell, data)), target, { reduction: "mean" });
  const optimizer = adam({ learningRate: 0.1 });
  let state = optimizer.init(trained);
  for (let i = 0; i < 120; i++) {
    const [, gradient] = valueAndGrad(loss)(trained);
    ({ params: trained, state } = optimizer.update(trained, gradient, state));
  }
  expect(loss(trained).item()).toBeLessThan(0.02);
});
