import { apply, defineOp, ShapeError, unstack, type Tensor } from "@tapeloop/core";
import { describe, expect, test } from "vitest";
import { values } from "../helpers/values.js";

type One = readonly [Tensor];
const x = values([3], 1);

describe("a kernel that breaks its own shape rule is told so", () => {
  test("when it returns too few elements", () => {
    const op = defineOp<One>({ name: "short", shape: ([t]) => t, forward: () => new Float64Array(1) });
    expect(() => apply(op, [x], {})).toThrow(ShapeError);
    expect(() => apply(op, [x], {})).toThrow(
      "short: its kernel returned 1 elements of float64, expected float64 [3] as its shape rule says",
    );
  });

  test("when it returns elements of another dtype", () => {
    const op = defineOp<One>({ name: "single", shape: ([t]) => t, forward: () => new Float32Array(3) });
    expect(() => apply(op, [x], {})).toThrow("single: its kernel returned 3 elements of float32");
  });

  test("when it returns a view of another shape", () => {
    const op = defineOp<One>({
      name: "view",
      shape: ([{ dtype }]) => ({ shape: [2], dtype }),
      forward: ([t]) => t,
    });
    expect(() => apply(op, [x], {})).toThrow("view: its kernel returned float64 [3], expected float64 [2]");
  });
});

test("an operation's outputs are distinct tensors, also for a great many of them", () => {
  const parts = unstack(values([30_000, 1], 1));
  expect(new Set(parts).size).toBe(30_000);
});
