import { TapeloopError } from "@tapeloop/core";
import type { Kink } from "./engine/kinks.js";
import { formatReport } from "./report/format.js";
import { findHints } from "./report/hints.js";
import { unseenInputs, type UnseenInput } from "./report/unseen.js";
import type { Verdict } from "./verdict.js";

export type { Kink } from "./engine/kinks.js";
export type { UnseenInput } from "./report/unseen.js";

/** One derivative that was checked. */
export interface Comparison {
  /** The variable, such as `inputs[0].wf`. */
  readonly path: string;
  /** The entry of the variable; empty for a scalar. */
  readonly index: readonly number[];
  /** Whether this is the derivative along a random direction through all entries, rather than that of one entry. */
  readonly isDirection: boolean;
  /** How the analytic value was computed: `reverse`, `forward`, `reverse over reverse` or `forward over reverse`. */
  readonly sweep: string;
  /** Which cotangent the result was weighted with. */
  readonly probe: number;
  /** Set if only this element of the results counted, with its weight in the cotangent. */
  readonly output: number | undefined;
  readonly analytic: number;
  readonly numeric: number;
  /** Set when the point lies on a kink: the derivatives on its two sides, of which `numeric` is the mean. */
  readonly sides: readonly [left: number, right: number] | undefined;
  /** |analytic − numeric|; on a kink, how far the analytic value lies outside of the two sides. */
  readonly error: number;
  /** Bound on the error of the numeric value. */
  readonly bound: number;
  /** The largest error that passes. */
  readonly tolerance: number;
  /** The smallest step of the finite differences behind the numeric value; 0 if it comes from a sweep. */
  readonly step: number;
  /** The nearest kink that was met while measuring. */
  readonly kinks: readonly Kink[];
  readonly verdict: Verdict;
  /** Why it did not pass, where there is more to say than the numbers. */
  readonly reason: string;
}

/** How much was checked. */
export interface Coverage {
  readonly checked: number;
  readonly total: number;
}

/** What `gradcheck` found: plain data, but for `toString`. */
export interface GradcheckReport {
  /** Whether every comparison passed, and there was at least one. */
  readonly pass: boolean;
  readonly verdict: Verdict;
  /** What stood in the way of a check as such: values that are not finite, a function that is not deterministic. */
  readonly problems: readonly string[];
  /** The comparison that is furthest from passing, or nearest to failing. */
  readonly worst: Comparison | undefined;
  /** All comparisons that did not pass, the worst first. */
  readonly failures: readonly Comparison[];
  /** How many comparisons were made. */
  readonly comparisons: number;
  /** All comparisons, in the order in which they were made. */
  readonly all: readonly Comparison[];
  /** What the pattern of the failures suggests. */
  readonly hints: readonly string[];
  /**
   * Inputs whose gradient is too small for the tolerance, which is relative to the largest entry of all inputs: they
   * passed, and would have passed as zeros. With `isZero` the result does not depend on them at all at this point.
   */
  readonly unseen: readonly UnseenInput[];
  /** Entries checked one by one, of the inputs (and, for order 2, of inputs and cotangent again). */
  readonly entries: Coverage;
  /** How often the function was called for finite differences. */
  readonly evaluations: number;
  /** The same seed makes the same check. */
  readonly seed: number;
  toString(): string;
}

/** What `assertGradcheck` throws; `report` has the details. */
export class GradcheckError extends TapeloopError {
  override name = "GradcheckError";

  constructor(readonly report: GradcheckReport) {
    super(report.toString());
  }
}

export interface ReportParts {
  readonly problems: readonly string[];
  readonly comparisons: readonly Comparison[];
  readonly entries: Coverage;
  readonly evaluations: number;
  readonly seed: number;
  readonly hints?: readonly string[];
}

/** Sums up. A check without comparisons is inconclusive: nothing was shown. */
export function makeReport(parts: ReportParts): GradcheckReport {
  const { problems, comparisons, entries, evaluations, seed, hints = findHints(comparisons) } = parts;
  const sorted = [...comparisons].sort((a, b) => badness(b) - badness(a));
  const failures = sorted.filter(({ verdict }) => verdict !== "pass");
  const failed = problems.length > 0 || failures.some(({ verdict }) => verdict === "fail");
  const empty = comparisons.length === 0;
  const verdict: Verdict = failed ? "fail" : failures.length > 0 || empty ? "inconclusive" : "pass";
  const report = {
    pass: verdict === "pass",
    verdict,
    problems,
    worst: sorted[0],
    failures,
    comparisons: comparisons.length,
    all: comparisons,
    hints,
    unseen: unseenInputs(comparisons),
    entries,
    evaluations,
    seed,
  };
  return { ...report, toString: () => formatReport(report) };
}

/** Failed comparisons first, then undecided ones, of each the entries before the directions, then by how far off. */
function badness({ verdict, error, bound, tolerance, isDirection }: Comparison): number {
  const amount = verdict === "inconclusive" ? bound : error;
  const ratio = amount === 0 ? 0 : amount / tolerance;
  const size = Number.isFinite(ratio) ? ratio / (1 + ratio) : 1;
  return { pass: 0, inconclusive: 2, fail: 4 }[verdict] + size - (isDirection ? 1 : 0);
}
