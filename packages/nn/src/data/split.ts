import { ArgumentError, checkNumber, optionsOf, shown, slice, type Tensor } from "@tapeloop/core";
import { toSeries, type Series } from "./sequences.js";

/** Settings of {@link splitByTime}. */
export interface SplitOptions {
  /** Share of the points that validate, from 0 up to but not 1; 0 by default. */
  readonly validation?: number;
  /** Share of the points that test, the last ones; 0 by default. */
  readonly test?: number;
  /** Points before validation and test that they may look back on; 0 by default. */
  readonly context?: number;
}

/** Three spans of a series, one after the other: views of it. */
export interface TimeSplit {
  readonly train: Tensor;
  readonly validation: Tensor;
  readonly test: Tensor;
  /** Where each span begins in the series; `validation` and `test` without their context. */
  readonly starts: { readonly train: number; readonly validation: number; readonly test: number };
}

/**
 * Splits a series [points, …] by time: first training, then validation, then test, so that no model is judged on
 * points older than, or the same as, those that it learnt from. Numbers of points are rounded to whole.
 *
 * A forecast of a span's first point needs the window before it. With `context` set to the window's size, the spans
 * begin that much earlier, and each of their points is a target once; the points of the context are only looked at,
 * as they would be by then. With 0, windows stay inside their span, and its first points are never targets.
 *
 * @throws ArgumentError for shares or a context out of range, and when no point is left to train on
 */
export function splitByTime(series: Series, options: SplitOptions): TimeSplit {
  const { validation = 0, test = 0, context = 0 } = optionsOf("splitByTime", options);
  const points = toSeries("splitByTime", series);
  const [n = 0] = points.shape;
  for (const [name, share] of Object.entries({ validation, test })) {
    checkNumber("splitByTime", name, share);
    if (!(share >= 0 && share < 1)) {
      throw new ArgumentError(`splitByTime: got ${name} ${share}, expected a share from 0 up to but not 1`);
    }
  }
  const starts = {
    train: 0,
    validation: n - Math.round(n * test) - Math.round(n * validation),
    test: n - Math.round(n * test),
  };
  if (starts.validation < 1) {
    throw new ArgumentError(
      `splitByTime: got ${n} points, of which validation ${validation} and test ${test} leave none to train on`,
    );
  }
  if (!Number.isInteger(context) || context < 0 || context > starts.validation) {
    throw new ArgumentError(
      `splitByTime: got context ${shown(context)}, expected 0 … ${starts.validation}, the points to train on`,
    );
  }
  return {
    train: slice(points, { stop: starts.validation }),
    validation: slice(points, { start: starts.validation - context, stop: starts.test }),
    test: slice(points, { start: starts.test - context }),
    starts,
  };
}
