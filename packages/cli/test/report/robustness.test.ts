import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderReport } from "../../src/report/index.js";
import { openPage } from "./page.js";
import { SAMPLE } from "./sample.js";

/** A series as a diverged training leaves it: any length, huge, tiny, zero and broken numbers. */
const series = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.double({ min: -1e3, max: 1e3, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 5e-324, 1e308, -1e308) },
  ),
  { maxLength: 70 },
);
const number = fc.oneof(fc.constantFrom(NaN, Infinity, -Infinity, 0, 1e-310, 1e300), fc.double());

describe("a report of any numbers whatever", () => {
  const data = fc.record({ a: series, b: series, c: series, d: series, x: number, y: number });

  it("is rendered, and its drawings contain only finite coordinates", () => {
    fc.assert(
      fc.property(data, ({ a, b, c, d, x, y }) => {
        const markup = renderReport({
          ...SAMPLE,
          model: { name: "LSTM", rmse: Math.abs(x) },
          naive: [{ name: "persistence", rmse: Math.abs(y) }],
          loss: { training: a, validation: b },
          forecast: { truth: a, model: b, naive: [{ name: "persistence", values: c }] },
          stateGradient: { norms: d },
          gradcheck: {
            verdict: "inconclusive",
            comparisons: 0,
            entries: { checked: 0, total: 0 },
            worst: { path: "w", index: [0], analytic: x, numeric: y, tolerance: y },
          },
        });
        const page = openPage(markup);
        const drawn = page.all(".chart *, .bar *").flatMap((element) => {
          return element.getAttributeNames().map((name) => `${name}=${element.getAttribute(name) ?? ""}`);
        });
        expect(drawn.filter((attribute) => /NaN|Infinity|undefined/.test(attribute))).toEqual([]);
        expect(page.texts("main").join()).not.toMatch(/\bNaN\b|undefined|\[object/);
        expect(page.all("section")).toHaveLength(5);
      }),
      { numRuns: 40 },
    );
  });
});
