import { InputError, quote } from "../input-error.js";
import { cellsOf, chooseColumns } from "./columns.js";
import { readText } from "./decode.js";
import { readNumber } from "./numbers.js";
import { parseTable, type Table } from "./table.js";
import { parseTimes } from "./times.js";

export interface ReadSeriesOptions {
  /** Name of the column to read; without it, the only column of numbers. */
  readonly column?: string | undefined;
  /** Name of the column of times; without it, one is looked for. */
  readonly timeColumn?: string | undefined;
}

/** One column of a CSV file, with the times of its rows where there are any. */
export interface Series {
  /** The column's name. */
  readonly name: string;
  /** One finite number a row, in the order of the file. */
  readonly values: Float64Array;
  /** The time of each row as the file writes it, trimmed; absent without a column of times. */
  readonly times?: readonly string[];
  /** The name of the column of times; may be empty. */
  readonly timeName?: string;
  /** Number of rows under the header. */
  readonly rows: number;
  /** What is odd and yet usable, one line each: times that run backwards. */
  readonly warnings: readonly string[];
}

/**
 * Reads one column of numbers from a CSV file. Comma, semicolon, tab and bar are found as delimiters; a byte
 * order mark, any line ending and quoted cells are understood.
 *
 * @throws {InputError} one line naming the file, and the line and column where there are any: a file that is
 *   missing, empty or no UTF-8 text, a column that is not there, a ragged row, a cell that is blank, no number
 *   or not finite
 */
export async function readSeries(path: string, options: ReadSeriesOptions = {}): Promise<Series> {
  return readSeriesText(await readText(path), path, options);
}

/** `readSeries` on text already in memory; `path` is only named in errors. */
export function readSeriesText(text: string, path: string, options: ReadSeriesOptions = {}): Series {
  const table = parseTable(text, path);
  const { value, time } = chooseColumns(table, path, options);
  const name = table.header[value] ?? "";
  const series = { name, values: readValues(table, value, path), rows: table.rows.length };
  if (time === undefined || time === value) return { ...series, warnings: [] };
  const times = cellsOf(table, time).map((cell) => cell.trim());
  return { ...series, times, timeName: table.header[time] ?? "", warnings: checkOrder(table, times, path) };
}

function readValues(table: Table, column: number, path: string): Float64Array {
  return Float64Array.from(cellsOf(table, column), (cell, row) => {
    const reading = readNumber(cell);
    if ("value" in reading) return reading.value;
    const where = `line ${table.lines[row] ?? "?"}, column ${quote(table.header[column] ?? "")}`;
    throw new InputError(`${path}, ${where}: ${reading.problem}`);
  });
}

/** A series must run forward in time to be forecast; a repeated hour, as at the end of summer time, may stay. */
function checkOrder({ lines }: Table, times: readonly string[], path: string): readonly string[] {
  const values = parseTimes(times)?.values;
  const back = values?.findIndex((time, row) => row > 0 && time < (values[row - 1] ?? NaN)) ?? -1;
  if (back < 0) return [];
  const pair = `${quote(times[back] ?? "")} comes after ${quote(times[back - 1] ?? "")}`;
  return [`${path}, line ${lines[back] ?? "?"}: time runs backwards: ${pair}`];
}
