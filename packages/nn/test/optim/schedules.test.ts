import { record, tensor } from "@tapeloop/core";
import {
  adam,
  constant,
  cosineDecay,
  exponentialDecay,
  sgd,
  stepDecay,
  warmUp,
  type Schedule,
} from "@tapeloop/nn";
import { describe, expect, it } from "vitest";
import { expectClose } from "../close.js";

const first = (schedule: Schedule, count: number): number[] =>
  Array.from({ length: count }, (_, step) => schedule(step));

describe("learning-rate schedules", () => {
  it("a constant stays", () => {
    expect(first(constant(0.3), 3)).toEqual([0.3, 0.3, 0.3]);
  });

  it("stepDecay falls in stairs", () => {
    const decay = stepDecay({ initial: 1, factor: 0.1, every: 3 });
    expectClose(first(decay, 8), [1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01], 1e-15);
  });

  it("exponentialDecay passes through the stairs' corners, smoothly", () => {
    const decay = exponentialDecay({ initial: 2, factor: 0.25, every: 2 });
    expectClose(first(decay, 5), [2, 1, 0.5, 0.25, 0.125], 1e-15);
  });

  it("cosineDecay is half way down half way through, and stays at its end", () => {
    const decay = cosineDecay({ initial: 3, final: 1, steps: 4 });
    const quarter = Math.SQRT1_2;
    expectClose(first(decay, 7), [3, 2 + quarter, 2, 2 - quarter, 1, 1, 1], 1e-15);
    expect(cosineDecay({ initial: 1, steps: 10 })(10)).toBe(0);
  });

  it("warmUp rises in a line to the first value of what follows", () => {
    const schedule = warmUp(4, stepDecay({ initial: 8, factor: 0.5, every: 1 }));
    expectClose(first(schedule, 7), [2, 4, 6, 8, 4, 2, 1], 1e-15);
    expectClose(first(warmUp(1, constant(5)), 2), [5, 5], 0);
  });

  it("is the same function of a tensor as of a number, also of the int32 count of updates", () => {
    const schedule = warmUp(3, cosineDecay({ initial: 1e-3, final: 1e-5, steps: 20 }));
    for (const step of [0, 2, 7, 30]) {
      const t = schedule(tensor(step, { dtype: "int32" }));
      expect([t.dtype, t.shape]).toEqual(["float64", []]);
      expect(t.item()).toBe(schedule(step));
    }
  });

  it("is part of the recorded update, so that it compiles with it", () => {
    const optimizer = adam({ learningRate: cosineDecay({ initial: 0.1, steps: 10 }) });
    const params = { x: tensor([1]) };
    const { tape } = record((s) => optimizer.update(params, params, s).params, optimizer.init(params));
    expect(tape.nodes.map(({ op }) => op.name)).toContain("cos");
  });

  it("drives the optimiser from its first update on", () => {
    const optimizer = sgd({ learningRate: stepDecay({ initial: 1, factor: 0.5, every: 1 }) });
    let params = { x: tensor([0]) };
    let state = optimizer.init(params);
    const seen = [1, 2, 3].map(() => {
      ({ params, state } = optimizer.update(params, { x: tensor([-1]) }, state));
      return params.x.item();
    });
    expect(seen).toEqual([1, 1.5, 1.75]);
  });

  it("refuses settings out of range", () => {
    expect(() => constant(-1)).toThrow("constant: value: got -1, expected a number of 0 or more");
    expect(() => stepDecay({ initial: 1, factor: 0, every: 1 })).toThrow("stepDecay: factor: got 0");
    expect(() => exponentialDecay({ initial: 1, factor: 1, every: 0.5 })).toThrow(
      "exponentialDecay: every: got 0.5, expected a whole number of 1 or more",
    );
    expect(() => cosineDecay({ initial: NaN, steps: 1 })).toThrow("cosineDecay: initial: got NaN");
    expect(() => warmUp(0, constant(1))).toThrow("warmUp: steps: got 0");
  });
});
