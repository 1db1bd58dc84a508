import { CsvError, parse, type Options } from "csv-parse/sync";
import { InputError, quote } from "../input-error.js";

/** A CSV file as text cells, with the line of the file on which each row begins. */
export interface Table {
  /** Column names, trimmed; a column without a name is called by its place, as in `column 2`. */
  readonly header: readonly string[];
  /** The line number in the file (from 1) of the header. */
  readonly headerLine: number;
  /** One row of cells for each line of data; as many cells as the header has names. */
  readonly rows: readonly (readonly string[])[];
  /** `lines[i]` is the line number in the file (from 1) on which `rows[i]` begins. */
  readonly lines: readonly number[];
}

interface ParsedLine {
  readonly cells: readonly string[];
  readonly line: number;
}

const DELIMITERS = [",", ";", "\t", "|"] as const;
const SAMPLE_ROWS = 50;

/**
 * Splits CSV text into a header and rows. The delimiter (comma, semicolon, tab or bar) is found from the
 * text; quotes, quoted line breaks and any line ending are understood. Blank lines are accepted before the
 * header and at the end only, for elsewhere they may stand for a missing value.
 *
 * @throws {InputError} naming the line: a quote that never closes, a row longer or shorter than the header,
 *   a blank line, two columns of one name, a first line that is data, no rows
 */
export function parseTable(text: string, path: string): Table {
  const normalised = text.replace(/\r\n?/g, "\n");
  const [first, ...rest] = trimBlank(parseLines(normalised, findDelimiter(normalised), path));
  if (first === undefined) throw new InputError(`${path}: the file is empty`);
  const header = checkHeader(first, path);
  if (rest.length === 0) throw new InputError(`${path}: has column names and no rows under them`);
  for (const { cells, line } of rest) {
    if (isBlank(cells) && header.length > 1) throw new InputError(`${path}, line ${line}: the line is blank`);
    if (cells.length !== header.length) {
      throw new InputError(
        `${path}, line ${line}: has ${count(cells.length, "cell")}, expected ${header.length} as in the header`,
      );
    }
  }
  return {
    header,
    headerLine: first.line,
    rows: rest.map(({ cells }) => cells),
    lines: rest.map(({ line }) => line),
  };
}

function checkHeader({ cells, line }: ParsedLine, path: string): readonly string[] {
  const header = cells.map((name, index) => name.trim() || `column ${index + 1}`);
  const duplicate = header.find((name, index) => header.indexOf(name) !== index);
  if (duplicate !== undefined) {
    throw new InputError(`${path}, line ${line}: two columns are named ${quote(duplicate)}`);
  }
  return header;
}

/**
 * The delimiter that gives every sampled row the same number of cells, and the most of them; when none does
 * (a ragged file), the one that gives the header the most cells, so that the error names the ragged row.
 */
function findDelimiter(text: string): string {
  let best: { delimiter: string; even: boolean; width: number } = { delimiter: ",", even: false, width: 1 };
  for (const delimiter of DELIMITERS) {
    const widths = sampleWidths(text, delimiter);
    const width = widths[0] ?? 1;
    const even = width > 1 && widths.every((other) => other === width);
    if ((even && !best.even) || (even === best.even && width > best.width)) best = { delimiter, even, width };
  }
  return best.delimiter;
}

/** The number of cells in each of the first rows; none when the delimiter does not go with the quotes. */
function sampleWidths(text: string, delimiter: string): readonly number[] {
  try {
    const sample = parseCells(text, delimiter, { to: SAMPLE_ROWS });
    return sample.filter(({ cells }) => !isBlank(cells)).map(({ cells }) => cells.length);
  } catch (error) {
    if (error instanceof CsvError) return [];
    throw error;
  }
}

function parseLines(text: string, delimiter: string, path: string): ParsedLine[] {
  const parsed: ParsedLine[] = [];
  try {
    return parseCells(text, delimiter, {}, parsed);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // The parser names the line where it gave up, for an open quote the last one; people need the row's first.
    const previous = parsed.at(-1);
    const line = previous === undefined ? 1 : previous.line + lineBreaks(previous.cells) + 1;
    throw new InputError(`${path}, line ${line}: ${QUOTING[error.code] ?? error.message}`, { cause: error });
  }
}

const QUOTING: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: "a quoted cell is opened and never closed",
  INVALID_OPENING_QUOTE: "a quote stands inside a cell that does not begin with one",
  CSV_INVALID_CLOSING_QUOTE: "text follows the closing quote of a cell",
  CSV_MAX_RECORD_SIZE: "a cell is longer than 128,000 characters; a quote may have been left open",
};

function parseCells(
  text: string,
  delimiter: string,
  options: Options,
  into: ParsedLine[] = [],
): ParsedLine[] {
  parse(text, {
    delimiter,
    record_delimiter: "\n",
    relax_column_count: true,
    trim: true,
    on_record: (cells, { lines }) => {
      into.push({ cells, line: lines - lineBreaks(cells) });
      return null;
    },
    ...options,
  });
  return into;
}

/** Line breaks inside quoted cells: the parser counts the line on which a row ends, and people look for its start. */
function lineBreaks(cells: readonly string[]): number {
  return cells.reduce((total, cell) => total + cell.split("\n").length - 1, 0);
}

function trimBlank(lines: readonly ParsedLine[]): readonly ParsedLine[] {
  const first = lines.findIndex(({ cells }) => !isBlank(cells));
  const last = lines.findLastIndex(({ cells }) => !isBlank(cells));
  return first < 0 ? [] : lines.slice(first, last + 1);
}

function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === "");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
