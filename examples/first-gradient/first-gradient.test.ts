import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import "@tapeloop/check/vitest";
import { tensor } from "@tapeloop/core";
import { curvature, f, slope, tape, x, y } from "./first-gradient.js";

const { sin, cos } = Math;
const points = [0, 1, 2];

test("value, gradient and second derivative are those of the formulas", () => {
  expect(y.item()).toBeCloseTo(
    points.reduce((total, v) => total + v * sin(v) + 3 * v, 0),
    5,
  );
  points.forEach((v, i) => {
    expect(slope.index(i).item()).toBeCloseTo(sin(v) + v * cos(v) + 3, 5);
    expect(curvature.index(i).item()).toBeCloseTo(2 * cos(v) - v * sin(v), 5);
  });
  expect(x.toArray()).toEqual(points);
});

test("the gradient agrees with finite differences", () => {
  expect(f).toPassGradcheck([tensor([0, 1, 2], { dtype: "float64" })], { order: 2 });
});

test("the tape is the one that the README shows", () => {
  const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
  const shown = readme
    .split("\n")
    .filter((line) => line.startsWith("    "))
    .map((line) => line.slice(4));
  expect(String(tape).split("\n")).toEqual(shown);
});
