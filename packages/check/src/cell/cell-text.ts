import type { CheckCellReport } from "./check-cell.js";
import type { Verdict } from "../verdict.js";
import { worstParts, type CellPart } from "./parts.js";
import type { Timeline } from "./timeline.js";

const TITLES = { pass: "passed", fail: "failed", inconclusive: "is inconclusive" } as const;
const MARKS = { pass: "passed", fail: "FAILED", inconclusive: "inconclusive" } as const;
/** Time steps for which the table has room. */
const COLUMNS = 10;

/** A line for each part, and the details of what did not pass. */
export function formatCell({
  verdict,
  cell,
  parts,
  zeroGradients,
  details,
  seed,
}: Omit<CheckCellReport, "toString">): string {
  const width = Math.max(...parts.map(({ name }) => name.length));
  const lines = parts.map(({ name, verdict: v, error }) => {
    const size = error === undefined ? "" : `  worst error ${short(error)}`;
    return `  ${name.padEnd(width)}  ${MARKS[v].padEnd(12)}${size}`.trimEnd();
  });
  const title = `check of cell ${cell} ${TITLES[verdict]} (seed ${seed})`;
  return [title, ...lines, ...formatZeros(zeroGradients), ...(details === "" ? [] : ["", details])].join(
    "\n",
  );
}

/** A gradient of zero passes every comparison with differences of zero, and says little. */
function formatZeros(paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  const plural = paths.length === 1 ? "" : "s";
  return [
    `  note: the gradient${plural} of ${paths.join(", ")} ${plural === "" ? "is" : "are"} exactly 0 in every part: ` +
      "unused, or saturated at this point? Only that zero was checked",
  ];
}

/** What was found where something was: the worst parts, and the table of parameters and time steps. */
export function formatDetails(
  parts: readonly CellPart[],
  verdict: Verdict,
  timeline: Timeline | undefined,
): string {
  const bad = worstParts(parts, verdict);
  // What is wrong with the gradient also shows in what is derived from it; the time line has its own table.
  const follows = bad.some(({ kind }) => kind === "gradient") ? ["second order", "adjoint"] : [];
  const texts = bad
    .filter(({ kind }) => kind !== "time steps" && !follows.includes(kind))
    .map(({ name, text }) => `${name}: ${text}`);
  const table =
    timeline?.verdict === verdict && verdict !== "pass" ? [formatTimeline(timeline).join("\n")] : [];
  return [...texts, ...table].join("\n\n");
}

/** Errors by parameter and time step, as a part of the largest entry at that step; `!` marks what failed, `?` what is open. */
function formatTimeline({ rows, steps, hint }: Timeline): string[] {
  const shown = Array.from({ length: steps }, (_, t) => t).filter(
    (t) => steps <= COLUMNS || t % Math.ceil(steps / COLUMNS) === 0 || t === steps - 1,
  );
  const width = Math.max(9, ...rows.map(({ path }) => path.length));
  const line = (name: string, cells: readonly string[]): string =>
    `  ${name.padEnd(width)}${cells.map((c) => c.padStart(10)).join("")}`;
  return [
    "error of the gradient at each time step, as a part of the largest entry there:",
    line(
      "",
      shown.map((t) => `t = ${t + 1}`),
    ),
    ...rows.map(({ path, relative, verdicts }) =>
      line(
        path,
        shown.map((t) => {
          const v = verdicts[t] ?? "pass";
          const error = relative[t] ?? NaN;
          return `${short(error)}${v === "fail" ? "!" : v === "inconclusive" ? "?" : " "}`;
        }),
      ),
    ),
    ...(hint === "" ? [] : [`  ${hint}`]),
  ];
}

function short(error: number): string {
  return error === 0 ? "0" : error.toExponential(1);
}
