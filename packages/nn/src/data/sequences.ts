import {
  isTensor,
  moveAxis,
  ShapeError,
  slidingWindows,
  tensor,
  type Tensor,
  type TypedArray,
} from "@tapeloop/core";

/** Points in order of time: numbers, or a tensor whose first axis is time. */
export type Series = Tensor | TypedArray | readonly number[] | readonly (readonly number[])[];

/**
 * All windows of `size` consecutive points.  [points] → [windows, size] and [points, features] →
 * [windows, size, features], with windows = points − size + 1: of 1 … 10 and size 3, [1, 2, 3], [2, 3, 4] … [8, 9, 10].
 *
 * A view: windows share the series' memory, so that 8,317 windows of 10 cost no more than the 8,327 points. (Numbers
 * that are not yet a tensor are copied once.)
 *
 * @throws ShapeError unless 1 ≤ size ≤ points
 */
export function createSequences(series: Series, size: number): Tensor {
  const points = toSeries("createSequences", series);
  return moveAxis(slidingWindows(points, size), -1, 1);
}

/** A series as a tensor of rank 1 or more. Throws ShapeError for a scalar. */
export function toSeries(name: string, series: Series): Tensor {
  const points = isTensor(series) ? series : tensor(series);
  if (points.rank === 0)
    throw new ShapeError(`${name}: got a scalar, expected points [points] or [points, features]`);
  return points;
}
