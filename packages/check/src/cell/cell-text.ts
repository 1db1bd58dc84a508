import type { CheckCellReport } from "./check-cell.js";
import type { Timeline } from "./timeline.js";

const TITLES = { pass: "passed", fail: "failed", inconclusive: "is inconclusive" } as const;
const MARKS = { pass: "passed", fail: "FAILED", inconclusive: "inconclusive" } as const;
/** Time steps for which the table has room. */
const COLUMNS = 10;

/** A line for each part, what was found where something was, and the table of parameters and time steps. */
export function formatCell({
  verdict,
  cell,
  parts,
  timeline,
  seed,
}: Omit<CheckCellReport, "toString">): string {
  const width = Math.max(...parts.map(({ name }) => name.length));
  const lines = parts.map(({ name, verdict: v, error }) => {
    const size = error === undefined ? "" : `  worst error ${error === 0 ? "0" : error.toExponential(1)}`;
    return `  ${name.padEnd(width)}  ${(v === "pass" && size === "" ? MARKS[v] : MARKS[v].padEnd(12)).trimEnd().padEnd(12)}${size}`.trimEnd();
  });
  const bad = parts.filter((part) => part.verdict !== "pass" && part.verdict === verdict);
  return [
    `check of cell ${cell} ${TITLES[verdict]} (seed ${seed})`,
    ...lines,
    ...bad.slice(0, 2).flatMap(({ name, text }) => ["", `${name}: ${text}`]),
    ...(timeline !== undefined && timeline.verdict !== "pass" ? ["", ...formatTimeline(timeline)] : []),
  ].join("\n");
}

/** Errors by parameter and time step, as a part of the largest entry at that step; `!` marks what failed, `?` what is open. */
export function formatTimeline({ rows, steps, hint }: Timeline): string[] {
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
          return `${error === 0 ? "0" : error.toExponential(1)}${v === "fail" ? "!" : v === "inconclusive" ? "?" : " "}`;
        }),
      ),
    ),
    ...(hint === "" ? [] : [`  ${hint}`]),
  ];
}
