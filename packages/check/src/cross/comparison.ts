import type { Verdict } from "../verdict.js";
import { SEVERITY, type Blame } from "./blame.js";
import { formatComparison } from "./compare-gradients-text.js";

/** An entry of a gradient in three ways. */
export interface GradientEntry {
  /** The variable, such as `inputs[0].wf`. */
  readonly path: string;
  readonly index: readonly number[];
  /** Time step, counted from 1, of a variable that has an axis of time. */
  readonly step: number | undefined;
  readonly hand: number;
  readonly tape: number;
  /** NaN where it was not asked for. */
  readonly numeric: number;
  /** Bound on the error of the numeric value. */
  readonly bound: number;
  /** |hand − tape| as a part of the largest entry of the gradient of this variable. */
  readonly error: number;
  readonly blame: Blame;
}

/** The findings on a variable, or on one time step of it. */
export interface GradientGroup {
  readonly path: string;
  readonly step: number | undefined;
  /** The worst that was found. */
  readonly blame: Blame;
  readonly entries: number;
  /** Of those, how many are not as they should be. */
  readonly wrong: number;
  readonly worst: GradientEntry | undefined;
}

/** What `compareGradients` found. */
export interface GradientComparison {
  readonly pass: boolean;
  readonly verdict: Verdict;
  /** Which of the three is wrong; the gravest finding. */
  readonly blame: Blame;
  readonly groups: readonly GradientGroup[];
  /** All entries that do not agree, the worst first. */
  readonly wrong: readonly GradientEntry[];
  /** Variables of which the formula gave no gradient. */
  readonly missing: readonly string[];
  /** Entries that were also computed numerically. */
  readonly numericEntries: number;
  readonly problem: string;
  readonly seed: number;
  toString(): string;
}

/** The findings by variable and, where there is an axis of time, by time step. */
export function groupsOf(entries: readonly GradientEntry[]): GradientGroup[] {
  const groups = new Map<string, GradientEntry[]>();
  for (const entry of entries) {
    const key = `${entry.path}\n${entry.step ?? ""}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()].map((members): GradientGroup => {
    const [worst] = [...members].sort(byBadness);
    return {
      path: worst?.path ?? "",
      step: worst?.step,
      blame: worst?.blame ?? "none",
      entries: members.length,
      wrong: members.filter((e) => e.blame !== "none").length,
      worst,
    };
  });
}

/** The worst first; an error that is not a number is the worst. */
function byBadness(a: GradientEntry, b: GradientEntry): number {
  const size = (e: GradientEntry): number => (Number.isNaN(e.error) ? Infinity : e.error);
  return SEVERITY[b.blame] - SEVERITY[a.blame] || (size(b) > size(a) ? 1 : size(b) < size(a) ? -1 : 0);
}

/** The verdict follows from the gravest finding. */
export function summary(
  entries: readonly GradientEntry[],
  groups: readonly GradientGroup[],
  missing: readonly string[],
  rest: { readonly problem: string; readonly seed: number; readonly numericEntries: number },
): GradientComparison {
  const wrong = entries.filter((e) => e.blame !== "none").sort(byBadness);
  const worst = wrong[0]?.blame ?? "none";
  const isEmpty = entries.length === 0;
  const verdict: Verdict =
    worst === "none" ? (isEmpty ? "inconclusive" : "pass") : worst === "numeric" ? "inconclusive" : "fail";
  const sum = { pass: verdict === "pass", verdict, blame: worst, groups, wrong, missing, ...rest };
  return { ...sum, toString: () => formatComparison(sum) };
}
