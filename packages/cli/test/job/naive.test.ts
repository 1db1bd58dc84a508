import { describe, expect, it } from "vitest";
import { naiveForecasts, rmse } from "../../src/job/naive.js";

const array = (...values: number[]) => Float64Array.from(values);

describe("naive forecasts", () => {
  it("are the last value, the last season's, and the last value moved by the last season's change", () => {
    const series = array(1, 2, 4, 7, 11, 16);
    expect(naiveForecasts(series, 4, 3)).toEqual([
      { name: "persistence", values: array(7, 11) },
      { name: "seasonal naive (3)", values: array(2, 4) },
      { name: "last season's change", values: array(7 + 2 - 1, 11 + 4 - 2) },
    ]);
  });

  it("look at no point from the forecast one on", () => {
    const before = naiveForecasts(array(3, 1, 4, 1, 5, 9), 5, 2);
    const after = naiveForecasts(array(3, 1, 4, 1, 5, 1e9), 5, 2);
    expect(after).toEqual(before);
  });

  it("are persistence alone without a season", () => {
    expect(naiveForecasts(array(1, 2, 3), 1, undefined).map(({ name }) => name)).toEqual(["persistence"]);
  });

  it("are perfect where they should be: a season on a straight line", () => {
    const series = Float64Array.from({ length: 60 }, (_, i) => 0.5 * i + [0, 3, -1, 2][i % 4]!);
    const change = naiveForecasts(series, 30, 4)[2]!;
    expect(rmse(change.values, series.slice(30))).toBeLessThan(1e-12);
  });
});

describe("the root mean squared error", () => {
  it("is that", () => {
    expect(rmse(array(1, 2, 3), array(1, 4, 7))).toBeCloseTo(Math.sqrt(20 / 3), 12);
    expect(rmse(array(1, 2), array(1, 2))).toBe(0);
  });

  it("neither overflows nor vanishes", () => {
    expect(rmse(array(1e300, 0), array(0, 0))).toBeCloseTo(1e300 / Math.SQRT2, -290);
    expect(rmse(array(1e-300, 0), array(0, 0)) / 1e-300).toBeCloseTo(1 / Math.SQRT2, 12);
  });

  it("is NaN where a forecast is, and infinite where one is", () => {
    expect(rmse(array(1, NaN, 2), array(1, 1, 1))).toBeNaN();
    expect(rmse(array(1, Infinity), array(1, 1))).toBe(Infinity);
  });
});
