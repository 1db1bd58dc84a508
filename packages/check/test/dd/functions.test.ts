import { describe, expect, test } from "vitest";
import { add, div, lo, mul, sqrt } from "../../src/dd/arithmetic.js";
import * as functions from "../../src/dd/functions.js";
import { fixtures, relativeError } from "./fixtures.js";

const { pow, ...others } = functions;
const unary: Record<string, (h: number, l: number) => number> = { sqrt, ...others };
const binary: Record<string, (ah: number, al: number, bh: number, bl: number) => number> = {
  add,
  mul,
  div,
  pow,
};
const ARITHMETIC = 3e-31;
const FUNCTION = 1e-29;

describe("every function of double-double is as near to mpmath's value as it promises", () => {
  test.each(Object.entries(unary))("%s", (name, f) => {
    const errors = fixtures.functions[name]!.map(([xh, xl, yh, yl]) => {
      const h = f(xh!, xl!);
      const error = relativeError(h, lo(), yh!, yl!);
      return { x: xh, error: Number.isNaN(error) ? Infinity : error };
    });
    const worst = errors.reduce((a, b) => (b.error > a.error ? b : a));
    expect(errors.length).toBeGreaterThan(40);
    expect(worst.error, `at ${worst.x}`).toBeLessThan(name === "sqrt" ? ARITHMETIC : FUNCTION);
  });

  test.each(Object.entries(binary))("%s", (name, f) => {
    const errors = fixtures.functions[name]!.map(([ah, al, bh, bl, yh, yl]) => {
      const h = f(ah!, al!, bh!, bl!);
      const error = relativeError(h, lo(), yh!, yl!);
      return { a: ah, b: bh, error: Number.isNaN(error) ? Infinity : error };
    });
    const worst = errors.reduce((x, y) => (y.error > x.error ? y : x));
    expect(errors.length).toBeGreaterThanOrEqual(40);
    expect(worst.error, `at ${worst.a}, ${worst.b}`).toBeLessThan(name === "pow" ? FUNCTION : ARITHMETIC);
  });
});
