import { add, mul, ones, sigmoid, tensor, type Tensor, tanh, zeros } from "@tapeloop/core";
import { describe, expect, it } from "vitest";
import { mutants, type MutantKind } from "../../src/mutants/index.js";
import { lstmLike, rnnLike } from "./cells.js";
import { derivatives } from "./derivatives.js";

const sizes = { input: 1, hidden: 2 };

/** The gradients of an RNN, right and with one mistake, cut into b [2], wh [2, 2], wx [1, 2], state and data. */
function rnnGradients(kind: MutantKind, steps: number, at?: readonly number[]) {
  const set = mutants(rnnLike, { sizes, steps, kinds: [kind], ...(at && { at }) });
  const parts = (gradient: readonly number[]) => ({
    all: gradient,
    b: gradient.slice(0, 2),
    wh: gradient.slice(2, 6),
    params: gradient.slice(0, 8),
    state: gradient.slice(8, 12),
    xs: gradient.slice(12),
  });
  const right = derivatives(set.subject.fn, set.subject.inputs).gradient;
  const wrong = set.mutants.map(({ fn, inputs }) => parts(derivatives(fn, inputs).gradient));
  return { right: parts(right), wrong, first: wrong[0]!, made: set.mutants };
}

function expectClose(got: readonly number[], expected: readonly number[]): void {
  expect(got).toHaveLength(expected.length);
  got.forEach((v, i) => {
    expect(v).toBeCloseTo(expected[i]!, 13);
  });
}

describe("a mutant's gradient is wrong in the way that it says:", () => {
  it.each<[MutantKind, number]>([
    ["scale", 1 + 1e-6],
    ["sign", -1],
  ])("%s multiplies one parameter's by %d, and leaves the rest", (kind, factor) => {
    const { right, first, made } = rnnGradients(kind, 2);
    const [, name] = /the gradient of (\w+) /.exec(made[0]!.description)!;
    const [from, to] = { b: [0, 2], wh: [2, 6], wx: [6, 8] }[name!]!;
    const expected = right.all.map((g, i) => (i >= from! && i < to! ? factor * g : g));
    expectClose(first.all, expected);
  });

  it("transpose transposes a square matrix'", () => {
    const { right, first } = rnnGradients("transpose", 2);
    const [a, b, c, d] = right.wh;
    expectClose(first.wh, [a!, c!, b!, d!]);
    expectClose(first.b, right.b);
  });

  it("a dropped step lacks just that step: the parts that are dropped at all steps add up to the whole", () => {
    const { right, wrong } = rnnGradients("dropped time step", 3, [0, 1, 2]);
    const total = right.params.map((g, i) => wrong.reduce((sum, w) => sum + (g - w.params[i]!), 0));
    expectClose(total, right.params);
    for (const { xs } of wrong) expectClose(xs, right.xs);
  });

  it("a cut recurrence gives nothing to what came before, and all to what comes after", () => {
    const { right, first } = rnnGradients("cut recurrence", 3, [2]);
    expect(first.state).toEqual([0, 0, 0, 0]);
    expect(first.xs.slice(0, 4)).toEqual([0, 0, 0, 0]);
    expectClose(first.xs.slice(4), right.xs.slice(4));
  });

  it("a missing gate term gives nothing to the gate's parameters", () => {
    const set = mutants(lstmLike, { sizes, steps: 2, kinds: ["missing gate term"] });
    const forget = set.mutants.find(({ name }) => name.endsWith("forget"))!;
    // Tree order: c.b [2], c.w [3, 2], f.b [2], f.w [3, 2], …
    const { gradient } = derivatives(forget.fn, forget.inputs);
    expect(gradient.slice(8, 16)).toEqual(new Array(8).fill(0));
    expect(gradient.slice(0, 8)).not.toContain(0);
  });

  it("swapped gates get each other's cotangent", () => {
    // y = σ(f)·u + σ(i)·v: the gate f gets u, the gate i gets v.
    type Params = { f: Tensor; i: Tensor; u: Tensor; v: Tensor };
    const [f, i, u, v] = [0.3, -0.7, 2, 5];
    const pair = {
      name: "pair",
      init: (): Params => ({ f: tensor([f]), i: tensor([i]), u: tensor([u]), v: tensor([v]) }),
      state: () => ({ h: zeros([1, 1]) }),
      step(p: Params, s: { h: Tensor }, x: Tensor) {
        const output = add(mul(sigmoid(p.f), p.u), mul(sigmoid(p.i), p.v));
        return { state: s, output: add(output, mul(x, 0)) };
      },
    };
    const [swapped] = mutants(pair, {
      sizes: { input: 1 },
      steps: 1,
      batch: 1,
      kinds: ["swapped gates"],
    }).mutants;
    const { gradient } = derivatives(swapped!.fn, swapped!.inputs);
    const slope = (z: number): number => Math.exp(-z) / (1 + Math.exp(-z)) ** 2;
    expectClose(gradient.slice(0, 2), [v * slope(f), u * slope(i)]);
  });

  it("an unsummed broadcast gives one sequence's gradient, a stale value that of the step before", () => {
    // y = tanh(x + b), b [1] over a batch of three: dy/db is 1 − y² for each sequence.
    const bias = {
      name: "bias",
      init: () => ({ b: ones([1]) }),
      state: (_: object, batch: number) => ({ h: zeros([batch, 1]) }),
      step(p: { b: Tensor }, state: { h: Tensor }, x: Tensor) {
        return { state, output: tanh(add(x, p.b)) };
      },
    };
    const inputs = (steps: number): [{ b: Tensor }, { h: Tensor }, Tensor] => [
      { b: tensor([0.1], { dtype: "float64" }) },
      { h: zeros([3, 1], { dtype: "float64" }) },
      tensor(
        [
          [[0.5], [1], [2]],
          [[-1], [0.2], [0.3]],
        ].slice(0, steps),
        { dtype: "float64" },
      ),
    ];
    const gradientOfB = (kind: MutantKind, steps: number): number => {
      const made = mutants(bias, { sizes: { input: 1 }, kinds: [kind], inputs: inputs(steps) });
      const { fn, inputs: own } = made.mutants[0]!;
      return derivatives(fn, own).gradient[0]!;
    };
    const slope = (z: number): number => 1 - Math.tanh(z) ** 2;
    expect(gradientOfB("unsummed broadcast", 1)).toBeCloseTo(slope(0.6), 13);
    expect(gradientOfB("stale saved value", 1)).toBeCloseTo(3 * slope(0), 13);
    expect(gradientOfB("stale saved value", 2)).toBeCloseTo(slope(0.6) + slope(1.1) + slope(2.1), 13);
  });
});
