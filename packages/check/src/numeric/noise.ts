import { weightedDifference, type Line, type LinePoint } from "./line.js";
import { leaves } from "./stencil.js";

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

/** With fewer points differences of high order say nothing. */
const FEWEST = 4;

/** Spacing beside the end of a domain, relative to the distance to it. */
const CLOSE = SPACING * 2 ** 20;

/** How far apart the points may become when nothing changes between them. */
const WIDEST = 2 ** -17;

/**
 * The noise of several weighted sums of the outputs (standard deviations), measured around t = 0 of a line: where its
 * domain allows on both sides, else on one, and within one branch of the function.
 */
export function measureNoise(
  line: Line,
  origin: LinePoint,
  weights: readonly Float64Array[],
): readonly number[] {
  let levels: readonly number[] = weights.map(() => 0);
  const [left, right] = line.room;
  // Where a domain ends close by, the function may change within that distance.
  const closest = Math.min(...line.room.filter((r) => r > 0));
  for (let spacing = Math.min(SPACING, CLOSE * closest); spacing < WIDEST; spacing *= 64) {
    const reach = POINTS * spacing;
    const first = Math.min(left, right) >= reach ? -POINTS : right >= left ? 0 : -2 * POINTS;
    const ts = Array.from({ length: 2 * POINTS + 1 }, (_, k) => (first + k) * spacing);
    const points = longestRun(ts.map((t) => (t === 0 ? origin : line.at(t)))).map(({ outputs }) => outputs);
    if (points.length < FEWEST) break;
    const sums = weights.map((w) => points.map((outputs) => weightedDifference(w, outputs, origin.outputs)));
    levels = sums.map((values) => {
      const level = noiseLevel(values);
      return Number.isFinite(level) ? level : 0;
    });
    // Values that stand still are rounded more coarsely than the points lie apart.
    if (!sums.some(standsStill)) break;
  }
  return levels;
}

/** The most neighbours that lie on one branch. */
function longestRun(points: readonly LinePoint[]): readonly LinePoint[] {
  let [longest, run]: [LinePoint[], LinePoint[]] = [[], []];
  for (const point of points) {
    const last = run.at(-1);
    run = last === undefined || leaves(last, point) === undefined ? [...run, point] : [point];
    if (run.length > longest.length) longest = run;
  }
  return longest;
}

function standsStill(values: readonly number[]): boolean {
  const still = values.filter((v, i) => i > 0 && v === values[i - 1]).length;
  return still >= (values.length - 1) / 2;
}
