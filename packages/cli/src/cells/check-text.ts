import { heatMap, type CellPart, type CheckCellReport } from "@tapeloop/check";
import type { CellSizes } from "@tapeloop/nn";

const VERDICTS = { pass: "passed", fail: "FAILED", inconclusive: "inconclusive" } as const;
const COLUMNS = [5, 6, 6, 12, 12] as const;
const ARITHMETIC = { float64: "float64", dd: "double-double" } as const;

/** What is checked, and the head of the table. */
export function checkHeading(
  given: string,
  name: string,
  { input, hidden }: CellSizes,
  precision: "float64" | "dd",
): string {
  const title = given === name ? name : `${name} (${given})`;
  const head = row(["time", "batch", "order", "entries", "worst error"]);
  return `${title}: input ${input}, hidden ${hidden}, ${ARITHMETIC[precision]}\n${head}  verdict`;
}

/** A part of the check: a line of the table, or a sentence below it. Nothing for what goes without saying. */
export function checkLine({ name, kind, verdict, error, text, ...part }: CellPart): string | undefined {
  const { gradcheck, steps = 0, batch = 0 } = part;
  if (gradcheck !== undefined) {
    const { checked, total } = gradcheck.entries;
    const entries = checked === total ? `${total}` : `${checked} of ${total}`;
    const order = kind === "second order" ? 2 : 1;
    return `${row([steps, batch, order, entries, error === undefined ? "" : short(error)])}  ${VERDICTS[verdict]}`;
  }
  if (verdict === "pass") {
    if (kind === "state" || kind === "repeat") return undefined;
    return error === undefined ? text : `${text}, to ${short(error)}`;
  }
  return `${name}: ${VERDICTS[verdict]}${error === undefined ? "" : `, worst error ${short(error)}`}`;
}

/** What stands under the table: what was wrong, and the verdict. */
export function checkSummary({ details, verdict, zeroGradients }: CheckCellReport): string {
  const zeros =
    zeroGradients.length === 0
      ? []
      : ["", `exactly 0 in every part, so only zero was checked: ${zeroGradients.join(", ")}`];
  return [...zeros, ...(details === "" ? [] : ["", details, ""]), VERDICTS[verdict]].join("\n");
}

/** Errors by parameter and time step as SVG; `undefined` if there are none, as the state does not keep its structure. */
export function checkHeatMap(
  { cell, timeline, verdict, seed }: CheckCellReport,
  { input, hidden }: CellSizes,
): string | undefined {
  if (timeline === undefined) return undefined;
  const { rows, steps, hint } = timeline;
  return heatMap({
    rows: rows.map(({ path, relative, verdicts }) => ({ path, errors: relative, verdicts })),
    steps,
    title: `${cell}: error of the gradient at each time step`,
    // Of a hint, what fits into the line: where the errors are.
    note: hint === "" ? `input ${input}, hidden ${hidden}, seed ${seed}: ${VERDICTS[verdict]}` : before(hint),
  });
}

function before(hint: string): string {
  return hint.split(/ \(|, while|: /)[0] ?? hint;
}

function row(cells: readonly (string | number)[]): string {
  return cells.map((cell, i) => String(cell).padStart(COLUMNS[i] ?? 0)).join("  ");
}

function short(error: number): string {
  return error === 0 ? "0" : error.toExponential(1);
}
