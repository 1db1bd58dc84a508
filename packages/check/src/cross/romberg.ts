/** A derivative from finite differences, and how far it can be trusted. */
export interface Slope {
  readonly value: number;
  /** Bound on the error of `value`; Infinity if nothing was found. */
  readonly bound: number;
  /** Whether the slopes to the left and to the right differ, and not less so for smaller steps. */
  readonly isKink: boolean;
}

const [HALVINGS, MAX_HALVINGS, MAX_ORDER] = [5, 12, 6];
const ENOUGH = 1e-11;

/**
 * The derivative at t = 0 of a function of one number, given as its change from t = 0: central differences with steps
 * h, h/2, h/4, …, extrapolated to h → 0. The entry of the tableau with the smallest bound is taken.
 *
 * Source: Ridders, "Accurate computation of F′(x) and F′(x)F″(x)", Adv. Eng. Software 4 (1982), with a rounding term
 * that is carried through the tableau.
 *
 * @param change t → [f(t) − f(0), t as it was after rounding]
 * @param noise bound on the rounding of a change
 */
export function romberg(
  change: (t: number) => readonly [number, number],
  first: number,
  noise: number,
): Slope {
  let best: Slope = { value: NaN, bound: Infinity, isKink: false };
  let before: readonly Estimate[] = [];
  let [rows, drift] = [0, 0];
  const jumps: { jump: number; size: number }[] = [];
  for (let k = 0, h = first; k <= MAX_HALVINGS; k++, h /= 2) {
    const [[right, to], [left, from]] = [change(h), change(-h)];
    if (!Number.isFinite(right) || !Number.isFinite(left)) {
      // Outside of the function's domain: begin again closer to the point.
      [before, rows, drift] = [[], 0, 0];
      best = { value: NaN, bound: Infinity, isKink: false };
      continue;
    }
    jumps.push({
      jump: right / to - left / from,
      size: Math.max(Math.abs(right / to), Math.abs(left / from)),
    });
    const row: Estimate[] = [{ value: (right - left) / (to - from), noise: (2 * noise) / (to - from) }];
    let latest = best;
    for (let j = 1; j <= Math.min(rows, MAX_ORDER); j++) {
      const [fine, coarse] = [row[j - 1], before[j - 1]];
      if (fine === undefined || coarse === undefined) break;
      const next = extrapolate(fine, coarse, 4 ** j);
      row.push(next);
      const moved = Math.max(Math.abs(next.value - fine.value), Math.abs(next.value - coarse.value));
      const bound = moved + next.noise;
      if (j === 1 || bound < latest.bound) latest = { value: next.value, bound, isKink: false };
    }
    if (latest.bound < best.bound) [best, drift] = [latest, 0];
    // Rows after the best may be noisier, but must not lead elsewhere, as they do near a kink or a pole.
    const apart = Math.abs(latest.value - best.value);
    if (apart > latest.bound + best.bound) drift = Math.max(drift, apart);
    [before, rows] = [row, rows + 1];
    const byRounding = (row.at(-1)?.noise ?? 0) > best.bound / 2;
    if (rows > HALVINGS && (best.bound <= ENOUGH * Math.abs(best.value) || byRounding)) break;
    if (rows > 2 && best.bound <= ENOUGH * Math.abs(best.value)) break;
  }
  const recent = jumps.slice(-3);
  const [last] = recent.slice(-1);
  const isKink =
    last !== undefined &&
    recent.length === 3 &&
    Math.abs(last.jump) > 1e-6 * last.size + (20 * noise) / (first * 2 ** (1 - jumps.length)) &&
    recent.every(({ jump }) => Math.abs(jump - last.jump) <= 0.25 * Math.abs(last.jump));
  return { value: best.value, bound: Math.max(best.bound, drift), isKink };
}

interface Estimate {
  readonly value: number;
  readonly noise: number;
}

function extrapolate(fine: Estimate, coarse: Estimate, factor: number): Estimate {
  return {
    value: fine.value + (fine.value - coarse.value) / (factor - 1),
    noise: (factor * fine.noise + coarse.noise) / (factor - 1),
  };
}

/**
 * Scatter of a function by rounding, as a standard deviation, from its values at equally spaced points very close
 * together: differences of higher order leave only the noise.
 *
 * Source: Moré & Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33 (2011).
 */
export function scatter(values: readonly number[]): number {
  const estimates: number[] = [];
  let [differences, gamma] = [values, 1];
  for (let k = 1; k < values.length - 1; k++) {
    differences = differences.slice(1).map((v, i) => v - (differences[i] ?? 0));
    gamma *= k / (2 * (2 * k - 1));
    const mean = differences.reduce((total, d) => total + d * d, 0) / differences.length;
    if (k >= 3) estimates.push(Math.sqrt(gamma * mean));
  }
  const level = estimates.sort((a, b) => a - b)[Math.floor(estimates.length / 2)] ?? 0;
  return Number.isFinite(level) ? level : 0;
}
