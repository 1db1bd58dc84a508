import { describeDifference } from "./engine/kinks.js";
import type { NumericDerivative, Obstacle } from "./numeric/stencil.js";

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

/** The tolerances that were asked for, and what advice depends on. */
export interface Tolerances {
  readonly rtol: number;
  readonly atol: number;
  /** The arithmetic of the check; `"float64"` by default. */
  readonly precision?: "float64" | "dd";
  /** Where the function may be evaluated, if that was said. */
  readonly domain?: unknown;
}

/**
 * The absolute part of the tolerance of all entries of one gradient: `atol` of its largest entry; for a gradient that
 * is zero everywhere, as far as can be measured, it is what measuring could resolve, at most `atol`. Where the sweep says
 * that there is a gradient, too small to be measured beside the function's values, nothing short of that gradient is
 * precise enough.
 *
 * @param magnitude size of the function's own values, to which the rounding of a vanishing gradient is relative
 */
export function floorOf(pairs: readonly Pair[], { atol }: Tolerances, magnitude: number): number {
  const known = pairs.map(({ numeric }) => numeric).filter(({ error }) => Number.isFinite(error));
  const largest = known.reduce((max, n) => Math.max(max, Math.abs(n.value) > n.error ? sizeOf(n) : 0), 0);
  const resolution = known.reduce((max, { error }) => Math.max(max, error), 0);
  if (largest > 0) return atol * largest;
  const claimed = pairs.reduce((max, { analytic }) => Math.max(max, Math.abs(analytic) || 0), 0);
  // Rounding may leave as much of larger terms that cancel, but then the values are noisy, too.
  const isQuiet = resolution <= RESIDUE * magnitude;
  if (isQuiet && claimed > RESIDUE * Math.min(1, magnitude) && claimed < resolution) return atol * claimed;
  return Math.min(atol, 100 * resolution + RESIDUE * magnitude + 1e-6 * atol);
}

/** What rounding may leave of a gradient that is zero, relative to the function's values. */
const RESIDUE = 1e-13;
/** A numeric derivative that is worse than this, relatively, has not settled, and speaks neither for nor against. */
const CONVICTS = 1e-3;
/** Errors of the entries add up along a direction like independent ones: by this many standard deviations at most. */
const SPREADS = 3;

/** Judges one derivative; its tolerance is `floor` + rtol·|derivative|. */
export function judge(pair: Pair, floor: number, tolerances: Tolerances): Judgement {
  const { rtol } = tolerances;
  const { analytic, numeric, apart: error, isDirection } = pair;
  const size = Math.max(Math.abs(analytic), sizeOf(numeric), isDirection ? SPREADS * pair.spread : 0);
  const tolerance = floor + rtol * size;
  const result = (verdict: Verdict, reason: string): Judgement => ({ verdict, error, tolerance, reason });
  if (!Number.isFinite(analytic)) return result("fail", `the analytic derivative is ${analytic}`);
  if (numeric.sides !== undefined) return atTie(pair, numeric.sides, tolerance);
  if (numeric.kink !== undefined) return result(...atKink(analytic, numeric.kink));
  if (!Number.isFinite(numeric.error)) return result("inconclusive", notFound(numeric, tolerances));
  if (numeric.error > tolerance) {
    const settled = numeric.error <= CONVICTS * Math.abs(numeric.value);
    if (settled && error > tolerance + numeric.error) return result("fail", "");
    return result("inconclusive", imprecise(numeric, tolerance, tolerances));
  }
  if (error <= tolerance) return result("pass", "");
  return numeric.obstacle?.distance === 0
    ? result("inconclusive", atEnd(numeric.obstacle, numeric.value))
    : result("fail", "");
}

function sizeOf({ value, sides }: NumericDerivative): number {
  if (sides === undefined) return Math.abs(value);
  return sides.reduce((max, side) => Math.max(max, Math.abs(side.value) || 0), 0);
}

/** At a kink at the end of its domain a function has one side alone, which may differ from what its rules say. */
function atEnd({ difference }: Obstacle, slope: number): string {
  return (
    `the point lies on ${describeDifference(difference)} at the end of its domain: on the inner side the derivative is ` +
    `${short(slope)}, and there is no other side to measure; move the point inwards`
  );
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
  if (isDirection && !isDecisive(numeric))
    return result("inconclusive", `${slopes}, which decides nothing for a direction through many entries`);
  return result("fail", `${slopes}, and the analytic derivative lies outside of them`);
}

/**
 * Operations between whose pieces lies a choice of one of two, or the largest or smallest of many: what they add to the
 * generalised gradient is no more than what lies between the two sides.
 */
const CHOICES = new Set([
  ...["relu", "leakyRelu", "elu", "softsign", "abs", "clip", "max", "min", "maximum", "minimum"],
  ...["less", "lessEqual", "greater", "greaterEqual"],
]);

/**
 * Whether every fair answer lies between the two one-sided derivatives along a direction, as it does by an entry. With
 * several kinks at once it need not: relu(x) − relu(y) is flat along x = y, and yet its gradient may be (1, 0). With one
 * choice broken, and all other ties kept, each fair answer is a mean of the two sides: along a curve that keeps the
 * ties every choice of subgradients gives the same.
 *
 * Source: Bolte & Pauwels, "Conservative set valued fields, automatic differentiation, stochastic gradient methods and
 * deep learning", Math. Program. 188 (2021): derivatives along curves.
 */
function isDecisive({ broken }: NumericDerivative): boolean {
  const [only] = broken ?? [];
  return broken?.length === 1 && only !== undefined && CHOICES.has(only.op);
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

function notFound({ obstacle }: NumericDerivative, { domain }: Tolerances): string {
  if (obstacle !== undefined) {
    return `${describeDifference(obstacle.difference)} lies too close (${obstacle.distance.toExponential(1)} away) to measure beside it; move the point off the kink`;
  }
  const what =
    "the function is not finite on both sides of this point, or ends there, however small the step; ";
  return what + (domain === undefined ? "declare its domain, or move the point away" : "move the point away");
}

/** What is known about a bound that is too large, and what would make it smaller, or let it pass. */
function imprecise(
  numeric: NumericDerivative,
  tolerance: number,
  { rtol, precision, domain }: Tolerances,
): string {
  const { error, rounding, value, obstacle, leftDomain } = numeric;
  const head = `the numeric derivative is only good to ±${error.toExponential(1)}, which is more than the tolerance ${tolerance.toExponential(1)}: `;
  const looser = 2 * (error / Math.abs(value)) + rtol;
  const loosen = looser < 0.1 ? `rtol: ${looser.toExponential(0)}` : "a larger atol";
  if (obstacle !== undefined && obstacle.distance > 0) {
    return `${head}${describeDifference(obstacle.difference)} lies ${obstacle.distance.toExponential(1)} away; move the point off the kink, or set ${loosen}`;
  }
  if (leftDomain === true) {
    const declare = domain === undefined ? "declare its domain" : "narrow its domain to where it is";
    return `${head}the function is not finite a little further away; ${declare}, or set ${loosen}`;
  }
  if (rounding > error / 4 && precision !== "dd")
    return `${head}its rounding is too coarse; precision: "dd" or ${loosen} would decide`;
  if (rounding > error / 4 && obstacle === undefined)
    return `${head}its rounding is too coarse; ${loosen} would decide`;
  return `${head}the function is not smooth here, or varies faster than the steps; ${loosen} would decide`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}
