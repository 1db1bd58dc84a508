import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logTicks } from "../../src/report/charts/draw.js";
import { drawable, extent, thin, toPoints, wantsLogScale } from "../../src/report/charts/series.js";
import { formatNumber, formatTick } from "../../src/report/numbers.js";

describe("thinning a long line", () => {
  const values = fc.array(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(NaN)), {
    minLength: 1,
    maxLength: 500,
  });

  it("keeps its ends, its peaks, its gaps and its order, and at most five points for a pixel", () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 50 }), (all, columns) => {
        const points = toPoints(all, (index) => index);
        const thinned = thin(points, columns);
        const places = thinned.map(({ x }) => Number(x));
        expect(thinned.length).toBeLessThanOrEqual(5 * columns);
        expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
        expect(thinned.every((point) => points.includes(point))).toBe(true);
        expect([places[0], places.at(-1)]).toEqual([0, all.length - 1]);
        expect(extent(drawable(thinned.map(({ y }) => y)))).toEqual(extent(drawable(all)));
        expect(thinned.some(({ y }) => Number.isNaN(y))).toBe(points.some(({ y }) => Number.isNaN(y)));
      }),
    );
  });

  it("leaves a short line alone", () => {
    const points = toPoints([1, NaN, 3], (index) => index);
    expect(thin(points, 10)).toBe(points);
  });
});

describe("a logarithmic axis", () => {
  it("is for values of one sign that span more than a decade", () => {
    expect(wantsLogScale([0.01, 1])).toBe(true);
    expect(wantsLogScale([0, 0.01, 1])).toBe(true);
    expect(wantsLogScale([0.5, 1])).toBe(false);
    expect(wantsLogScale([-1, 100])).toBe(false);
    expect(wantsLogScale([0, 0])).toBe(false);
    expect(wantsLogScale([])).toBe(false);
  });

  it("has two to twelve ticks, all of them inside, over any range of more than a decade", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -290, max: 290, noNaN: true }),
        fc.double({ min: 1.01, max: 15, noNaN: true }),
        (from, decades) => {
          const [low, high] = [10 ** from, 10 ** (from + decades)];
          const ticks = logTicks([low, high]);
          expect(ticks.length).toBeGreaterThanOrEqual(2);
          expect(ticks.length).toBeLessThanOrEqual(12);
          expect(ticks.every((tick) => tick >= low && tick <= high)).toBe(true);
        },
      ),
    );
  });
});

describe("a number for a reader", () => {
  it.each([
    [0, "0"],
    [0.3, "0.3000"],
    [-12.3456, "−12.35"],
    [1234.5, "1,235"],
    [0.00001234, "1.23 × 10⁻⁵"],
    [1e-12, "10⁻¹²"],
    [2.5e7, "2.50 × 10⁷"],
    [NaN, "not a number"],
    [-Infinity, "−∞"],
  ])("%d is written %s", (value, expected) => {
    expect(formatNumber(value)).toBe(expected);
  });

  it.each([
    [0.1 + 0.2, "0.3"],
    [-415, "−415"],
    [12_000_000, "1.2 × 10⁷"],
    [0.0001, "10⁻⁴"],
  ])("%d is lettered %s on an axis", (value, expected) => {
    expect(formatTick(value)).toBe(expected);
  });
});
