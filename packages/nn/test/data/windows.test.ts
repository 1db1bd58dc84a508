import { fc, test } from "@fast-check/vitest";
import { arange, index, matmul, record, tensor, transpose } from "@tapeloop/core";
import { createSequences, forecastWindows } from "@tapeloop/nn";
import { describe, expect, it } from "vitest";

const oneToTen = arange(1, 11);

describe("createSequences", () => {
  it("makes 8 windows of 3 from 1 … 10", () => {
    expect(createSequences([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 3).toArray()).toEqual([
      [1, 2, 3],
      [2, 3, 4],
      [3, 4, 5],
      [4, 5, 6],
      [5, 6, 7],
      [6, 7, 8],
      [7, 8, 9],
      [8, 9, 10],
    ]);
  });

  it("copies nothing: the windows share the series' memory", () => {
    const windows = createSequences(oneToTen, 3);
    expect(windows.storage.buffer).toBe(oneToTen.storage.buffer);
  });

  it("walks time-major when it is turned round: step t sees [t + 1 … t + 8]", () => {
    expect(transpose(createSequences(oneToTen, 3)).toArray()).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8],
      [2, 3, 4, 5, 6, 7, 8, 9],
      [3, 4, 5, 6, 7, 8, 9, 10],
    ]);
  });

  it("keeps the features of a point together: [points, features] → [windows, size, features]", () => {
    const series = [
      [1, 10],
      [2, 20],
      [3, 30],
    ];
    expect(createSequences(series, 2).toArray()).toEqual([
      [
        [1, 10],
        [2, 20],
      ],
      [
        [2, 20],
        [3, 30],
      ],
    ]);
  });

  it("refuses a size outside 1 … points, and a scalar", () => {
    expect(() => createSequences(oneToTen, 11)).toThrow("got size 11 on axis 0 of [10], expected 1 … 10");
    expect(() => createSequences(oneToTen, 0)).toThrow("got size 0");
    expect(() => createSequences(tensor(1), 1)).toThrow("createSequences: got a scalar");
  });
});

describe("forecastWindows", () => {
  it("gives each window of 1 … 10 its target: [1, 2, 3] → 4 up to [7, 8, 9] → 10, so 7 of them", () => {
    const windows = forecastWindows(oneToTen, { size: 3 });
    expect(windows.size).toBe(7);
    expect(windows.inputs.toArray()).toEqual(Array.from({ length: 7 }, (_, i) => [i + 1, i + 2, i + 3]));
    expect(windows.targets.toArray()).toEqual(Array.from({ length: 7 }, (_, i) => [i + 4]));
  });

  it("makes 8,317 windows of 10 from 8,327 points, as views", () => {
    const series = arange(8327);
    const windows = forecastWindows(series, { size: 10 });
    expect(windows.size).toBe(8317);
    expect(windows.inputs.shape).toEqual([8317, 10]);
    const { inputs } = windows.batch();
    expect(inputs.shape).toEqual([10, 8317, 1]);
    for (const view of [windows.inputs, windows.targets, inputs]) {
      expect(view.storage.buffer).toBe(series.storage.buffer);
    }
  });

  it("lays the batch out in columns, features × batch, as on paper", () => {
    const { inputs, targets } = forecastWindows(oneToTen, { size: 3, layout: "columns" }).batch();
    expect(index(inputs, 0).toArray()).toEqual([[1, 2, 3, 4, 5, 6, 7]]);
    expect(index(inputs, 1).toArray()).toEqual([[2, 3, 4, 5, 6, 7, 8]]);
    expect(index(inputs, 2).toArray()).toEqual([[3, 4, 5, 6, 7, 8, 9]]);
    expect(targets.toArray()).toEqual([[4, 5, 6, 7, 8, 9, 10]]);
  });

  it("lays the batch out in rows, batch × features, as libraries do", () => {
    const { inputs, targets } = forecastWindows(oneToTen, { size: 3 }).batch();
    expect(index(inputs, 1).toArray()).toEqual([[2], [3], [4], [5], [6], [7], [8]]);
    expect(targets.toArray()).toEqual([[4], [5], [6], [7], [8], [9], [10]]);
  });

  it("takes a batch by its numbers, in their order", () => {
    const { inputs, targets } = forecastWindows(oneToTen, { size: 3 }).batch(
      tensor([6, 0], { dtype: "int32" }),
    );
    expect(inputs.toArray()).toEqual([
      [[7], [1]],
      [[8], [2]],
      [[9], [3]],
    ]);
    expect(targets.toArray()).toEqual([[10], [4]]);
  });

  it("forecasts several points of several features, or of one", () => {
    const series = [0, 1, 2, 3, 4].map((t) => [t, t * 10]);
    const all = forecastWindows(series, { size: 2, horizon: 2 });
    expect(all.size).toBe(2);
    expect(all.targets.toArray()).toEqual([
      [
        [2, 20],
        [3, 30],
      ],
      [
        [3, 30],
        [4, 40],
      ],
    ]);
    expect(all.batch().targets.toArray()).toEqual([
      [2, 20, 3, 30],
      [3, 30, 4, 40],
    ]);
    const one = forecastWindows(series, { size: 2, horizon: 2, column: 1, layout: "columns" });
    expect(one.batch().inputs.shape).toEqual([2, 2, 2]);
    expect(one.batch().targets.toArray()).toEqual([
      [20, 30],
      [30, 40],
    ]);
  });

  it("works on a product W · x in either layout, with one and the same result", () => {
    const w = tensor([[2], [-1], [0.5]]);
    const rows = forecastWindows(oneToTen, { size: 3 }).batch();
    const columns = forecastWindows(oneToTen, { size: 3, layout: "columns" }).batch();
    const x = index(rows.inputs, 1);
    expect(matmul(w, index(columns.inputs, 1)).toArray()).toEqual(
      transpose(matmul(x, transpose(w))).toArray(),
    );
  });

  it("refuses a series that is too short, and settings out of range", () => {
    expect(() => forecastWindows([1, 2, 3], { size: 3 })).toThrow(
      "forecastWindows: got 3 points, expected at least 4: windows of 3 and a horizon of 1",
    );
    expect(() => forecastWindows(oneToTen, { size: 0 })).toThrow(
      "got size 0, expected a whole number of 1 or more",
    );
    expect(() => forecastWindows(oneToTen, { size: 2, horizon: 1.5 })).toThrow("got horizon 1.5");
    expect(() => forecastWindows(oneToTen, { size: 2, column: 0 })).toThrow(
      "expected none: the series is a vector",
    );
    expect(() => forecastWindows([[1], [2]], { size: 1, column: 1 })).toThrow("got column 1, expected 0 … 0");
    expect(() => forecastWindows(arange(8).reshape([2, 2, 2]), { size: 1 })).toThrow("got float32 [2, 2, 2]");
  });

  it("refuses numbers that are no windows", () => {
    const windows = forecastWindows(oneToTen, { size: 3 });
    for (const wrong of [-1, 7]) {
      expect(() => windows.batch(tensor([wrong], { dtype: "int32" }))).toThrow("take: ");
    }
  });

  it("can be recorded, so that a batch can be part of a compiled step", () => {
    const windows = forecastWindows(oneToTen, { size: 3 });
    const { tape } = record((i) => windows.batch(i).inputs, tensor([1], { dtype: "int32" }));
    expect(tape.outputs.map((t) => t.shape)).toEqual([[3, 1, 1]]);
  });
});

const sizes = fc.record({
  size: fc.integer({ min: 1, max: 5 }),
  horizon: fc.integer({ min: 1, max: 4 }),
  more: fc.nat({ max: 6 }),
  features: fc.integer({ min: 1, max: 3 }),
  layout: fc.constantFrom("rows" as const, "columns" as const),
  seed: fc.nat(),
});

test.prop([sizes])(
  "any batch by numbers is that part of all windows, which are the series itself",
  ({ size, horizon, more, features, layout, seed }) => {
    const n = size + horizon + more;
    const points = Array.from({ length: n }, (_, t) =>
      Array.from({ length: features }, (_f, f) => t * features + f),
    );
    const series = tensor(points);
    const windows = forecastWindows(series, { size, horizon, layout });
    expect(windows.size).toBe(more + 1);
    const chosen = Array.from({ length: 3 }, (_, k) => (seed + k * 7) % windows.size);
    const batch = windows.batch(tensor(chosen, { dtype: "int32" }));
    const all = windows.batch();
    const [inputBatch, targetBatch] = layout === "rows" ? [1, 0] : [2, 1];
    chosen.forEach((w, place) => {
      expect(index(batch.inputs, place, inputBatch).toArray()).toEqual(
        index(all.inputs, w, inputBatch).toArray(),
      );
      expect(index(batch.inputs, place, inputBatch).toArray()).toEqual(points.slice(w, w + size));
      expect(index(batch.targets, place, targetBatch).toArray()).toEqual(
        index(all.targets, w, targetBatch).toArray(),
      );
      expect(index(batch.targets, place, targetBatch).toArray()).toEqual(
        points.slice(w + size, w + size + horizon).flat(),
      );
    });
  },
);
