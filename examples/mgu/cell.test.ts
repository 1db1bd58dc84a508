import { expect, test } from "vitest";
import "@tapeloop/check/vitest";
import { arange, linspace, sin, valueAndGrad, withDefaultDtype, type Tensor } from "@tapeloop/core";
import { adam, forecastWindows, linear, manyToOne, mse, unroll } from "@tapeloop/nn";
import { mgu } from "./cell.js";

test("the gradient of the minimal gated unit agrees with finite differences", () => {
  const [params, xs] = inFloat64();
  const run = (p: typeof params, x: Tensor) => unroll(mgu, p, x).outputs;
  expect(run).toPassGradcheck([params, xs]);
});

test("a scan and an unrolled loop give the same outputs", () => {
  const [params, xs] = inFloat64();
  const [scan, loop] = (["scan", "loop"] as const).map((mode) => unroll(mgu, params, xs, { mode }).outputs);
  expect(scan?.toArray()).toEqual(loop?.toArray());
});

test("it learns to forecast a sine", () => {
  const { inputs, targets } = forecastWindows(sin(arange(0, 12, 0.3)), { size: 6 }).batch();
  let params = {
    cell: mgu.init({ input: 1, hidden: 6 }, 1),
    readout: linear.init({ input: 6, output: 1 }, 2),
  };
  const loss = ({ cell, readout }: typeof params): Tensor =>
    mse(linear.apply(readout, manyToOne(mgu, cell, inputs)), targets, { reduction: "mean" });
  const optimizer = adam({ learningRate: 0.03 });
  let state = optimizer.init(params);
  for (let i = 0; i < 100; i++) {
    const [, gradient] = valueAndGrad(loss)(params);
    ({ params, state } = optimizer.update(params, gradient, state));
  }
  expect(loss(params).item()).toBeLessThan(0.01);
});

/** Parameters and data [time, batch, input], small and in float64. */
function inFloat64() {
  return withDefaultDtype("float64", () => {
    const xs = linspace(-1, 1, 4 * 2).reshape([4, 2, 1]);
    return [mgu.init({ input: 1, hidden: 2 }, 1), xs] as const;
  });
}
