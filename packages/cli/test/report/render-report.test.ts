import { describe, expect, it } from "vitest";
import { renderReport, type ReportData } from "../../src/report/index.js";
import { openPage } from "./page.js";
import { SAMPLE } from "./sample.js";

const open = (changes: Partial<ReportData> = {}) => openPage(renderReport({ ...SAMPLE, ...changes }));

describe("the report of a training", () => {
  it("says what was trained on what", () => {
    const page = open();
    expect(page.texts("h1")).toEqual(["LSTM forecast of CO2"]);
    const facts = page
      .texts(".card dt")
      .map((name, index): [string, string | undefined] => [name, page.texts(".card dd")[index]]);
    expect(Object.fromEntries(facts)).toEqual({
      file: "co2.csv",
      column: "CO2",
      cell: "lstm",
      window: "24",
      hidden: "32",
      "test windows": "120",
      seed: "7",
      tapeloop: "0.1.0",
      node: "20.19.0",
      made: "2020-01-02",
    });
    expect(page.texts("footer pre")).toEqual(["npx tapeloop train co2.csv --seed 7"]);
    expect(page.texts(".warning")).toEqual(["Note. The first three rows were left out."]);
  });

  it("has the test error of the model beside those of the naive forecasts, in the data's units", () => {
    const page = open();
    expect(page.texts("tbody tr")).toEqual([
      "LSTM 0.3000 1.00",
      "persistence 1.200 4.00",
      "seasonal-naive 0.4000 1.33",
    ]);
    expect(page.texts("tbody strong")).toEqual(["0.3000"]);
    expect(page.texts("caption")[0]).toContain("in ppm");
    expect(open({ unit: undefined }).texts("caption")[0]).toContain("in the units of CO2");
  });

  it.each([
    [
      0.3,
      [1.2, 0.4],
      "0.3000 ppm (RMSE), 25 % less than the best naive forecast, seasonal-naive (0.4000 ppm).",
    ],
    [
      0.6,
      [1.2, 0.4],
      "0.6000 ppm (RMSE), 50 % more than the best naive forecast, seasonal-naive (0.4000 ppm).",
    ],
    [0.3, [], "LSTM misses the test values by 0.3000 ppm (RMSE)."],
    [0.3, [NaN, 0], "LSTM misses the test values by 0.3000 ppm (RMSE)."],
    [NaN, [1.2, 0.4], "The test error of LSTM is not a finite number"],
  ])("sums up an error of %d beside %j honestly", (rmse, naive, expected) => {
    const page = open({
      model: { name: "LSTM", rmse },
      naive: naive.map((error, index) => ({ name: SAMPLE.naive[index]?.name ?? "", rmse: error })),
    });
    expect(page.texts(".lead")[0]).toContain(expected);
  });

  it("gives the verdict of the gradient check with its worst entry", () => {
    const page = open();
    expect(page.texts("section:has(#gradients) > p").at(-1)).toBe(
      "✓ Passed: 96 comparisons with finite differences; 64 of 4,385 gradient entries were checked one by one.",
    );
    expect(page.texts("section dl div")).toEqual([
      "Worst entry lstm.wf[3, 1]",
      "Analytic (reverse) -2.500000000e-1",
      "Numeric -2.500000001e-1",
      "Difference 1.00 × 10⁻¹⁰",
      "Tolerance 10⁻⁶",
      "Relative error 4.00 × 10⁻¹⁰",
    ]);
    expect(open({ gradcheck: undefined }).texts(".nothing")).toEqual(["No gradient check was run."]);
  });

  it("says why a gradient check did not pass", () => {
    const check = { comparisons: 1, entries: { checked: 1, total: 1 } };
    const worst = {
      path: "w",
      index: [],
      isDirection: true,
      analytic: 1,
      numeric: 2,
      tolerance: 0,
      reason: "A kink.",
    };
    const failed = open({
      gradcheck: { ...check, verdict: "fail", worst, problems: ["Not deterministic."] },
    });
    expect(failed.texts(".bad")).toEqual(["✗ Failed"]);
    expect(failed.texts("section:has(#gradients) > p").slice(-2)).toEqual(["Not deterministic.", "A kink."]);
    expect(failed.texts("section dl div")[0]).toBe("Worst entry w, along a random direction");
    const undecided = open({ gradcheck: { ...check, verdict: "inconclusive" } });
    expect(undecided.texts("section:has(#gradients) > p").at(-1)).toMatch(/^\? Inconclusive:/);
  });

  it("tells how far the gradient reaches back through time", () => {
    const caption = (norms: readonly number[]) => {
      return open({ stateGradient: { norms } }).texts("section:has(#gradients) figcaption")[0];
    };
    expect(caption([0.25, 1])).toContain("from step 2 to step 1 it shrinks by a factor of 4.000.");
    expect(caption([10, 1])).toContain("it grows by a factor of 10.00.");
    expect(caption([0, 0, 1])).toContain("It is zero at 2 of 3 time steps.");
    expect(caption([NaN, 1])).toContain("It is not finite at 1 of 2 time steps.");
  });

  it("is the same, byte for byte, for the same data", () => {
    expect(renderReport(SAMPLE)).toBe(renderReport(structuredClone(SAMPLE)));
  });
});

describe("the charts of the report", () => {
  const axisTexts = (page: ReturnType<typeof open>, section: string, axis: string) => {
    return page.texts(`section:has(#${section}) .wide [aria-label="${axis}-axis tick label"] text`);
  };

  it("have an axis of dates when the times are dates, and of years when they are years", () => {
    expect(axisTexts(open(), "forecast", "x")).toContain("2014");
    const times = SAMPLE.forecast.times?.map((_, index) => String(1900 + index));
    const years = open({ forecast: { ...SAMPLE.forecast, times } });
    expect(axisTexts(years, "forecast", "x")).toContain("1920");
  });

  it("are lettered with the times as they stand when these are no dates, and count without any", () => {
    const times = SAMPLE.forecast.times?.map((_, index) => `lap ${index + 1} of a very long race`);
    const laps = axisTexts(open({ forecast: { ...SAMPLE.forecast, times } }), "forecast", "x");
    expect(laps.length).toBeGreaterThan(3);
    expect(laps.every((text) => /^lap \d+ of a v?e?r?…$/.test(text))).toBe(true);
    const counted = open({ forecast: { ...SAMPLE.forecast, times: undefined } });
    expect(axisTexts(counted, "forecast", "x")).toContain("100");
  });

  it("show losses that span more than a decade on a logarithmic axis, and others on a linear one", () => {
    expect(axisTexts(open(), "training", "y")).toEqual(expect.arrayContaining(["0.01", "0.1", "1"]));
    const flat = open({ loss: { training: [3, 2, 1], validation: [] } });
    expect(axisTexts(flat, "training", "y")).toEqual(expect.arrayContaining(["1", "2", "3"]));
    expect(flat.texts("section:has(#training) text")).toContain("loss");
  });

  it("show the end of a long test span enlarged", () => {
    const long = Float64Array.from({ length: 300 }, (_, index) => index);
    const page = open({ forecast: { truth: long, model: long, naive: [] } });
    expect(page.texts("h3")).toContain("A closer look");
    expect(open().texts("h3")).not.toContain("A closer look");
  });

  it("leave room for long numbers beside the axis", () => {
    const values = Float64Array.of(123_456_789_000, 123_456_789_001);
    const page = open({ forecast: { truth: values, model: values, naive: [] } });
    const label = page.all('#forecast ~ figure .narrow [aria-label="y-axis tick label"] text')[0];
    expect(label?.textContent.length ?? 0).toBeGreaterThan(5);
    const x = Number(/translate\(([\d.]+)/.exec(label?.getAttribute("transform") ?? "")?.[1]);
    expect(x).toBeGreaterThan(5 * (label?.textContent.length ?? 0));
  });

  it("are thinned to what a screen can show when there are very many points", () => {
    const many = Float64Array.from({ length: 200_000 }, (_, index) => Math.sin(index));
    expect(
      renderReport({ ...SAMPLE, forecast: { truth: many, model: many, naive: [] } }).length,
    ).toBeLessThan(700_000);
  });

  it("say so in the place of a chart when there is nothing finite to draw", () => {
    const page = open({
      loss: { training: [NaN, NaN], validation: [] },
      forecast: { truth: [], model: [], naive: [] },
      stateGradient: { norms: [Infinity] },
    });
    expect(page.texts(".nothing")).toEqual(Array(4).fill("There are no finite values to draw."));
    expect(page.all(".chart")).toEqual([]);
  });

  it("tell in which epoch the loss stopped being finite", () => {
    const page = open({ loss: { training: [1, 0.5, NaN, NaN], validation: [1, 0.5, NaN, NaN] } });
    expect(page.texts("section:has(#training) figcaption")[0]).toContain("The loss of epoch 3 is not finite");
  });
});
