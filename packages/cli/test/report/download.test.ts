import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSeriesText } from "../../src/csv/index.js";
import { renderReport } from "../../src/report/index.js";
import { openPage } from "./page.js";
import { SAMPLE } from "./sample.js";

/** The text of a download of a report, by its file name. */
function download(data: typeof SAMPLE, fileName: string): string {
  const [link] = openPage(renderReport(data)).all(`a[download="${fileName}"]`);
  const [, text = ""] = /^data:text\/csv;charset=utf-8,(.*)$/.exec(link?.getAttribute("href") ?? "") ?? [];
  return decodeURIComponent(text);
}

describe("the numbers behind a chart", () => {
  it("can be saved from the page and read back without loss", () => {
    const text = download(SAMPLE, "forecast.csv");
    for (const [column, values] of [
      ["truth", SAMPLE.forecast.truth],
      ["LSTM", SAMPLE.forecast.model],
      ["seasonal-naive", SAMPLE.forecast.naive[1]?.values ?? []],
    ] as const) {
      const series = readSeriesText(text, "forecast.csv", { column });
      expect([...series.values]).toEqual(Array.from(values));
      expect(series.times).toEqual(SAMPLE.forecast.times);
    }
    expect([
      ...readSeriesText(download(SAMPLE, "loss.csv"), "loss.csv", { column: "validation" }).values,
    ]).toEqual(SAMPLE.loss.validation);
  });

  it("hold no cell that a spreadsheet would run as a formula", () => {
    const times = SAMPLE.forecast.times?.map(() => '=HYPERLINK("x")') ?? [];
    const data = {
      ...SAMPLE,
      forecast: { ...SAMPLE.forecast, times },
      model: { ...SAMPLE.model, name: "@x" },
    };
    const text = download(data, "forecast.csv");
    expect(text).toMatch(/^time,truth,'@x,/);
    expect(text).toContain(`\r\n"'=HYPERLINK(""x"")",`);
  });

  it("are not offered when there are none", () => {
    const data = { ...SAMPLE, loss: { training: [], validation: [] } };
    expect(download(data, "loss.csv")).toBe("");
  });

  it("keep names apart from cells, whatever the names", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 10 }), (name) => {
        const text = download({ ...SAMPLE, model: { name: `x ${name}`, rmse: 1 } }, "forecast.csv");
        expect([...readSeriesText(text, "f.csv", { column: "truth" }).values]).toEqual([
          ...Array.from(SAMPLE.forecast.truth),
        ]);
      }),
      { numRuns: 10 },
    );
  });
});
