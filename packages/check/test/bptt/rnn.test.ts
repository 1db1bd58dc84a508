import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as bptt from "../../src/bptt/index.js";
import { at } from "../../src/bptt/matrix.js";
import { dataOf, lastOnly, rnnParams, sizes, type Sizes } from "./cases.js";
import { asIs, expectAgreement, numericGradient, type Read } from "./numeric.js";
import { plainRnn } from "./plain.js";

const activations = [bptt.tanh, bptt.sigmoid, bptt.softplus, bptt.identity];
const runs = { numRuns: 8 };
const fixed: Sizes = { T: 4, input: 2, hidden: 3, output: 2, batch: 3, seed: 7 };

/** Holds every value and gradient of a result against numeric derivatives of the plain loss. */
function verify(
  result: bptt.RnnResult,
  params: bptt.RnnParams,
  xs: readonly bptt.Matrix[],
  h0: bptt.Matrix,
  loss: (read: Read) => number,
) {
  expect(result.loss).toBeCloseTo(loss(asIs), 12);
  const { gradients, steps } = result;
  for (const name of ["Wxh", "Whh", "bh", "Why", "by"] as const) {
    expectAgreement(`dL/d${name}`, gradients.params[name], numericGradient(loss, name, params[name]));
  }
  expectAgreement("dL/dh_0", gradients.h0, numericGradient(loss, "h", h0, 0));
  expect(gradients.xs).toHaveLength(xs.length);
  gradients.xs.forEach((dx, index) => {
    expectAgreement(`dL/dx_${index + 1}`, dx, numericGradient(loss, "x", dx, index + 1));
  });
  for (const { t, h, dh, terms } of steps) {
    expectAgreement(`dL/dh_${t}`, dh.total, numericGradient(loss, "h", h, t));
    expectAgreement(`local dL/dh_${t}`, dh.local, numericGradient(loss, "h→y", h, t));
    expectAgreement(`recurrent dL/dh_${t}`, dh.recurrent, numericGradient(loss, "h→z", h, t + 1));
    for (const name of ["Wxh", "Whh", "bh"] as const) {
      const numeric = numericGradient(loss, name, params[name], t);
      expectAgreement(`term ${t} of dL/d${name}`, terms[name], numeric);
    }
  }
}

describe.each(activations)("RNN with $name", (activation) => {
  it("many-to-one: every gradient, and every term of every sum, is the numeric derivative", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const params = rnnParams(size);
        const { xs, h0, objectives } = dataOf(size);
        const objective = objectives.at(-1) ?? objectives[0];
        const result = bptt.rnnManyToOne(params, xs, objective, { activation, h0 });
        const run = { xs, h0, objectives: lastOnly(objectives) };
        verify(result, params, xs, h0, (read) => plainRnn(params, run, activation, read));
      }),
      runs,
    );
  });

  it("many-to-many: the local and the recurrent term of dL/dh_t are right, each by itself", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const params = rnnParams(size);
        const { xs, h0, objectives } = dataOf(size);
        const result = bptt.rnnManyToMany(params, xs, objectives, { activation, h0 });
        const run = { xs, h0, objectives };
        verify(result, params, xs, h0, (read) => plainRnn(params, run, activation, read));
      }),
      runs,
    );
  });

  it("one-to-many: x enters at step 1 alone, and both terms of dL/dh_t are right", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const params = rnnParams(size);
        const { xs, h0, objectives } = dataOf(size);
        const x = xs[0] ?? h0;
        const result = bptt.rnnOneToMany(params, x, objectives, { activation, h0 });
        const run = { xs: xs.map((_, index) => (index === 0 ? x : undefined)), h0, objectives };
        verify(result, params, [x], h0, (read) => plainRnn(params, run, activation, read));
      }),
      runs,
    );
  });
});

describe("RNN with relu", () => {
  it("has the numeric derivative away from the kink", () => {
    const params = rnnParams(fixed);
    const { xs, h0, objectives } = dataOf(fixed);
    const result = bptt.rnnManyToMany(params, xs, objectives, { activation: bptt.relu, h0 });
    const z = result.steps.flatMap((step) => [...step.z.data]);
    expect(z.some((value) => value < 0) && z.some((value) => value > 0)).toBe(true);
    // No step of the difference, of at most 1e-4, may carry a z across the kink.
    expect(Math.min(...z.map(Math.abs))).toBeGreaterThan(1e-2);
    const loss = (read: Read) => plainRnn(params, { xs, h0, objectives }, bptt.relu, read);
    for (const name of ["Wxh", "Whh", "bh", "Why", "by"] as const) {
      const numeric = numericGradient(loss, name, params[name], undefined, 1e-4);
      expectAgreement(name, result.gradients.params[name], numeric);
    }
  });

  it("takes the slope at the kink as 0", () => {
    expect(bptt.relu.derivative(0, 0)).toBe(0);
  });
});

describe("RNN", () => {
  it("uses tanh and h_0 = 0 unless told otherwise", () => {
    const params = rnnParams(fixed);
    const { xs, h0, objectives } = dataOf(fixed);
    const result = bptt.rnnManyToOne(params, xs, objectives[0]);
    const explicit = { activation: bptt.tanh, h0: bptt.zeros(h0.rows, h0.cols) };
    expect(result).toEqual(bptt.rnnManyToOne(params, xs, objectives[0], explicit));
  });

  it("many-to-one is many-to-many with a loss at the last step alone", () => {
    const params = rnnParams(fixed);
    const { xs, h0, objectives } = dataOf(fixed);
    const { y, ...one } = bptt.rnnManyToOne(params, xs, objectives[0], { h0 });
    const many = bptt.rnnManyToMany(params, xs, [undefined, undefined, undefined, objectives[0]], { h0 });
    expect(one).toEqual(many);
    expect(y).toEqual(many.outputs[0]?.y);
  });

  it("accepts dL/dy in place of a target: the mse gradient given from outside changes no gradient", () => {
    const params = rnnParams(fixed);
    const { xs, h0 } = dataOf(fixed);
    const target = bptt.zeros(2, 3);
    const mse = bptt.rnnManyToOne(params, xs, { target }, { h0 });
    const dy = { ...mse.y, data: mse.y.data.map((value) => (2 * value) / 6) };
    const outside = bptt.rnnManyToOne(params, xs, { dy }, { h0 });
    expect(outside.gradients).toEqual(mse.gradients);
  });

  it("averages the squared error over batch and outputs", () => {
    const params = { ...rnnParams(fixed), Why: bptt.zeros(2, 3), by: bptt.fromRows([[1], [2]]) };
    const { loss, outputs } = bptt.rnnManyToOne(params, dataOf(fixed).xs, { target: bptt.zeros(2, 3) });
    expect(loss).toBeCloseTo((3 * 1 + 3 * 4) / 6, 14);
    expect(at(outputs[0]?.dy ?? bptt.zeros(1, 1), 1, 2)).toBeCloseTo((2 * 2) / 6, 14);
  });

  it("runs 10,000 steps without a deep stack, and the gradient of a chain of ones is one", () => {
    const one = bptt.fromRows([[1]]);
    const zero = bptt.zeros(1, 1);
    const params = { Wxh: zero, Whh: one, bh: zero, Why: one, by: zero };
    const xs = Array.from({ length: 10_000 }, () => one);
    const { gradients } = bptt.rnnManyToOne(params, xs, { dy: one }, { activation: bptt.identity, h0: one });
    expect(at(gradients.h0, 0, 0)).toBe(1);
    expect(at(gradients.params.Whh, 0, 0)).toBe(10_000);
  });

  it("leaves its arguments as they were", () => {
    const params = rnnParams(fixed);
    const data = dataOf(fixed);
    bptt.rnnManyToMany(params, data.xs, data.objectives, { h0: data.h0 });
    expect(params).toEqual(rnnParams(fixed));
    expect(data).toEqual(dataOf(fixed));
  });
});
