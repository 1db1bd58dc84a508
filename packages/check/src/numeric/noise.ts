import { weightedDifference, type Line } from "./line.js";

/**
 * How far the values of a function scatter because of rounding, measured rather than guessed: the values at a few
 * points very close together differ smoothly but for the noise, and differences of higher order leave only that.
 *
 * Source: Moré & Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33 (2011): with Δᵏ the k-th
 * differences of m + 1 values, σₖ² = γₖ · mean((Δᵏ)²), γₖ = (k!)² / (2k)!.
 *
 * @param values the function at equally spaced points, in order, at least 4 of them
 * @returns the standard deviation of the noise; 0 when the values show none
 */
export function noiseLevel(values: readonly number[]): number {
  const estimates: number[] = [];
  let differences = values;
  let gamma = 1;
  for (let k = 1; k < values.length; k++) {
    differences = differences.slice(1).map((v, i) => v - (differences[i] ?? 0));
    gamma *= k / (2 * (2 * k - 1));
    const mean = differences.reduce((total, d) => total + d * d, 0) / differences.length;
    if (k >= 2) estimates.push(Math.sqrt(gamma * mean));
  }
  // Low orders still hold some of the function's own change, the last ones rest on a difference or two.
  const middle = estimates.slice(0, -1).sort((a, b) => a - b);
  return middle[Math.floor(middle.length / 2)] ?? 0;
}

/** Points on either side of the middle one, and their distance: so close that only rounding is left. */
const POINTS = 4;
const SPACING = 2 ** -36;

/** The noise of several weighted sums of the outputs, measured around t = 0 of a line. */
export function measureNoise(line: Line, origin: Float64Array, weights: readonly Float64Array[]): number[] {
  const points: Float64Array[] = [];
  for (let k = -POINTS; k <= POINTS; k++) points.push(k === 0 ? origin : line(k * SPACING).outputs);
  return weights.map((w) => {
    const level = noiseLevel(points.map((outputs) => weightedDifference(w, outputs, origin)));
    return Number.isFinite(level) ? level : 0;
  });
}
