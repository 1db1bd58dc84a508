import type { NumericDerivative } from "./numeric/derivative.js";

export type Verdict = "pass" | "fail" | "inconclusive";

/** An analytic derivative beside the numeric one. */
export interface Pair {
  readonly analytic: number;
  readonly numeric: NumericDerivative;
}

/** What decides about a pair. */
export interface Judgement {
  readonly verdict: Verdict;
  /** |analytic − numeric|. */
  readonly error: number;
  /** The largest error that passes. */
  readonly tolerance: number;
  /** Why it did not pass; empty if it did. */
  readonly reason: string;
}

/** The tolerances that were asked for. */
export interface Tolerances {
  readonly rtol: number;
  readonly atol: number;
}

/**
 * Judges all entries of one gradient. The tolerance of an entry is rtol·|entry| + atol·|largest entry|; for a
 * gradient that is zero everywhere, as far as can be measured, it is what measuring could resolve, at most `atol`.
 *
 * @param magnitude size of the function's own values, to which the rounding of a vanishing gradient is relative
 */
export function judgeAll(pairs: readonly Pair[], { rtol, atol }: Tolerances, magnitude: number): Judgement[] {
  const known = pairs.map(({ numeric }) => numeric).filter(({ error }) => Number.isFinite(error));
  const largest = known.reduce(
    (max, { value, error }) => Math.max(max, Math.abs(value) > error ? Math.abs(value) : 0),
    0,
  );
  const resolution = known.reduce((max, { error }) => Math.max(max, error), 0);
  const floor =
    largest > 0 ? atol * largest : Math.min(atol, 100 * resolution + 1e-13 * magnitude + 1e-6 * atol);
  return pairs.map((pair) => judge(pair, floor, rtol));
}

/** A numeric derivative that is worse than this, relatively, has not settled, and speaks neither for nor against. */
const CONVICTS = 1e-3;

function judge({ analytic, numeric }: Pair, floor: number, rtol: number): Judgement {
  const error = Math.abs(analytic - numeric.value);
  const tolerance = floor + rtol * Math.max(Math.abs(analytic), Math.abs(numeric.value));
  const result = (verdict: Verdict, reason: string): Judgement => ({ verdict, error, tolerance, reason });
  if (!Number.isFinite(analytic)) return result("fail", `the analytic derivative is ${analytic}`);
  if (numeric.kink !== undefined) return atKink(analytic, numeric.kink, result);
  if (!Number.isFinite(numeric.error)) {
    return result("inconclusive", "the function is not finite on both sides of this point, however close");
  }
  if (numeric.error > tolerance) {
    const settled = numeric.error <= CONVICTS * Math.abs(numeric.value);
    if (settled && error > tolerance + numeric.error) return result("fail", "");
    return result(
      "inconclusive",
      `the numeric derivative is only good to ±${numeric.error.toExponential(1)}, which is more than the tolerance ` +
        `${tolerance.toExponential(1)}: the function is not smooth here, or its rounding is too coarse`,
    );
  }
  return error <= tolerance ? result("pass", "") : result("fail", "");
}

/** At a kink every slope between the one-sided ones is a fair answer, and the numeric derivative decides nothing. */
function atKink(
  analytic: number,
  [left, right]: readonly [number, number],
  result: (verdict: Verdict, reason: string) => Judgement,
): Judgement {
  const slack = Math.abs(right - left) / 4;
  const between = analytic >= Math.min(left, right) - slack && analytic <= Math.max(left, right) + slack;
  const slopes = `the left derivative is ${left.toPrecision(4)}, the right one ${right.toPrecision(4)}`;
  return between
    ? result("inconclusive", `the point is a kink: ${slopes}; move it aside to check the gradient`)
    : result("fail", `the point is a kink: ${slopes}, and the analytic derivative lies outside of them`);
}
