import type { Long } from "./number.js";
import { committed, free, type Solution, type Sum } from "./problem.js";
import { largestErrorOf, minimax } from "./remez.js";
import { formats, rounded, roundedEach } from "./rounding.js";
import type { Table } from "./tables.js";

/** Errors of a table in its unit. */
export interface Report {
  readonly table: Table;
  /** Of the best coefficients that are not rounded. */
  readonly minimax: number;
  /** Of these, each rounded by itself. */
  readonly each: number;
  /** Of the generator's coefficients: rounded so that they make up for one another. */
  readonly rounded: number;
  /** Of those in kernels/math. */
  readonly committed: number;
  /** The generator's coefficients, those that are pinned too. */
  readonly top: readonly number[];
  readonly bottom: readonly number[];
}

export function report(table: Table): Report {
  const largestError = largestErrorOf(table);
  const inUnits = (solution: Solution) => largestError(solution) * 2 ** table.unit;
  const format = formats[table.precision];
  const best = minimax(table);
  const found = rounded(table, best, format);
  const all = ({ coefficients, pinned }: Sum, others: readonly Long[]) => [
    ...coefficients.slice(0, pinned),
    ...others.map(({ hi }) => hi),
  ];
  return {
    table,
    minimax: inUnits(best),
    each: inUnits(roundedEach(best, format)),
    rounded: inUnits(found),
    committed: inUnits(committed(table, format.round)),
    top: all(table.top, found.top),
    bottom: all(table.bottom, found.bottom),
  };
}

/** Whether an error, rounded to the digits that a comment gives, is what the comment says. */
export function isRight(stated: number, error: number): boolean {
  const digits = stated.toExponential().replace(/e.*$/, "").replace(".", "").length;
  return Number(error.toPrecision(digits)) === stated;
}

/** The table as the files of kernels/math state its error: 0.64·2⁻²⁴. */
export function statement({ stated, unit }: Table): string {
  const raised = String(unit).replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(Number(digit)));
  return `${stated}·2⁻${raised}`;
}

/** Some lines about a table. */
export function describe(found: Report, print: boolean): string {
  const { table } = found;
  const { low, high, even } = table.domain;
  const degree = (coefficients: readonly number[]) => coefficients.length - 1;
  const degrees =
    free(table.bottom).length === 0
      ? `degree ${degree(table.top.coefficients)}`
      : `degrees ${degree(table.top.coefficients)} and ${degree(table.bottom.coefficients)}`;
  const interval = even ? `±${high.toPrecision(6)}` : `${low.toPrecision(6)} … ${high.toPrecision(6)}`;
  const error = (x: number) => x.toPrecision(3);
  const lines = [
    `${table.name}, ${table.precision}: ${table.approximates}, ${degrees}, on ${interval}`,
    `  error in 2^-${table.unit}: minimax ${error(found.minimax)}, rounded one by one ${error(found.each)}, ` +
      `rounded together ${error(found.rounded)}; committed ${error(found.committed)}, ` +
      `stated ${table.stated}${isRight(table.stated, found.committed) ? "" : " (wrong)"}`,
  ];
  if (print) {
    for (const coefficients of [found.top, found.bottom]) {
      if (coefficients.length > 0)
        lines.push(`  [${coefficients.map((c) => shortest(c, table)).join(", ")}]`);
    }
  }
  return lines.join("\n");
}

/** The fewest decimals that the table's precision rounds to x. */
function shortest(x: number, { precision }: Table): string {
  const { round } = formats[precision];
  for (let digits = 1; digits < 17; digits++) {
    const short = Number(x.toPrecision(digits));
    if (round(short) === x) return written(short);
  }
  return written(x);
}

/** With an exponent where zeros would follow the point. */
function written(x: number): string {
  return Math.abs(x) < 1e-4 ? x.toExponential() : String(x);
}
