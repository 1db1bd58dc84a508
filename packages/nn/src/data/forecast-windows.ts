import {
  ArgumentError,
  ShapeError,
  add,
  arange,
  describe,
  expandDims,
  moveAxis,
  optionsOf,
  permute,
  reshape,
  shown,
  slice,
  take,
  transpose,
  type Tensor,
} from "@tapeloop/core";
import type { Dataset } from "./dataset.js";
import { createSequences, toSeries, type Series } from "./sequences.js";

/** Where the batch is: in the second-last axis as libraries have it, or in the last as on paper (W · h). */
export type BatchLayout = "rows" | "columns";

/** Settings of {@link forecastWindows}. */
export interface ForecastOptions {
  /** S, the points that a forecast sees. */
  readonly size: number;
  /** H, the points to forecast that follow; 1 by default. */
  readonly horizon?: number;
  /** Which feature to forecast, by its column; by default all of them. */
  readonly column?: number;
  /** How batches are laid out; "rows" by default. */
  readonly layout?: BatchLayout;
}

/** A batch of windows, one time step after the other. */
export type ForecastBatch = Readonly<{
  /** rows: [size, batch, features]; columns: [size, features, batch]. A vector series has 1 feature. */
  inputs: Tensor;
  /** rows: [batch, outputs]; columns: [outputs, batch]; outputs are the horizon's points, each with its features. */
  targets: Tensor;
}>;

/** Windows of a series with what follows them. Example i sees points i … i + S − 1; its target begins at i + S. */
export interface ForecastWindows extends Dataset<ForecastBatch> {
  /** [windows, size] or [windows, size, features]: a view of the series. */
  readonly inputs: Tensor;
  /** [windows, horizon] or [windows, horizon, features]: a view of the series. */
  readonly targets: Tensor;
}

/**
 * Windows of S points, each with the H points that follow it, as examples to learn to forecast from. Of N points
 * there are N − S − H + 1, so N − S for H = 1: 1 … 10 with S = 3 gives [1, 2, 3] → 4 up to [7, 8, 9] → 10.
 *
 * Batches are time-major, ready for `unroll`: at step t, the batch of all seven sees [t + 1 … t + 7]. All windows
 * together, `batch()`, are views; a batch by numbers is taken from the series and copies just that.
 *
 * @param series [points] or [points, features]
 * @throws ShapeError when the series is too short, ArgumentError for settings out of range
 */
export function forecastWindows(series: Series, options: ForecastOptions): ForecastWindows {
  const { size, horizon = 1, column, layout = "rows" } = optionsOf("forecastWindows", options);
  const points = toSeries("forecastWindows", series);
  if (points.rank > 2) {
    throw new ShapeError(`forecastWindows: got ${describe(points)}, expected [points] or [points, features]`);
  }
  const [n = 0] = points.shape;
  checkLayout(layout);
  const windows = countWindows(n, size, horizon);
  const chosen = column === undefined ? points : slice(points, [null, oneColumn(column, points)]);
  // Batches have an axis of features even if there is only one; the windows as views are like the series.
  const known = withFeatures(points);
  const wanted = withFeatures(chosen);
  const inputWindows = (x: Tensor): Tensor => createSequences(slice(x, { stop: n - horizon }), size);
  const targetWindows = (x: Tensor): Tensor => createSequences(slice(x, { start: size }), horizon);
  return {
    size: windows,
    inputs: inputWindows(points),
    targets: targetWindows(chosen),
    batch(indices) {
      const inputs =
        indices === undefined ? moveAxis(inputWindows(known), 1, 0) : take(known, add(steps(size), indices));
      const targets =
        indices === undefined
          ? moveAxis(targetWindows(wanted), 1, 0)
          : take(wanted, add(steps(horizon), add(indices, size)));
      return { inputs: layout === "rows" ? inputs : transpose(inputs), targets: outputs(targets, layout) };
    },
  };
}

/** 0 … count − 1 as a column: added to the numbers of windows, the points that each sees, [count, batch]. */
function steps(count: number): Tensor {
  return expandDims(arange(0, count, 1, { dtype: "int32" }), 1);
}

/** [points] as [points, 1]. */
function withFeatures(points: Tensor): Tensor {
  return points.rank === 1 ? expandDims(points, 1) : points;
}

/** [horizon, batch, features] as [batch, horizon · features], or as its transpose. */
function outputs(targets: Tensor, layout: BatchLayout): Tensor {
  const [horizon = 0, batch = 0, features = 0] = targets.shape;
  return layout === "rows"
    ? reshape(permute(targets, [1, 0, 2]), [batch, horizon * features])
    : reshape(permute(targets, [0, 2, 1]), [horizon * features, batch]);
}

function countWindows(points: number, size: number, horizon: number): number {
  for (const [name, value] of Object.entries({ size, horizon })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new ArgumentError(
        `forecastWindows: got ${name} ${shown(value)}, expected a whole number of 1 or more`,
      );
    }
  }
  const windows = points - size - horizon + 1;
  if (windows >= 1) return windows;
  throw new ShapeError(
    `forecastWindows: got ${points} points, expected at least ${size + horizon}: ` +
      `windows of ${size} and a horizon of ${horizon}`,
  );
}

function checkLayout(layout: string): void {
  if (layout === "rows" || layout === "columns") return;
  throw new ArgumentError(
    `forecastWindows: got layout ${typeof layout === "string" ? layout : shown(layout)}, expected "rows" or "columns"`,
  );
}

function oneColumn(column: number, points: Tensor): readonly [number, number] {
  const [, features] = points.shape;
  if (features === undefined || !Number.isInteger(column) || column < 0 || column >= features) {
    const range = features === undefined ? "none: the series is a vector" : `0 … ${features - 1}`;
    throw new ArgumentError(`forecastWindows: got column ${shown(column)}, expected ${range}`);
  }
  return [column, column + 1];
}
