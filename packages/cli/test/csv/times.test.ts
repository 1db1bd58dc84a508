import { describe, expect, it } from "vitest";
import { parseTimes } from "../../src/csv/index.js";

describe("a column of times", () => {
  it.each([
    ["1958-03", Date.UTC(1958, 2, 1)],
    ["1958-03-29", Date.UTC(1958, 2, 29)],
    ["2010/1/2", Date.UTC(2010, 0, 2)],
    ["2010-01-01T05:30", Date.UTC(2010, 0, 1, 5, 30)],
    ["2010-01-01 05:30:15", Date.UTC(2010, 0, 1, 5, 30, 15)],
    ["2010-01-01T05:30:15.250Z", Date.UTC(2010, 0, 1, 5, 30, 15)],
    ["2010-01-01T05:30+02:00", Date.UTC(2010, 0, 1, 3, 30)],
    ["2010-01-01T05:30-0230", Date.UTC(2010, 0, 1, 8, 0)],
  ])("reads %j as that moment in UTC, on any machine", (text, expected) => {
    expect(parseTimes([text])).toEqual({ kind: "date", values: Float64Array.of(expected) });
  });

  it("reads years and decimal years as numbers", () => {
    expect(parseTimes(["1958", "1958.5"])).toEqual({ kind: "number", values: Float64Array.of(1958, 1958.5) });
  });

  it.each(["1/31/2020", "2020-02-30", "2020-13-01", "2020-01-01T25:00", "yesterday", ""])(
    "is left as text when one entry is %j",
    (odd) => {
      expect(parseTimes(["2020-01-01", odd])).toBeUndefined();
    },
  );

  it("is nothing when there are none", () => {
    expect(parseTimes([])).toBeUndefined();
  });
});
