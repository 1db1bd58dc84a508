import { compile, treeTensors, type Tensor } from "@tapeloop/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { replay } from "@tapeloop/core";
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
      expect(built.explanation.threads.count).toBe(threads);
      if (threads > 1) expect(built.explanation.threads.split).toBeGreaterThan(3);
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
