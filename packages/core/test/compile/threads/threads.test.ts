import {
  add,
  compile,
  grad,
  matmul,
  mul,
  normal,
  randomKey,
  scan,
  sum,
  tanh,
  treeTensors,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { replay } from "@tapeloop/core";
import { build } from "../../../src/compile/build.js";
import { different } from "../parity.js";
import { inputsFor, randomTape } from "../passes/programs.js";
import { charLstm, mgu, rnn, type Model } from "./models.js";
import { together } from "./together.js";

const bits = { ulps: 0 };

/** Losses and parameters after some steps of training. */
function trained({ params, batch }: Model, step: Model["step"], steps: number): Tensor[] {
  let now = params;
  const losses: Tensor[] = [];
  for (let i = 0; i < steps; i++) {
    const [loss, next] = step(now, ...batch);
    losses.push(loss);
    now = next;
  }
  return [...losses, ...treeTensors(now)];
}

const models = [
  rnn(97, 5, 18),
  rnn(33, 4, 50),
  rnn(1, 10, 8),
  rnn(2, 3, 40),
  charLstm(32, 6, 13, 24),
  charLstm(5, 7, 11, 17),
  mgu(32, 5, 9, 20),
  mgu(3, 4, 2, 33),
];

describe("a training step", () => {
  it.each(models)("of $name has the same bits on 1, 2, 3 and 4 threads", (model) => {
    const plain = compile(model.step);
    const expected = trained(model, plain, 4);
    for (const threads of [1, 2, 3, 4]) {
      const built = together(model.step, [model.params, ...model.batch], threads);
      expect(built.explain().threads.count).toBe(threads);
      if (threads > 1) expect(built.explain().threads.split).toBeGreaterThan(3);
      const run: Model["step"] = (params, ...batch) => built.run([...treeTensors(params), ...batch]);
      expect(different(trained(model, run, 4), expected, bits), `${threads} threads`).toEqual([]);
      expect(built.crew?.present() ?? 1).toBe(threads);
      built.crew?.release();
    }
  });

  it("has the same bits in a thousand calls in a row", () => {
    const model = rnn(16, 3, 8);
    const expected = treeTensors(compile(model.step)(model.params, ...model.batch));
    const built = together(model.step, [model.params, ...model.batch], 2);
    const inputs = [...treeTensors(model.params), ...model.batch];
    for (let i = 0; i < 1000; i++) {
      expect(different(built.run(inputs), expected, bits), `call ${i}`).toEqual([]);
      expect(built.crew?.present()).toBe(2);
    }
  });
});

describe("weights that a loop finds packed, in blocks of their rows", () => {
  const draw = (seed: number, shape: readonly number[]): Tensor => mul(0.1, normal(randomKey(seed), shape));

  /** Two layers over time, their gradients, and another product, so that threads are worth it. */
  function gradients(xs: Tensor, w1: Tensor, w2: Tensor, other: Tensor): Tensor[] {
    const loss = (p: { readonly w1: Tensor; readonly w2: Tensor }): Tensor => {
      const step = (h: Tensor, x: Tensor) =>
        [tanh(add(matmul(tanh(matmul(h, p.w1)), p.w2), x)), null] as const;
      return sum(scan(step, zeros([xs.shape[1] ?? 0, 16]), xs)[0]);
    };
    const found = grad(loss)({ w1, w2 });
    return [found.w1, found.w2, matmul(other, other)];
  }

  it.each([2, 4, 8, 16, 40])("are where products of %i rows look for them, whichever are cut", (rows) => {
    const shapes = [
      [60, rows, 16],
      [16, 400],
      [400, 16],
      [300, 300],
    ];
    const [xs = zeros([0]), w1 = xs, w2 = xs, other = xs] = shapes.map((shape, i) => draw(i, shape));
    const expected = compile(gradients)(xs, w1, w2, other);
    // With the grain that programs are made with: which steps are cut depends on it.
    const built = build(gradients, [xs, w1, w2, other], { threads: 2 });
    expect(built.explain().threads.split).toBeGreaterThan(0);
    expect(different(built.run([xs, w1, w2, other]), expected, bits)).toEqual([]);
    built.crew?.release();
  });
});

describe("random programs", () => {
  const seeds = fc.integer({ min: 0, max: 2 ** 30 });

  it.each([0, 1] as const)("differentiated %i times have the same bits on two and three threads", (grads) => {
    fc.assert(
      fc.property(
        seeds,
        fc.constantFrom("float32", "float64"),
        fc.constantFrom(2, 3),
        (seed, dtype, threads) => {
          const tape = randomTape(seed, { grads, size: 8, depth: 2, dtype });
          const all = inputsFor(tape);
          const run = (...xs: readonly Tensor[]): Tensor[] => [...replay(tape, [...xs, ...all.slice(4)])];
          const given = all.slice(0, 4);
          const expected = compile(run)(...given);
          const built = together(run, given, threads);
          expect(different(built.run(given), expected, bits)).toEqual([]);
          expect(different(built.run(given), expected, bits)).toEqual([]);
          built.crew?.release();
        },
      ),
      { numRuns: 20 },
    );
  });
});
