import { describeDifference } from "./engine/kinks.js";
import type { NumericDerivative } from "./numeric/stencil.js";

export type Verdict = "pass" | "fail" | "inconclusive";

/** An analytic derivative beside the numeric one. */
export interface Pair {
  readonly analytic: number;
  readonly numeric: NumericDerivative;
  /** |analytic − numeric|, to the precision in which the two were computed. */
  readonly apart: number;
  /** For a derivative along a direction, the size of its terms, which may cancel; for an entry its own size. */
  readonly spread: number;
  readonly isDirection: boolean;
}

/** What decides about a pair. */
export interface Judgement {
  readonly verdict: Verdict;
  /** |analytic − numeric|; on a kink, how far the analytic value lies outside of the one-sided derivatives. */
  readonly error: number;
  /** The largest error that passes. */
  readonly tolerance: number;
  /** Why it did not pass, and what would decide; empty if it passed. */
  readonly reason: string;
}

/** The tolerances that were asked for. */
export interface Tolerances {
  readonly rtol: number;
  readonly atol: number;
}

/**
 * The absolute part of the tolerance of all entries of one gradient: `atol` of its largest entry; for a gradient that
 * is zero everywhere, as far as can be measured, it is what measuring could resolve, at most `atol`.
 *
 * @param magnitude size of the function's own values, to which the rounding of a vanishing gradient is relative
 */
export function floorOf(pairs: readonly Pair[], { atol }: Tolerances, magnitude: number): number {
  const known = pairs.map(({ numeric }) => numeric).filter(({ error }) => Number.isFinite(error));
  const largest = known.reduce((max, n) => Math.max(max, Math.abs(n.value) > n.error ? sizeOf(n) : 0), 0);
  const resolution = known.reduce((max, { error }) => Math.max(max, error), 0);
  if (largest > 0) return atol * largest;
  return Math.min(atol, 100 * resolution + 1e-13 * magnitude + 1e-6 * atol);
}

/** A numeric derivative that is worse than this, relatively, has not settled, and speaks neither for nor against. */
const CONVICTS = 1e-3;
/** Errors of the entries add up along a direction like independent ones: by this many standard deviations at most. */
const SPREADS = 3;

/** Judges one derivative; its tolerance is `floor` + rtol·|derivative|. */
export function judge(pair: Pair, floor: number, { rtol }: Tolerances): Judgement {
  const { analytic, numeric, apart: error, isDirection } = pair;
  const size = Math.max(Math.abs(analytic), sizeOf(numeric), isDirection ? SPREADS * pair.spread : 0);
  const tolerance = floor + rtol * size;
  const result = (verdict: Verdict, reason: string): Judgement => ({ verdict, error, tolerance, reason });
  if (!Number.isFinite(analytic)) return result("fail", `the analytic derivative is ${analytic}`);
  if (numeric.sides !== undefined) return atTie(pair, numeric.sides, tolerance);
  if (numeric.kink !== undefined) return result(...atKink(analytic, numeric.kink));
  if (!Number.isFinite(numeric.error)) return result("inconclusive", notFound(numeric));
  if (numeric.error > tolerance) {
    const settled = numeric.error <= CONVICTS * Math.abs(numeric.value);
    if (settled && error > tolerance + numeric.error) return result("fail", "");
    return result("inconclusive", imprecise(numeric, tolerance, rtol));
  }
  return error <= tolerance ? result("pass", "") : result("fail", "");
}

function sizeOf({ value, sides }: NumericDerivative): number {
  if (sides === undefined) return Math.abs(value);
  return sides.reduce((max, side) => Math.max(max, Math.abs(side.value) || 0), 0);
}

/** On a boundary every derivative between the one-sided ones is a fair answer. */
function atTie(
  { analytic, numeric, isDirection }: Pair,
  [left, right]: NonNullable<NumericDerivative["sides"]>,
  tolerance: number,
): Judgement {
  const error = Math.max(
    0,
    Math.min(left.value, right.value) - analytic,
    analytic - Math.max(left.value, right.value),
  );
  const result = (verdict: Verdict, reason: string): Judgement => ({ verdict, error, tolerance, reason });
  const kink = numeric.obstacle === undefined ? "a kink" : describeDifference(numeric.obstacle.difference);
  const at = `the point lies on ${kink}`;
  const slopes = `${at}: the left derivative is ${short(left.value)}, the right one ${short(right.value)}`;
  if (!(Math.max(left.error, right.error) <= tolerance)) {
    const reason = `${at}, and beside it the derivatives are only good to ±${numeric.error.toExponential(1)}: the function jumps here, or is not smooth; move the point off the kink`;
    return result("inconclusive", reason);
  }
  if (error <= tolerance) return result("pass", "");
  if (isDirection)
    return result("inconclusive", `${slopes}, which decides nothing for a direction through many entries`);
  return result("fail", `${slopes}, and the analytic derivative lies outside of them`);
}

/** A kink of which no operation knows; the numeric derivative decides nothing there. */
function atKink(analytic: number, [left, right]: readonly [number, number]): [Verdict, string] {
  const slack = Math.abs(right - left) / 4;
  const between = analytic >= Math.min(left, right) - slack && analytic <= Math.max(left, right) + slack;
  const slopes = `the left derivative is ${left.toPrecision(4)}, the right one ${right.toPrecision(4)}`;
  return between
    ? ["inconclusive", `the point is a kink: ${slopes}; move it aside to check the gradient`]
    : ["fail", `the point is a kink: ${slopes}, and the analytic derivative lies outside of them`];
}

/** Why a comparison says nothing after a fail was taken back; see `smallerStepsDisagree`. */
export const OSCILLATES =
  "much smaller steps give another derivative: the function oscillates below the steps of finite differences, " +
  'and no derivative can be told from its values; compare sweeps with adjointTest, or use precision: "dd"';

function notFound({ obstacle }: NumericDerivative): string {
  if (obstacle !== undefined) {
    return `${describeDifference(obstacle.difference)} lies too close (${obstacle.distance.toExponential(1)} away) to measure beside it; move the point off the kink`;
  }
  return "the function is not finite on both sides of this point, or ends there, however small the step; declare its domain, or move the point away";
}

/** What is known about a bound that is too large, and what would make it smaller, or let it pass. */
function imprecise(numeric: NumericDerivative, tolerance: number, rtol: number): string {
  const { error, rounding, value, obstacle, leftDomain } = numeric;
  const head = `the numeric derivative is only good to ±${error.toExponential(1)}, which is more than the tolerance ${tolerance.toExponential(1)}: `;
  const looser = 2 * (error / Math.abs(value)) + rtol;
  const loosen = looser < 0.1 ? `rtol: ${looser.toExponential(0)}` : "a larger atol";
  if (obstacle !== undefined && obstacle.distance > 0) {
    return `${head}${describeDifference(obstacle.difference)} lies ${obstacle.distance.toExponential(1)} away; move the point off the kink, or set ${loosen}`;
  }
  if (leftDomain === true)
    return `${head}the function is not finite a little further away; declare its domain, or set ${loosen}`;
  if (rounding > error / 4)
    return `${head}its rounding is too coarse; precision: "dd" or ${loosen} would decide`;
  return `${head}the function is not smooth here, or varies faster than the steps; ${loosen} would decide`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}
