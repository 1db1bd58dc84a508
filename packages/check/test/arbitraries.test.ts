import { add, matmul, mul, tanh, zeros, type Tensor } from "@tapeloop/core";
import {
  broadcastableShapes,
  broadcastableTensors,
  cellCases,
  shapes,
  tensors,
} from "@tapeloop/check/arbitraries";
import { lstm } from "@tapeloop/nn";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";

describe("shapes", () => {
  test.prop([shapes({ minRank: 1, maxRank: 2, minSize: 0, maxSize: 3 })])("keep their limits", (shape) => {
    expect([1, 2]).toContain(shape.length);
    for (const n of shape) expect(n >= 0 && n <= 3).toBe(true);
  });

  test.prop([broadcastableShapes(3, { minSize: 0 })])("that broadcast do", (all) => {
    const [a = [], b = [], c = []] = all;
    expect(() => add(add(zeros(a), zeros(b)), zeros(c))).not.toThrow();
  });

  test.prop([broadcastableShapes(2, { minRank: 1 })])("that broadcast keep the smallest rank", (all) => {
    for (const shape of all) expect(shape.length).toBeGreaterThan(0);
  });

  test("that broadcast are not all alike", () => {
    const samples = fc.sample(broadcastableShapes(2), { numRuns: 100, seed: 1 });
    expect(samples.filter(([a, b]) => String(a) !== String(b)).length).toBeGreaterThan(20);
  });

  test("must be asked for in whole numbers", () => {
    expect(() => broadcastableShapes(0)).toThrow("got 0 shapes, expected a whole number of 1 or more");
  });
});

describe("tensors", () => {
  test.prop([tensors({ maxRank: 2 })])("are float64 and finite by default", (t) => {
    expect(t.dtype).toBe("float64");
    expect(t.rank).toBeLessThanOrEqual(2);
    expect(Array.from(t.data).every(Number.isFinite)).toBe(true);
  });

  test.prop([tensors({ shape: [2, 3], dtype: "float32", low: 1, high: 2 })])("keep shape and bounds", (t) => {
    expect([t.dtype, t.shape]).toEqual(["float32", [2, 3]]);
    for (const v of t.data) expect(v >= 1 && v <= 2).toBe(true);
  });

  test.prop([broadcastableTensors(2)])("that broadcast can be multiplied", ([a, b]) => {
    expect(a && b && mul(a, b).dtype).toBe("float64");
  });

  test("shrink their shape, never their values", () => {
    const holds = (t: Tensor): boolean => t.size < 3;
    const found = fc.check(fc.property(tensors({ minRank: 1, maxRank: 2 }), holds), { seed: 3 });
    const [smallest] = found.counterexample ?? [];
    expect([3, 4]).toContain(smallest?.size);
    for (const v of smallest?.data ?? []) expect(Math.abs(v)).toBeGreaterThan(1e-6);
  });
});

describe("cellCases", () => {
  test.prop([cellCases(lstm, { maxTime: 2, maxBatch: 2 })])(
    "fit the cell",
    ({ params, state, xs, sizes }) => {
      const [time = 0, batch = 0, input] = xs.shape;
      expect(input).toBe(sizes.input);
      expect(state.h.shape).toEqual([batch, sizes.hidden]);
      expect(time * batch).toBeGreaterThan(0);
      expect(params.bf.data.every((v) => v !== 0)).toBe(true);
    },
  );

  test("shrink to one of everything", () => {
    const slow = {
      init: ({ input, hidden }: { input: number; hidden: number }) => ({
        w: zeros([input, hidden], { dtype: "float64" }),
      }),
      state: ({ hidden }: { hidden: number }, batch: number) => ({ h: zeros([batch, hidden]) }),
    };
    const never = fc.property(cellCases(slow), ({ params, xs }) => tanh(matmul(xs, params.w)).size === 0);
    const { counterexample } = fc.check(never, { seed: 5 });
    const [smallest] = counterexample ?? [];
    expect([smallest?.xs.shape, smallest?.sizes]).toEqual([[1, 1, 1], { input: 1, hidden: 1 }]);
  });
});
