import { add, matmul, mul, tanh, zeros, type Tensor } from "@tapeloop/core";
import {
  broadcastPair,
  broadcastShapes,
  broadcastTensors,
  cellCase,
  shape,
  tensorOf,
} from "@tapeloop/check/arbitraries";
import { lstm } from "@tapeloop/nn";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";

describe("shapes", () => {
  test.prop([shape({ minRank: 1, maxRank: 2, minSize: 0, maxSize: 3 })])("keep their limits", (sizes) => {
    expect([1, 2]).toContain(sizes.length);
    for (const n of sizes) expect(n >= 0 && n <= 3).toBe(true);
  });

  test.prop([broadcastShapes(3, { minSize: 0 })])("that broadcast do", (all) => {
    const [a = [], b = [], c = []] = all;
    expect(() => add(add(zeros(a), zeros(b)), zeros(c))).not.toThrow();
  });

  test.prop([broadcastPair({ minRank: 1 })])("that broadcast keep the smallest rank", (all) => {
    for (const sizes of all) expect(sizes.length).toBeGreaterThan(0);
  });

  test("that broadcast are not all alike", () => {
    const samples = fc.sample(broadcastPair(), { numRuns: 100, seed: 1 });
    expect(samples.filter(([a, b]) => String(a) !== String(b)).length).toBeGreaterThan(20);
  });

  test("must be asked for in whole numbers", () => {
    expect(() => broadcastShapes(0)).toThrow("got 0 shapes, expected a whole number of 1 or more");
  });
});

describe("tensors", () => {
  test.prop([tensorOf(shape({ maxRank: 2 }))])("are float64 and finite by default", (t) => {
    expect(t.dtype).toBe("float64");
    expect(t.rank).toBeLessThanOrEqual(2);
    expect(Array.from(t.data).every(Number.isFinite)).toBe(true);
  });

  test.prop([tensorOf([2, 3], { dtype: "float32", domain: [1, 2] })])("keep shape and bounds", (t) => {
    expect([t.dtype, t.shape]).toEqual(["float32", [2, 3]]);
    for (const v of t.data) expect(v >= 1 && v <= 2).toBe(true);
  });

  test.prop([tensorOf([5], { domain: [0, Infinity] }), tensorOf([5], { domain: [-Infinity, 3] })])(
    "keep one bound",
    (above, below) => {
      expect(Math.min(...above.data)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...below.data)).toBeLessThanOrEqual(3);
    },
  );

  test("need an interval to be in", () => {
    expect(() => tensorOf([1], { domain: [1, 1] })).toThrow("got the domain [1, 1]");
    expect(() => tensorOf([1], { domain: [NaN, 1] })).toThrow("expected two numbers, the lower first");
  });

  test.prop([broadcastTensors(2)])("that broadcast can be multiplied", ([a, b]) => {
    expect(a && b && mul(a, b).dtype).toBe("float64");
  });

  test("shrink their shape, never their values", () => {
    const holds = (t: Tensor): boolean => t.size < 3;
    const found = fc.check(fc.property(tensorOf(shape({ minRank: 1, maxRank: 2 })), holds), { seed: 3 });
    const [smallest] = found.counterexample ?? [];
    expect([3, 4]).toContain(smallest?.size);
    for (const v of smallest?.data ?? []) expect(Math.abs(v)).toBeGreaterThan(1e-6);
  });
});

describe("cellCase", () => {
  test.prop([cellCase(lstm, { maxTime: 2, maxBatch: 2 })])("fit the cell", ({ params, state, xs, sizes }) => {
    const [time = 0, batch = 0, input] = xs.shape;
    expect(input).toBe(sizes.input);
    expect(state.h.shape).toEqual([batch, sizes.hidden]);
    expect(time * batch).toBeGreaterThan(0);
    expect(params.bf.data.every((v) => v !== 0)).toBe(true);
  });

  test("shrink to one of everything", () => {
    const slow = {
      init: ({ input, hidden }: { input: number; hidden: number }) => ({
        w: zeros([input, hidden], { dtype: "float64" }),
      }),
      state: ({ hidden }: { hidden: number }, batch: number) => ({ h: zeros([batch, hidden]) }),
    };
    const never = fc.property(cellCase(slow), ({ params, xs }) => tanh(matmul(xs, params.w)).size === 0);
    const { counterexample } = fc.check(never, { seed: 5 });
    const [smallest] = counterexample ?? [];
    expect([smallest?.xs.shape, smallest?.sizes]).toEqual([[1, 1, 1], { input: 1, hidden: 1 }]);
  });
});
