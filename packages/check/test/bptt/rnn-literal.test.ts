import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as bptt from "../../src/bptt/index.js";
import { add, map, matmul, mul, transpose, zip, type Matrix } from "../../src/bptt/matrix.js";
import { dataOf, lastOnly, rnnParams, sizes } from "./cases.js";
import { expectAgreement, expectSame, numericGradient } from "./numeric.js";
import { plainRnn } from "./plain.js";

const activations = [bptt.tanh, bptt.sigmoid, bptt.relu, bptt.softplus, bptt.identity];
const smooth = activations.filter((activation) => activation !== bptt.relu);
const runs = { numRuns: 8 };

/** Many-to-one in literal form for the T of the sizes. */
function literal(
  params: bptt.RnnParams,
  xs: readonly Matrix[],
  objective: bptt.Objective,
  options: bptt.RnnOptions,
) {
  const [x1, x2, x3, x4] = xs;
  if (x1 === undefined || x2 === undefined) throw new RangeError("literal: T must be 2 or 4");
  if (x3 === undefined || x4 === undefined) return bptt.rnnManyToOne2(params, [x1, x2], objective, options);
  return bptt.rnnManyToOne4(params, [x1, x2, x3, x4], objective, options);
}

describe.each([2, 4])("RNN many-to-one written out for T = %i", (T) => {
  it.each(activations)("equals the loop in every value, term and gradient, with $name", (activation) => {
    fc.assert(
      fc.property(sizes, (drawn) => {
        const size = { ...drawn, T };
        const params = rnnParams(size);
        const { xs, h0, objectives } = dataOf(size);
        const written = literal(params, xs, objectives[0], { activation, h0 });
        const loop = bptt.rnnManyToOne(params, xs, objectives[0], { activation, h0 });
        expect(written.loss).toBe(loop.loss);
        expect(written.y).toEqual(loop.y);
        expect(written.outputs).toEqual(loop.outputs);
        expect(written.steps).toEqual(loop.steps);
        expect(written.gradients.xs).toEqual(loop.gradients.xs);
        expect(written.gradients.h0).toEqual(loop.gradients.h0);
        for (const name of ["Wxh", "Whh", "bh", "Why", "by"] as const) {
          expectSame(name, written.gradients.params[name], loop.gradients.params[name]);
        }
      }),
      runs,
    );
  });

  it.each(smooth)("has the numeric derivative in every gradient and term, with $name", (activation) => {
    fc.assert(
      fc.property(sizes, (drawn) => {
        const size = { ...drawn, T };
        const params = rnnParams(size);
        const { xs, h0, objectives } = dataOf(size);
        const objective = objectives.at(-1) ?? objectives[0];
        const { gradients, steps } = literal(params, xs, objective, { activation, h0 });
        const run = { xs, h0, objectives: lastOnly(objectives) };
        const loss = (read: Parameters<typeof plainRnn>[3]) => plainRnn(params, run, activation, read);
        for (const name of ["Wxh", "Whh", "bh", "Why", "by"] as const) {
          expectAgreement(name, gradients.params[name], numericGradient(loss, name, params[name]));
        }
        for (const { t, h, dh, terms } of steps) {
          expectAgreement(`dL/dh_${t}`, dh.total, numericGradient(loss, "h", h, t));
          expectAgreement(`term ${t} of W_hh`, terms.Whh, numericGradient(loss, "Whh", params.Whh, t));
        }
        expectAgreement("h_0", gradients.h0, numericGradient(loss, "h", h0, 0));
      }),
      runs,
    );
  });
});

it("T = 2: dL/dW_hh is the one-line formula of the derivation", () => {
  const size = { T: 2, input: 2, hidden: 3, output: 2, batch: 3, seed: 11 };
  const params = rnnParams(size);
  const { xs, h0, objectives } = dataOf(size);
  const { steps, outputs, gradients } = literal(params, xs, objectives[0], { h0 });
  const [s1, s2] = steps;
  const [output] = outputs;
  if (s1 === undefined || s2 === undefined || output === undefined) throw new Error("expected two steps");
  const slope = (h: Matrix) => map(h, (value) => 1 - value * value);
  const last = mul(matmul(transpose(params.Why), output.dy), slope(s2.h));
  const first = mul(matmul(transpose(params.Whh), last), slope(s1.h));
  const dWhh = add(matmul(last, transpose(s1.h)), matmul(first, transpose(h0)));
  expectSame("dL/dW_hh", gradients.params.Whh, dWhh);
});

it.each(smooth)("$name: its derivative is the numeric one, at small and at large z", ({ fn, derivative }) => {
  const z = bptt.fromRows([[-30, -3, -0.5, 0, 0.5, 3, 30]]);
  const h = map(z, fn);
  const loss = (read: (site: string, t: number, i: number, j: number, value: number) => number) =>
    z.data.reduce((sum, value, j) => sum + fn(read("z", 1, 0, j, value)), 0);
  expectAgreement("slope", zip(z, h, derivative), numericGradient(loss, "z", z));
});

it("no activation overflows at z = ±1000", () => {
  for (const { fn, derivative } of activations) {
    for (const z of [-1000, 1000]) {
      expect(Number.isFinite(fn(z))).toBe(true);
      expect(Number.isFinite(derivative(z, fn(z)))).toBe(true);
    }
  }
});
