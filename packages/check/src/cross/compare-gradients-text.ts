import { MEANING } from "./blame.js";
import type { GradientComparison, GradientEntry, GradientGroup } from "./comparison.js";

const TITLES = { pass: "passed", fail: "failed", inconclusive: "is inconclusive" } as const;
const SHOWN = 4;
const GROUPS_SHOWN = 12;

/** The verdict, the worst entries, and who is wrong where. */
export function formatComparison(report: Omit<GradientComparison, "toString">): string {
  const { verdict, blame, groups, wrong, missing, numericEntries, problem, seed } = report;
  const entries = groups.reduce((sum, group) => sum + group.entries, 0);
  const why =
    problem === ""
      ? entries === 0
        ? "nothing was compared: no element in the inputs"
        : MEANING[blame]
      : problem;
  const bad = groups.filter((group) => group.wrong > 0);
  return [
    `gradients compared three ways: ${TITLES[verdict]}: ${why}`,
    ...wrong.slice(0, SHOWN).flatMap(detail),
    ...(wrong.length > SHOWN ? [`  and ${wrong.length - SHOWN} more entries`] : []),
    ...(bad.length > 0 ? ["  by variable and time step:"] : []),
    ...bad.slice(0, GROUPS_SHOWN).map(groupLine),
    ...(bad.length > GROUPS_SHOWN ? [`    and ${bad.length - GROUPS_SHOWN} more`] : []),
    ...(missing.length > 0 ? [`  not in the hand formula: ${missing.join(", ")}`] : []),
    `  compared ${entries} entries by hand and tape, ${numericEntries} of them numerically (seed ${seed})`,
  ].join("\n");
}

function detail(e: GradientEntry): string[] {
  const place = `${e.path}${e.step === undefined ? "" : ` at t = ${e.step}`}${e.index.length === 0 ? "" : ` [${e.index.join(", ")}]`}`;
  return [
    `  ${place}: ${MEANING[e.blame]}`,
    `    hand ${e.hand}, tape ${e.tape}, numeric ${Number.isNaN(e.numeric) ? "not computed" : `${e.numeric} ± ${e.bound.toExponential(1)}`}${hint(e)}`,
  ];
}

/** What a mistake often looks like. */
function hint({ hand, tape, numeric, blame }: GradientEntry): string {
  const [wrong, right] = blame === "hand" ? [hand, tape] : blame === "tape" ? [tape, numeric] : [NaN, NaN];
  const is = (factor: number): boolean => Math.abs(wrong - factor * right) <= 1e-5 * Math.abs(right);
  if (wrong === 0) return "; it is zero: a term is missing";
  if (is(-1)) return "; the sign is wrong";
  if (is(2)) return "; it is twice the right value";
  return is(0.5) ? "; it is half of the right value" : "";
}

function groupLine({ path, step, blame, entries, wrong, worst }: GradientGroup): string {
  const time = step === undefined ? "" : ` at t = ${step}`;
  const error = worst === undefined ? "" : `, error ${worst.error.toExponential(1)} of the largest entry`;
  return `    ${path}${time}: ${blame}, ${wrong} of ${entries} entries${error}`;
}
