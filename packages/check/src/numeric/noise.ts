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

/**
 * Points on either side of the middle one, and their distance: so close that only rounding is left. The
 * bits of the distance (Thue and Morse's sequence) have no long runs, so the last bits of the inputs, and with them
 * the rounding errors, differ from point to point.
 */
const POINTS = 4;
const SPACING = 1.4124540336401076 * 2 ** -36;

/** How far apart the points may become when nothing changes between them. */
const WIDEST = 2 ** -17;

/** The noise of several weighted sums of the outputs, measured around t = 0 of a line. */
export function measureNoise(line: Line, origin: Float64Array, weights: readonly Float64Array[]): number[] {
  let levels: number[] = [];
  for (let spacing = SPACING; spacing < WIDEST; spacing *= 64) {
    const points: Float64Array[] = [];
    for (let k = -POINTS; k <= POINTS; k++) points.push(k === 0 ? origin : line(k * spacing).outputs);
    const sums = weights.map((w) => points.map((outputs) => weightedDifference(w, outputs, origin)));
    levels = sums.map((values) => {
      const level = noiseLevel(values);
      return Number.isFinite(level) ? level : 0;
    });
    // Values that stand still are rounded more coarsely than the points lie apart.
    if (!sums.some(standsStill)) break;
  }
  return levels;
}

function standsStill(values: readonly number[]): boolean {
  const still = values.filter((v, i) => i > 0 && v === values[i - 1]).length;
  return still >= (values.length - 1) / 2;
}
