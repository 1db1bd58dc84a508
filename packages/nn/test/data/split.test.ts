import { fc, test } from "@fast-check/vitest";
import { arange, tensor, zeros } from "@tapeloop/core";
import { forecastWindows, splitByTime } from "@tapeloop/nn";
import { describe, expect, it } from "vitest";

describe("splitByTime", () => {
  it("cuts the series into three spans, oldest first, without copies", () => {
    const series = arange(10);
    const { train, validation, test: last, starts } = splitByTime(series, { validation: 0.2, test: 0.3 });
    expect(train.toArray()).toEqual([0, 1, 2, 3, 4]);
    expect(validation.toArray()).toEqual([5, 6]);
    expect(last.toArray()).toEqual([7, 8, 9]);
    expect(starts).toEqual({ train: 0, validation: 5, test: 7 });
    for (const span of [train, validation, last]) expect(span.storage.buffer).toBe(series.storage.buffer);
  });

  it("lets later spans look back on their context, and keeps the features of a point", () => {
    const points = [0, 1, 2, 3, 4, 5].map((t) => [t, -t]);
    const {
      validation,
      test: last,
      starts,
    } = splitByTime(points, { validation: 1 / 6, test: 1 / 3, context: 2 });
    expect(validation.toArray()).toEqual(points.slice(1, 4));
    expect(last.toArray()).toEqual(points.slice(2));
    expect(starts).toEqual({ train: 0, validation: 3, test: 4 });
  });

  it("trains on everything when nothing is held back", () => {
    const { train, validation, test: last } = splitByTime([1, 2], {});
    expect([train.size, validation.size, last.size]).toEqual([2, 0, 0]);
  });

  it("refuses shares and contexts out of range, and a split that leaves nothing to train on", () => {
    expect(() => splitByTime(zeros([9]), { test: 1 })).toThrow(
      "got test 1, expected a share from 0 up to but not 1",
    );
    expect(() => splitByTime(zeros([9]), { validation: -0.1 })).toThrow("got validation -0.1");
    expect(() => splitByTime(zeros([9]), { validation: 0.6, test: 0.4 })).toThrow("leave none to train on");
    expect(() => splitByTime(zeros([4]), { test: 0.5, context: 3 })).toThrow("got context 3, expected 0 … 2");
    expect(() => splitByTime(tensor(1), {})).toThrow("got a scalar");
  });
});

/** At least a fifth of the points is trained on: more than a window. */
const split = fc.record({
  n: fc.integer({ min: 30, max: 60 }),
  validation: fc.integer({ min: 1, max: 4 }).map((k) => k / 10),
  test: fc.integer({ min: 1, max: 4 }).map((k) => k / 10),
  size: fc.integer({ min: 1, max: 4 }),
});

test.prop([split])(
  "with the window as context, every point after the first window is a target exactly once, in its own span",
  ({ n, size, ...shares }) => {
    const spans = splitByTime(arange(n), { ...shares, context: size });
    const targets = [spans.train, spans.validation, spans.test].map((span) => [
      ...forecastWindows(span, { size }).targets.data,
    ]);
    expect(targets.flat()).toEqual(Array.from({ length: n - size }, (_, i) => i + size));
    expect(targets[1]?.[0]).toBe(spans.starts.validation);
    expect(targets[2]?.[0]).toBe(spans.starts.test);
  },
);
