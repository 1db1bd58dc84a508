import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forecastData, type DataSettings, type ForecastData } from "../../src/job/forecast-data.js";
import { InputError } from "../../src/input-error.js";

const SETTINGS: DataSettings = { window: 5, difference: 1, validation: 0.2, test: 0.2, batch: 8 };

function seriesOf(values: Float64Array) {
  return { name: "x", values, rows: values.length, warnings: [] };
}

/** A wavy series around a rising line, different for each seed. */
function wavy(count: number, seed: number): Float64Array {
  return Float64Array.from(
    { length: count },
    (_, i) => 300 + 0.2 * i + Math.sin(i * (1 + (seed % 7))) + Math.cos(seed + i * i),
  );
}

const made = (values: Float64Array, settings: Partial<DataSettings> = {}): ForecastData =>
  forecastData(seriesOf(values), "x.csv", { ...SETTINGS, ...settings });

/** All numbers that training gets to see. */
function seen({ training, validation, scaler }: ForecastData) {
  return [training, validation].flatMap((windows) => {
    const { inputs, targets } = windows.batch();
    return [inputs.toArray(), targets.toArray(), scaler.shift.item(), scaler.scale.item()];
  });
}

describe("the data of the forecasting job", () => {
  it("cover every point of validation and test once, whatever the settings", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 120 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 13 }),
        fc.nat(50),
        (count, window, difference, seed) => {
          const data = made(wavy(count, seed), { window, difference });
          const { training, validation, test, starts } = data;
          expect(starts.training).toBe(window + difference);
          expect(training.size).toBe(starts.validation - starts.training);
          expect(validation.size).toBe(starts.test - starts.validation);
          expect(test.size).toBe(count - starts.test);
        },
      ),
    );
  });

  it("turn a perfect forecast into the true values, in the units of the series", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 13 }), fc.nat(50), (difference, seed) => {
        const values = wavy(90, seed);
        const data = made(values, { difference });
        const forecast = data.inUnits(data.test.batch().targets);
        values.slice(data.starts.test).forEach((truth, i) => expect(forecast[i]).toBeCloseTo(truth, 4));
        expect(forecast.length).toBe(values.length - data.starts.test);
      }),
    );
  });

  it("show a forecast the points right before it", () => {
    // Of 0, 1, 4, 9 … the changes are 1, 3, 5 …, so that a place in the series can be read off.
    const squares = Float64Array.from({ length: 60 }, (_, i) => i * i);
    const data = made(squares);
    const { inputs, targets } = data.test.batch();
    const change = (t: number) => (2 * t - 1 - data.scaler.shift.item()) / data.scaler.scale.item();
    const first = data.starts.test;
    for (let step = 0; step < 5; step++) {
      expect(inputs.data[step * data.test.size]).toBeCloseTo(change(first - 5 + step), 5);
    }
    expect(targets.data[0]).toBeCloseTo(change(first), 5);
  });

  it("let training and its scaler see nothing of the test span", () => {
    const values = wavy(100, 3);
    const before = made(values);
    const changed = values.map((value, i) => (i < before.starts.test ? value : -1e6 + 7 * i * i));
    expect(seen(made(changed))).toEqual(seen(before));
  });

  it("standardise by the training span alone: mean 0 and deviation 1 there", () => {
    const values = wavy(100, 4);
    const { scaler, starts } = made(values);
    const changes = [...values.slice(1, starts.validation)].map((value, i) => value - values[i]!);
    const mean = changes.reduce((a, b) => a + b) / changes.length;
    const variance = changes.reduce((a, b) => a + (b - mean) ** 2, 0) / changes.length;
    expect(scaler.shift.item()).toBeCloseTo(mean, 12);
    expect(scaler.scale.item()).toBeCloseTo(Math.sqrt(variance), 12);
  });

  it("take a straight line, whose changes are all the same", () => {
    const line = Float64Array.from({ length: 60 }, (_, i) => 2 * i);
    const data = made(line);
    expect(data.inUnits(data.test.batch().targets)).toEqual(line.slice(data.starts.test));
  });

  it.each<readonly [string, Float64Array, Partial<DataSettings>, string]>([
    ["a constant series", new Float64Array(60).fill(3), {}, 'x.csv, column "x": every value is 3'],
    ["no point", new Float64Array(0), {}, 'x.csv, column "x": has 0 points'],
    [
      "too few points",
      wavy(9, 1),
      {},
      "x.csv: has 9 points, of which 4 are to train on, after --difference 1; --window 5",
    ],
    [
      "too large a batch",
      wavy(30, 1),
      { batch: 13 },
      "--batch 13: expected at most 12, the number of training windows",
    ],
    [
      "no validation",
      wavy(30, 1),
      { validation: 0.001 },
      "x.csv: has 30 points: --validation 0.001 leaves none",
    ],
    ["no test", wavy(30, 1), { test: 0.001 }, "x.csv: has 30 points: --test 0.001 leaves none to test on"],
    ["no training", wavy(30, 1), { test: 0.5, validation: 0.5 }, "--validation 0.5 and --test 0.5"],
    [
      "values whose spread overflows",
      wavy(60, 1).map((value, i) => (i % 2 === 0 ? value * 1e305 : -value * 1e305)),
      {},
      "too large or too small to standardise",
    ],
  ])("refuse %s", (_name, values, settings, message) => {
    expect(() => made(values, settings)).toThrow(InputError);
    expect(() => made(values, settings)).toThrow(message);
  });
});
