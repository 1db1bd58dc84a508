import { InputError, quote } from "../input-error.js";
import { isNumber } from "./numbers.js";
import type { Table } from "./table.js";
import { parseTimes } from "./times.js";

const TIME_NAMES =
  /^(?:date|time|datetime|date[ _-]?time|timestamp|year|month|day|hour|week|quarter|period)$/i;
const LISTED = 20;

/** Which columns of a table are read, by position. */
export interface Chosen {
  readonly value: number;
  readonly time: number | undefined;
}

/**
 * Chooses the columns. The value: the one asked for, else the only column of numbers. The times: the one
 * asked for, else the first column named date, time, year or the like, else the first column when its cells
 * are dates or numbers that only grow.
 *
 * @throws {InputError} when a column asked for is not there, or the choice is not clear; lists the columns
 */
export function chooseColumns(
  table: Table,
  path: string,
  asked: { column?: string | undefined; timeColumn?: string | undefined },
): Chosen {
  const value = asked.column === undefined ? undefined : find(table, path, asked.column);
  const time = asked.timeColumn === undefined ? guessTime(table, value) : find(table, path, asked.timeColumn);
  return { value: value ?? onlyNumeric(table, path, time), time };
}

function find(table: Table, path: string, column: string): number {
  const index = table.header.indexOf(column.trim());
  if (index >= 0) return index;
  rejectDataAsHeader(table, path);
  throw new InputError(`${path}: no column named ${quote(column)}; the columns are ${list(table.header)}`);
}

function guessTime(table: Table, value: number | undefined): number | undefined {
  if (table.header.length === 1) return undefined;
  const named = table.header.findIndex((name, index) => index !== value && TIME_NAMES.test(name));
  if (named >= 0) return named;
  return value !== 0 && readsAsTime(cellsOf(table, 0)) ? 0 : undefined;
}

function readsAsTime(cells: readonly string[]): boolean {
  const axis = parseTimes(cells);
  if (axis === undefined || cells.length < 2) return false;
  return axis.kind === "date" || axis.values.every((x, i, all) => i === 0 || x > (all[i - 1] ?? NaN));
}

/** The only column of numbers; when a flaw spoils every column, the one that is meant to be of numbers. */
function onlyNumeric(table: Table, path: string, time: number | undefined): number {
  rejectDataAsHeader(table, path);
  const { header } = table;
  const shares = header.map((_, index) => {
    const cells = cellsOf(table, index);
    return index === time ? 0 : cells.filter(isNumber).length / cells.length;
  });
  const [only, ...others] = firstFound(
    indices(shares, (share) => share === 1),
    indices(shares, (share) => share > 0.5),
    header.length === 2 && time !== undefined ? [1 - time] : [],
  );
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined) {
    throw new InputError(`${path}: found no column of numbers to forecast; the columns are ${list(header)}`);
  }
  const names = list([only, ...others].map((index) => header[index] ?? ""));
  throw new InputError(`${path}: several columns hold numbers, choose one with --column: ${names}`);
}

function rejectDataAsHeader({ header, headerLine }: Table, path: string): void {
  if (!header.every((name) => isNumber(name) || parseTimes([name]) !== undefined)) return;
  throw new InputError(`${path}, line ${headerLine}: expected column names, got data: ${list(header)}`);
}

export function cellsOf({ rows }: Table, column: number): readonly string[] {
  return rows.map((cells) => cells[column] ?? "");
}

function firstFound(...lists: readonly (readonly number[])[]): readonly number[] {
  return lists.find((found) => found.length > 0) ?? [];
}

function indices(shares: readonly number[], accept: (share: number) => boolean): readonly number[] {
  return shares.flatMap((share, index) => (accept(share) ? [index] : []));
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, LISTED).map((name) => quote(name));
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : "";
  return `${shown.join(", ")}${more}`;
}
