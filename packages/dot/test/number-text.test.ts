import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { amount, duration, percent, unit } from "../src/overlay/number-text.js";

describe("numbers in a drawing", () => {
  it.each([
    [0, "0 FLOP"],
    [12, "12 FLOP"],
    [994, "990 FLOP"],
    [995, "1 kFLOP"],
    [999, "1 kFLOP"],
    [1000, "1 kFLOP"],
    [18_432, "18 kFLOP"],
    [999_999, "1 MFLOP"],
    [2.1e9, "2.1 GFLOP"],
    [4e15, "4 PFLOP"],
    [4e19, "40000 PFLOP"],
  ])("say %d as %s", (x, text) => expect(unit(x, "FLOP")).toBe(text));

  it.each([
    [0, "0"],
    [0.0123, "0.012"],
    [0.000_999_9, "0.001"],
    [3.44e-7, "3.4e-7"],
    [9949, "9900"],
    [9999, "1.0e4"],
    [Infinity, "Infinity"],
  ])("say %d as %s", (x, text) => expect(amount(x)).toBe(text));

  it.each([
    [1200, "1.2 s"],
    [999.9, "1 s"],
    [1.24, "1.2 ms"],
    [0.9996, "1 ms"],
    [0.012, "12 µs"],
    [0.000_999_9, "1 µs"],
    [0.000_05, "50 ns"],
  ])("say %d ms as %s", (ms, text) => expect(duration(ms)).toBe(text));

  it.each([
    [0, "0 %"],
    [0.01, "< 0.1 %"],
    [1.26, "1.3 %"],
    [9.96, "10 %"],
    [42.4, "42 %"],
  ])("say %d of 100 as %s", (part, text) => expect(percent(part, 100)).toBe(text));

  it("have at most three digits before their unit", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 9e17, noNaN: true }), (x) => {
        expect(Number(unit(x, "B").split(" ")[0])).toBeLessThan(1000);
      }),
    );
  });
});
