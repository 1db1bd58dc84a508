import type { CellSizes } from "@tapeloop/nn";
import type { CellCheck, CellCheckRun } from "./check-cell.js";

const VERDICTS = { pass: "passed", fail: "FAILED", inconclusive: "inconclusive" } as const;
const COLUMNS = [5, 6, 6, 12, 12] as const;

/** What is checked, and the head of the table. */
export function checkHeading(given: string, name: string, { input, hidden }: CellSizes): string {
  const title = given === name ? name : `${name} (${given})`;
  return `${title}: input ${input}, hidden ${hidden}, float64\n${row(["time", "batch", "order", "entries", "worst error"])}  verdict`;
}

/** A check as a line of the table. */
export function checkLine({ time, batch, order, report }: CellCheckRun): string {
  const { checked, total } = report.entries;
  const { worst } = report;
  // As a part of the entry itself or, for small ones, of the largest.
  const size = worst === undefined ? NaN : Math.max(Math.abs(worst.analytic), Math.abs(worst.numeric));
  const error = worst === undefined ? "" : short(worst.error === 0 ? 0 : worst.error / size);
  const entries = checked === total ? `${total}` : `${checked} of ${total}`;
  return `${row([time, batch, order, entries, error])}  ${VERDICTS[report.verdict]}`;
}

/** What stands under the table: what was wrong, and the verdict. */
export function checkSummary({ runs, modes, isMixed, verdict }: CellCheck): string {
  const bad = runs.find(({ report }) => report.verdict === verdict && verdict !== "pass");
  const lines = [
    `scan and loop ${modes.passed ? "agree" : "DIFFER"}: outputs and gradients to ${short(modes.difference)}`,
    ...(isMixed === true ? ["note: the sequences of a batch have an influence on one another"] : []),
    ...(isMixed === false ? ["each sequence of a batch is independent of the others"] : []),
    ...(bad === undefined
      ? []
      : ["", `time ${bad.time}, batch ${bad.batch}, order ${bad.order}: ${bad.report.toString()}`, ""]),
    { pass: "passed", fail: "FAILED", inconclusive: "inconclusive" }[verdict],
  ];
  return lines.join("\n");
}

function row(cells: readonly (string | number)[]): string {
  return cells.map((cell, i) => String(cell).padStart(COLUMNS[i] ?? 0)).join("  ");
}

function short(error: number): string {
  return error === 0 ? "0" : error.toExponential(1);
}
