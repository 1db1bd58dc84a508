import { describe, expect, it } from "vitest";
import { formatDuration, formatLoss } from "../../src/progress/index.js";

describe("a duration", () => {
  it.each([
    [400, "0 s"],
    [59_400, "59 s"],
    [59_600, "1 min 00 s"],
    [200_000, "3 min 20 s"],
    [3_900_000, "1 h 05 min"],
  ])("of %d ms is written %s", (milliseconds, expected) => {
    expect(formatDuration(milliseconds)).toBe(expected);
  });
});

describe("a loss", () => {
  it.each([
    [0, "0"],
    [0.0123456, "0.01235"],
    [12.3456, "12.35"],
    [1.23456e-7, "1.23e-7"],
    [1.5e9, "1.50e+9"],
    [NaN, "NaN"],
    [Infinity, "Infinity"],
  ])("of %d is written %s", (loss, expected) => {
    expect(formatLoss(loss)).toBe(expected);
  });
});
