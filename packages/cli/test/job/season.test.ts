import { describe, expect, it } from "vitest";
import { chooseSeason, detectSeason } from "../../src/job/season.js";

/** ISO times from 2000-01-01, so many hours apart. */
function hourly(hours: number, count = 40): string[] {
  return Array.from({ length: count }, (_, i) =>
    new Date(Date.UTC(2000, 0, 1) + i * hours * 3_600_000).toISOString(),
  );
}

/** Months from 1990-01, so many apart. */
function monthly(months: number, count = 40): string[] {
  return Array.from({ length: count }, (_, i) => {
    const month = i * months;
    return `${1990 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, "0")}`;
  });
}

describe("the season that times suggest", () => {
  it.each([
    ["half-years", monthly(6), 2],
    ["quarters", monthly(3), 4],
    ["months", monthly(1), 12],
    ["weeks", hourly(24 * 7), 52],
    ["days", hourly(24), 7],
    ["six hours", hourly(6), 4],
    ["hours", hourly(1), 24],
    ["half hours", hourly(0.5), 48],
    ["five minutes", hourly(1 / 12), 288],
    ["months as fractions of a year", Array.from({ length: 40 }, (_, i) => (1958 + i / 12).toFixed(4)), 12],
    ["quarters as fractions of a year", Array.from({ length: 40 }, (_, i) => String(1958 + i / 4)), 4],
    ["years", monthly(12), undefined],
    ["numbered years", Array.from({ length: 40 }, (_, i) => String(1958 + i)), undefined],
    ["numbered points", Array.from({ length: 40 }, (_, i) => String(i)), undefined],
    ["seven hours", hourly(7), undefined],
    ["words", ["first", "second", "third"], undefined],
    ["two points", monthly(1, 2), undefined],
  ])("for %s", (_name, times, season) => {
    expect(detectSeason(times)).toBe(season);
  });

  it("is that of most gaps, when some points are missing", () => {
    expect(detectSeason(monthly(1, 60).filter((_, i) => i % 9 !== 0))).toBe(12);
  });
});

describe("the season for the naive forecasts", () => {
  const series = { name: "x", values: new Float64Array(40), rows: 40, warnings: [], times: monthly(1) };

  it("is the one asked for, before the one that the times suggest", () => {
    expect(chooseSeason(series, 30, undefined)).toBe(12);
    expect(chooseSeason(series, 30, 6)).toBe(6);
    expect(chooseSeason(series, 30, "none")).toBeUndefined();
  });

  it("must leave points to look back on", () => {
    expect(chooseSeason(series, 12, undefined)).toBeUndefined();
    expect(chooseSeason(series, 13, undefined)).toBe(12);
    expect(() => chooseSeason(series, 30, 30)).toThrow(
      "--season 30: only 30 points stand before the test span",
    );
  });
});
