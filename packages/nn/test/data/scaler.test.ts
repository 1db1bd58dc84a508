import { fc, test } from "@fast-check/vitest";
import { tensor, zeros } from "@tapeloop/core";
import { loadInto, minMaxScaler, saveSafetensors, scaler, standardizer } from "@tapeloop/nn";
import { describe, expect, it } from "vitest";
import { expectClose } from "../close.js";

const f64 = { dtype: "float64" } as const;

describe("standardizer", () => {
  it("brings each feature of the training span to mean 0 and deviation 1", () => {
    const train = tensor(
      [
        [1, 100],
        [3, 300],
      ],
      f64,
    );
    const units = standardizer(train);
    expect(units.transform(train).toArray()).toEqual([
      [-1, -1],
      [1, 1],
    ]);
    expect(units.transform(tensor([[4, 0]], f64)).toArray()).toEqual([[2, -2]]);
  });

  it("turns a constant into 0, also one that sums with a rounding error", () => {
    const constant = tensor([0.1, 0.1, 0.1], f64);
    expect(standardizer(constant).transform(constant).toArray()).toEqual([0, 0, 0]);
  });

  it("takes the forecasts of one feature back into its units", () => {
    const units = standardizer(
      tensor(
        [
          [1, 100],
          [3, 300],
        ],
        f64,
      ),
    );
    expect(
      units
        .column(1)
        .inverse(tensor([[0], [1]], f64))
        .toArray(),
    ).toEqual([[200], [300]]);
    expect(() => standardizer([1, 2]).column(0)).toThrow();
  });

  it("refuses values that are not finite, and no values at all", () => {
    expect(() =>
      standardizer([
        [1, 2],
        [3, NaN],
      ]),
    ).toThrow("standardizer: got NaN at point 1, expected finite numbers");
    expect(() => minMaxScaler([1, Infinity])).toThrow("minMaxScaler: got Infinity at point 1");
    expect(() => standardizer(zeros([0]))).toThrow("standardizer: got float32 [0]");
  });

  it("can be saved and made again from its numbers", () => {
    const fitted = standardizer(tensor([2, 4, 9], f64));
    const bytes = saveSafetensors({ shift: fitted.shift, scale: fitted.scale });
    const { shift, scale } = loadInto({ shift: zeros([], f64), scale: zeros([], f64) }, bytes);
    const x = tensor([5, 6], f64);
    expect(scaler(shift, scale).transform(x).toArray()).toEqual(fitted.transform(x).toArray());
  });
});

describe("minMaxScaler", () => {
  it("brings the training span to 0 … 1, or to another range", () => {
    const train = tensor([2, 6, 4], f64);
    expect(minMaxScaler(train).transform(train).toArray()).toEqual([0, 1, 0.5]);
    expect(minMaxScaler(train, { low: -1, high: 1 }).transform(train).toArray()).toEqual([-1, 1, 0]);
    expect(
      minMaxScaler(train)
        .transform(tensor([8], f64))
        .toArray(),
    ).toEqual([1.5]);
  });

  it("turns a constant into the low end", () => {
    const constant = tensor([7, 7], f64);
    expect(minMaxScaler(constant, { low: -1, high: 1 }).transform(constant).toArray()).toEqual([-1, -1]);
  });

  it("refuses an empty range", () => {
    expect(() => minMaxScaler([1, 2], { low: 1, high: 1 })).toThrow(
      "got range 1 … 1, expected low below high",
    );
  });
});

const rows = fc.array(fc.tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: -9, max: 9 })), {
  minLength: 1,
  maxLength: 20,
});

test.prop([rows, fc.constantFrom(standardizer, minMaxScaler)])(
  "the inverse undoes the transformation",
  (points, fitted) => {
    const x = tensor(points, f64);
    const units = fitted(x);
    expectClose(units.inverse(units.transform(x)).toArray(), points, 1e-12);
  },
);
