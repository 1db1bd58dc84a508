import {
  isFiniteArray,
  weightedDifference,
  weightedMagnitude,
  type Line,
  type LinePoint,
} from "../numeric/line.js";
import { leaves, roundingOf, type NumericDerivative } from "../numeric/stencil.js";

/** Quarterings, down to 2⁻⁵² of the step; rounding ends them earlier. */
const STEPS = 26;
/** Rounding of values that are computed in float64 stays far below this part of them. */
const SCATTERS = 1e-6;
/** How much of the disputed difference smaller steps may move the slope. */
const SHARE = 0.25;

/**
 * Whether steps much smaller than those behind a numeric derivative tell another story than it does: a function that
 * oscillates below the steps looks smooth to them. Asked before a gradient is called wrong.
 *
 * @param disputed |analytic − numeric|
 */
export function smallerStepsDisagree(
  line: Line,
  origin: LinePoint,
  weights: Float64Array,
  noise: number,
  numeric: NumericDerivative,
  disputed: number,
): boolean {
  const [left, right] = line.room;
  const ends = [
    right >= numeric.step ? line.at(numeric.step) : origin,
    left > 0 ? line.at(-numeric.step) : origin,
  ];
  const size = Math.max(...ends.map((end) => weightedMagnitude(weights, origin.outputs, end.outputs)));
  // Scatter like this is no rounding: the function moves within a billionth of the first step.
  if (noise > SCATTERS * size) return true;
  const allowed = SHARE * disputed;
  let curvature = 0;
  for (let k = 0, h = numeric.step; k < STEPS; k++, h /= 4) {
    const b = right >= h ? line.at(h) : origin;
    const a = left >= h ? line.at(-h) : origin;
    const width = b.at - a.at;
    if (width === 0) return false;
    if (leaves(origin, a) ?? leaves(origin, b)) continue;
    if (!isFiniteArray(a.outputs) || !isFiniteArray(b.outputs)) continue;
    const slope = weightedDifference(weights, b.outputs, a.outputs) / width;
    const rounding = roundingOf(line, weights, a, b, noise, slope);
    if (rounding > allowed) return false;
    const apart = Math.abs(slope - numeric.value);
    // A smooth function's quotient approaches its slope at least as fast as the step shrinks.
    if (curvature === 0) curvature = apart / h;
    else if (apart > allowed + numeric.error + rounding + 2 * curvature * h) return true;
  }
  return false;
}
