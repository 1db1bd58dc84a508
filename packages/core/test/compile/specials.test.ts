import * as t from "@tapeloop/core";
import type { Dtype, Tensor } from "@tapeloop/core";
import { describe, expect, test } from "vitest";
import { disparities } from "./parity.js";
import { exactBinary, exactUnary, roundedUnary, valuesOf } from "./elementwise.js";

const floats = ["float32", "float64"] as const;
const numbers = ["float32", "float64", "int32"] as const;
const all = ["float32", "float64", "int32", "bool"] as const;

/** All pairs of values, as two operands that broadcast to a square. */
function pairs(dtype: Dtype): [Tensor, Tensor] {
  const values = valuesOf(dtype);
  return [t.reshape(values, [values.size, 1]), values];
}

describe("special values", () => {
  test.each(
    Object.entries(exactUnary).flatMap(([name, { fn, on }]) => on.map((dtype) => ({ name, fn, dtype }))),
  )("$name of $dtype is the same to the last bit", ({ fn, dtype }) => {
    const x = valuesOf(dtype);
    expect(disparities((v) => [fn(v)], [x], { ulps: 0 })).toEqual([]);
  });

  test.each(
    Object.entries(exactBinary).flatMap(([name, { fn, on }]) => on.map((dtype) => ({ name, fn, dtype }))),
  )("$name of $dtype is the same to the last bit, for every pair", ({ fn, dtype }) => {
    expect(disparities((a, b) => [fn(a, b), fn(b, a)], pairs(dtype), { ulps: 0 })).toEqual([]);
  });

  test.each(
    Object.entries(roundedUnary).flatMap(([name, fn]) => floats.map((dtype) => ({ name, fn, dtype }))),
  )("$name of $dtype is within a few units in the last place of each result", ({ fn, dtype }) => {
    // One result per element, so that each is measured by itself.
    const elements = t.unstack(valuesOf(dtype));
    expect(disparities((...xs) => xs.map((x) => fn(x)), elements, { ulps: 6 })).toEqual([]);
  });

  test.each(all.flatMap((from) => all.map((to) => ({ from, to }))))(
    "cast from $from to $to",
    ({ from, to }) => {
      expect(disparities((x) => [t.cast(x, to)], [valuesOf(from)], { ulps: 0 })).toEqual([]);
    },
  );

  test.each(numbers)("folds of %s, over NaN and infinities too", (dtype) => {
    const x = valuesOf(dtype);
    const square = t.add(t.mul(t.reshape(x, [x.size, 1]), t.cast(t.tensor([1, 0, 1, 1, 1, 0, 1]), dtype)), 0);
    const run = (v: Tensor): Tensor[] =>
      [[0], [1], [0, 1]].flatMap((axes) => [t.max(v, { axes }), t.min(v, { axes }), t.sum(v, { axes })]);
    expect(disparities((v) => run(v), [square], { ulps: 2 })).toEqual([]);
  });
});
