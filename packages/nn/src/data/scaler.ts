import {
  ArgumentError,
  ShapeError,
  add,
  all,
  checkNumber,
  describe,
  div,
  equal,
  index,
  isFinite,
  max,
  mean,
  min,
  mul,
  optionsOf,
  std,
  sub,
  where,
  type Tensor,
} from "@tapeloop/core";
import { toSeries, type Series } from "./sequences.js";

/**
 * A change of units, x′ = (x − shift) / scale, that can be undone. Fit it on the training span alone: what it knows
 * of later points would leak into the model.
 */
export interface Scaler {
  /** [], or one for each feature [features]. */
  readonly shift: Tensor;
  /** [], or one for each feature [features]. */
  readonly scale: Tensor;
  /** x in the new units: (x − shift) / scale.  x [...] or [..., features]. */
  transform(x: Tensor): Tensor;
  /** x′ back in its own units: x′ · scale + shift.  x′ [...] or [..., features]. */
  inverse(scaled: Tensor): Tensor;
  /** The scaler of one feature alone, for forecasts of it. Throws ShapeError when there are no features. */
  column(feature: number): Scaler;
}

/** A scaler from its numbers, such as those that were saved with a model. */
export function scaler(shift: Tensor, scale: Tensor): Scaler {
  return {
    shift,
    scale,
    transform: (x) => div(sub(x, shift), scale),
    inverse: (scaled) => add(mul(scaled, scale), shift),
    column: (feature) => scaler(index(shift, feature), index(scale, feature)),
  };
}

/**
 * A scaler to mean 0 and standard deviation 1 (of the points given, so divided by their number). A feature that is
 * constant becomes 0.
 *
 * @param series the training span, [points] or [points, features]
 * @throws ShapeError for no points, ArgumentError for values that are NaN or infinite
 */
export function standardizer(series: Series): Scaler {
  const points = usable("standardizer", series);
  const lowest = min(points, 0);
  // Rounding may leave a constant a mean beside its value, and a spread of 1e-17.
  const isConstant = equal(max(points, 0), lowest);
  return scaler(where(isConstant, lowest, mean(points, 0)), where(isConstant, 1, std(points, 0)));
}

/**
 * A scaler to the range `low` … `high`, by default 0 … 1; later points may lie beyond. A feature that is constant
 * becomes `low`.
 *
 * @param series the training span, [points] or [points, features]
 * @throws ShapeError for no points, ArgumentError for values that are NaN or infinite, or a range that is empty
 */
export function minMaxScaler(
  series: Series,
  options: { readonly low?: number; readonly high?: number } = {},
): Scaler {
  const { low = 0, high = 1 } = optionsOf("minMaxScaler", options);
  checkNumber("minMaxScaler", "low", low);
  checkNumber("minMaxScaler", "high", high);
  if (!(low < high))
    throw new ArgumentError(`minMaxScaler: got range ${low} … ${high}, expected low below high`);
  const points = usable("minMaxScaler", series);
  const lowest = min(points, 0);
  const highest = max(points, 0);
  const scale = where(equal(highest, lowest), 1, div(sub(highest, lowest), high - low));
  return scaler(sub(lowest, mul(scale, low)), scale);
}

function usable(name: string, series: Series): Tensor {
  const points = toSeries(name, series);
  if (points.rank > 2 || points.size === 0) {
    throw new ShapeError(`${name}: got ${describe(points)}, expected [points] or [points, features]`);
  }
  if (all(isFinite(points)).item() === 0) {
    const at = points.data.findIndex((value) => !Number.isFinite(value));
    const [, features = 1] = points.shape;
    throw new ArgumentError(
      `${name}: got ${points.data[at] ?? NaN} at point ${Math.floor(at / features)}, expected finite numbers`,
    );
  }
  return points;
}
