import type { ReportData } from "../data.js";
import { visibleText } from "../html.js";

const LONGEST = 40;

/** The column and its unit, as lettering of an axis: `CO2 (ppm)`. */
export function unitLabel({ run, unit }: ReportData): string {
  const column = [...visibleText(run.column)];
  const name = column.length > LONGEST ? `${column.slice(0, LONGEST).join("")}…` : column.join("");
  return unit === undefined ? name : `${name} (${visibleText(unit)})`;
}

/** The unit as it follows a figure; nothing when it is not known. */
export function unitSuffix({ unit }: ReportData): string {
  return unit === undefined ? "" : ` ${unit}`;
}
