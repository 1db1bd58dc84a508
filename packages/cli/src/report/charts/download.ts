import { html, visibleText, type Html } from "../html.js";

/** A column of a table to download: its name and its cells. */
export type Column = readonly [name: string, cells: ArrayLike<number | string>];

const LARGEST = 20_000;

/** A link that saves the numbers behind a chart as CSV; they are in the page itself. */
export function downloadLink(fileName: string, columns: readonly Column[]): Html | undefined {
  const length = Math.max(0, ...columns.map(([, cells]) => cells.length));
  if (length === 0 || length > LARGEST) return undefined;
  const rows = Array.from({ length }, (_, row) =>
    columns.map(([, cells]) => cell(cells[row] ?? "")).join(","),
  );
  const csv = [columns.map(([name]) => cell(name)).join(","), ...rows, ""].join("\r\n");
  return html`<a
    class="download"
    download="${fileName}"
    href="data:text/csv;charset=utf-8,${encodeURIComponent(csv)}"
    >Numbers as CSV</a
  >`;
}

function cell(value: number | string): string {
  if (typeof value === "number") return String(value);
  const text = visibleText(value);
  // A spreadsheet would run a text that begins like a formula.
  const harmless = /^[=+\-@]/.test(text) && !Number.isFinite(Number(text)) ? `'${text}` : text;
  return /[",]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
