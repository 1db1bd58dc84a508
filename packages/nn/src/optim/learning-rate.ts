import {
  ArgumentError,
  ShapeError,
  cast,
  checkFunction,
  checkTensor,
  describe,
  isFloat,
  tensor,
  type Tensor,
} from "@tapeloop/core";

/**
 * A learning rate: a number, or a function of the count of updates made so far (int32 [], 0 for the first update)
 * that gives a float scalar [] by core operations, such as those of {@link Schedule}.
 */
export type LearningRate = number | ((step: Tensor) => Tensor);

/** Throws ArgumentError for a number that is no learning rate. */
export function checkRate(name: string, rate: LearningRate): void {
  if (typeof rate !== "number") checkFunction(name, rate, "a learning rate: a number, or a schedule");
  else if (!(rate >= 0 && rate < Infinity)) {
    throw new ArgumentError(`${name}: got learning rate ${rate}, expected a number of 0 or more`);
  }
}

/** The rate after `step` updates, float64 []. Throws ShapeError unless a schedule gives a float scalar. */
export function rateAt(name: string, rate: LearningRate, step: Tensor): Tensor {
  if (typeof rate === "number") return tensor(rate, { dtype: "float64" });
  const value = checkTensor(name, rate(step), "a float scalar [] of the learning rate's schedule");
  if (value.rank !== 0 || !isFloat(value.dtype)) {
    throw new ShapeError(
      `${name}: the learning rate's schedule gave ${describe(value)}, expected a float scalar []`,
    );
  }
  return cast(value, "float64");
}
