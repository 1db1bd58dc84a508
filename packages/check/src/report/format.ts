import type { Comparison, GradcheckReport, Kink } from "../report.js";
import { describeUnseen } from "./unseen.js";

/** Failures that are shown besides the worst. */
const SHOWN = 4;

/** The report as text for a terminal. */
export function formatReport(report: Omit<GradcheckReport, "toString">): string {
  const { verdict, worst, failures, problems, hints } = report;
  const title = {
    pass: "gradcheck passed",
    fail: "gradcheck failed",
    inconclusive: "gradcheck is inconclusive",
  }[verdict];
  const lines = problems.map((problem) => `  ${problem}`);
  if (worst === undefined && problems.length === 0)
    lines.push("  nothing was checked: no float64 element in the inputs or in the result");
  if (worst !== undefined && verdict === "pass") lines.push(`  closest call: ${oneLine(worst)}`);
  if (worst !== undefined && failures.length > 0) lines.push(...detail(worst, report));
  for (const other of failures.slice(1, SHOWN)) lines.push(`  then ${oneLine(other)}`);
  if (failures.length > SHOWN) lines.push(`  and ${failures.length - SHOWN} more`);
  for (const hint of hints) lines.push(`  hint: ${hint}`);
  for (const line of describeUnseen(report.unseen)) lines.push(`  ${line}`);
  lines.push(...coverage(report));
  const place = worst !== undefined && failures.length > 0 ? ` at ${entryName(worst)}` : "";
  return `${title}${place}\n${lines.join("\n")}`;
}

function coverage(report: Omit<GradcheckReport, "toString">): string[] {
  const { entries, failures, comparisons, evaluations, seed, all, verdict } = report;
  const share = entries.checked === entries.total ? "all" : `${entries.checked} of`;
  const tied = all.filter(({ sides }) => sides !== undefined).length;
  const counts =
    `  checked ${share} ${entries.total} entries, ${failures.length} of ${comparisons} comparisons did not pass ` +
    `(${evaluations} evaluations, seed ${seed})`;
  return [
    ...(tied > 0 && verdict === "pass"
      ? [`  ${tied} derivatives on a kink lie between its left and its right derivative`]
      : []),
    counts,
    ...(failures.length > 0 ? [`  the same check again: gradcheck(fn, inputs, { seed: ${seed} })`] : []),
  ];
}

function detail(worst: Comparison, { entries }: Omit<GradcheckReport, "toString">): string[] {
  const { sweep, analytic, numeric, error, bound, tolerance, step, probe, output, reason, isDirection } =
    worst;
  const sampled = entries.checked < entries.total;
  const element = output === undefined ? "" : `, of which element ${output} alone`;
  return [
    `  analytic ${analytic}  (${sweep})`,
    `  numeric  ${numeric}  ± ${bound.toExponential(1)}  (step ${step.toPrecision(3)})`,
    ...(worst.sides === undefined
      ? []
      : [`  left and right of the point: ${worst.sides.map(short).join(" and ")}`]),
    `  error    ${error.toExponential(2)}, tolerance ${tolerance.toExponential(2)}, cotangent ${probe}${element}`,
    ...(reason === "" ? [] : [`  ${reason}`]),
    ...worst.kinks.map((kink) => `  ${describeKink(kink)}`),
    ...(isDirection && sampled
      ? [
          "  every entry that was checked by itself agrees; raise maxEvaluations to find the one that does not",
        ]
      : []),
  ];
}

function describeKink({ op, where, index, distance }: Kink): string {
  const place = [where, index.length === 0 ? "" : `element [${index.join(", ")}]`].filter((s) => s !== "");
  const what = op === "" ? "there is a kink, or the program takes another way," : `${op} has a kink`;
  const at = distance === 0 ? "at this very point" : `within ${distance.toExponential(1)} of this point`;
  return `${what} ${at}${place.length === 0 ? "" : `: ${place.join(", ")}`}`;
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
