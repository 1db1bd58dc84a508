import { describe, expect, it } from "vitest";
import {
  add,
  customGradient,
  fromTypedArray,
  matmul,
  mul,
  normal,
  randomKey,
  relu,
  sum,
  tanh,
  transpose,
  withDefaultDtype,
  type Tensor,
} from "@tapeloop/core";
import { samplerOf } from "../src/engine/sampler.js";
import { createSubject } from "../src/subject.js";
import { gradcheck } from "../src/index.js";

const MANY = 5000;
const [x, w] = withDefaultDtype("float64", () => [
  normal(randomKey(1), [3, 10]),
  normal(randomKey(2), [10, 10]),
]);
/** 1 everywhere but in row 4, column 7. */
const oneWrong = fromTypedArray(
  Float64Array.from({ length: 100 }, (_, i) => (i === 47 ? 1 + 1e-6 : 1)),
  [10, 10],
);
const moved = mul(x, 1.25);

/** How often JavaScript runs the function when it is sampled at two more points, and what it gives there. */
function sampled(fn: (x: Tensor, w: Tensor) => Tensor, evaluations: number) {
  let calls = 0;
  const subject = createSubject(
    "test",
    (a: Tensor, b: Tensor) => {
      calls++;
      return fn(a, b);
    },
    [x, w],
  );
  const sampler = samplerOf(subject, [x, w], evaluations);
  const before = calls;
  const samples = [moved, x].map((at) => sampler.sample([at, w]));
  const eager = [moved, x].map((at) => subject.sample([at, w]));
  return { samples, eager, calls: calls - before - eager.length, origin: sampler.origin };
}

const smooth = (a: Tensor, b: Tensor): Tensor => tanh(matmul(a, b));

describe("many evaluations of one function", () => {
  it("run as a program, which gives the same outputs and the same branch", () => {
    const { samples, eager, calls, origin } = sampled(smooth, MANY);
    expect(calls).toBe(0);
    samples.forEach(({ outputs, trace }, i) => {
      outputs.forEach((v, k) => expect(v).toBeCloseTo(eager[i]?.outputs[k] ?? NaN, 13));
      expect(trace).toEqual(eager[i]?.trace);
    });
    // All values come from one executor, so that differences do not see two ways of rounding.
    expect(origin.outputs).toEqual(samples[1]?.outputs);
  });

  it("run as the function itself when there are few", () => {
    expect(sampled(smooth, 100).calls).toBe(2);
  });

  it("run as the function itself when it has kinks, so that every branch is seen", () => {
    const { samples, calls } = sampled((a, b) => relu(matmul(a, b)), MANY);
    expect(calls).toBe(2);
    expect(samples.map(({ trace }) => trace?.choices.length)).toEqual([1, 1]);
  });

  it("run as the function itself when it looks at values", () => {
    const looks = (a: Tensor, b: Tensor): Tensor => (sum(a).item() > 1e9 ? a : smooth(a, b));
    expect(sampled(looks, MANY).calls).toBe(2);
  });
});

describe("a check of many entries", () => {
  it("passes a right gradient", () => {
    expect(gradcheck(smooth, [x, w]).verdict).toBe("pass");
  });

  it("finds one wrong entry among them", () => {
    const wrong = customGradient(smooth, {
      vjp(dy, [a, b], y) {
        const dz = mul(dy, add(1, mul(-1, mul(y, y))));
        return [matmul(dz, transpose(b)), mul(matmul(transpose(a), dz), oneWrong)];
      },
    });
    const report = gradcheck(wrong, [x, w], { mode: "reverse" });
    expect(report.verdict).toBe("fail");
    expect(report.failures.at(0)).toMatchObject({ path: "inputs[1]", index: [4, 7] });
  });
});
