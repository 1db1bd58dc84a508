import { TapeloopError } from "@tapeloop/core";
import type { Verdict } from "./verdict.js";

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
  readonly analytic: number;
  readonly numeric: number;
  /** |analytic − numeric|. */
  readonly error: number;
  /** Bound on the error of the numeric value. */
  readonly bound: number;
  /** The largest error that passes. */
  readonly tolerance: number;
  /** The smallest step of the finite differences behind the numeric value. */
  readonly step: number;
  readonly verdict: Verdict;
  /** Why it did not pass, where there is more to say than the numbers. */
  readonly reason: string;
}

/** How much was checked. */
export interface Coverage {
  readonly checked: number;
  readonly total: number;
}

/** What `gradcheck` found. */
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
  readonly comparisons: number;
  /** Entries checked one by one, of the inputs (and, for order 2, of inputs and cotangent again). */
  readonly entries: Coverage;
  /** How often the function was called for finite differences. */
  readonly evaluations: number;
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
}

/** Sums up. A check without comparisons is inconclusive: nothing was shown. */
export function makeReport({
  problems,
  comparisons,
  entries,
  evaluations,
  seed,
}: ReportParts): GradcheckReport {
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

const SHOWN = 4;

function formatReport(report: Omit<GradcheckReport, "toString">): string {
  const { verdict, worst, failures, problems, comparisons, entries, evaluations, seed } = report;
  const title = {
    pass: "gradcheck passed",
    fail: "gradcheck failed",
    inconclusive: "gradcheck is inconclusive",
  }[verdict];
  const lines = problems.map((problem) => `  ${problem}`);
  if (worst === undefined && problems.length === 0)
    lines.push("  nothing was checked: no float64 element in the inputs or in the result");
  if (worst !== undefined && verdict === "pass") lines.push(`  closest call: ${oneLine(worst)}`);
  if (worst !== undefined && failures.length > 0) lines.push(...detail(worst));
  for (const other of failures.slice(1, SHOWN)) lines.push(`  then ${oneLine(other)}`);
  if (failures.length > SHOWN) lines.push(`  and ${failures.length - SHOWN} more`);
  const share = entries.checked === entries.total ? "all" : `${entries.checked} of`;
  lines.push(
    `  checked ${share} ${entries.total} entries, ${failures.length} of ${comparisons} comparisons did not pass ` +
      `(${evaluations} evaluations, seed ${seed})`,
  );
  const place = worst !== undefined && failures.length > 0 ? ` at ${entryName(worst)}` : "";
  return `${title}${place}\n${lines.join("\n")}`;
}

function detail(worst: Comparison): string[] {
  const { sweep, analytic, numeric, error, bound, tolerance, step, probe, reason, isDirection } = worst;
  return [
    `  analytic ${analytic}  (${sweep})`,
    `  numeric  ${numeric}  ± ${bound.toExponential(1)}  (step ${step.toPrecision(3)})`,
    `  error    ${error.toExponential(2)}, tolerance ${tolerance.toExponential(2)}, cotangent ${probe}`,
    ...(reason === "" ? [] : [`  ${reason}`]),
    ...(isDirection
      ? ["  every entry that was checked by itself agrees; raise maxEntries to find the one that does not"]
      : []),
  ];
}

function oneLine(c: Comparison): string {
  return `${entryName(c)}: analytic ${short(c.analytic)} (${c.sweep}), numeric ${short(c.numeric)}, error ${c.error.toExponential(1)}`;
}

function entryName({ path, index }: Comparison): string {
  return index.length === 0 ? path : `${path} [${index.join(", ")}]`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(8)));
}
