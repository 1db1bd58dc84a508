import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSeries, readSeriesText } from "../../src/csv/index.js";
import { InputError } from "../../src/input-error.js";

const read = (text: string, column?: string, timeColumn?: string) =>
  readSeriesText(text, "series.csv", { column, timeColumn });

/** The one line that reading this text fails with. */
function problem(text: string, column?: string): string {
  try {
    read(text, column);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    if (error instanceof InputError) {
      expect(error.exitCode).toBe(2);
      expect(error.message).not.toMatch(/[\r\n]/);
      return error.message;
    }
  }
  throw new Error("read without an error");
}

describe("a well-formed file", () => {
  it("gives the values of the column asked for, with the times beside them", () => {
    const series = read("date,co2,wind\n2020-01,1.5,3\n2020-02,-2e1,4\n", "co2");
    expect(series).toEqual({
      name: "co2",
      values: Float64Array.of(1.5, -20),
      times: ["2020-01", "2020-02"],
      timeName: "date",
      rows: 2,
      warnings: [],
    });
  });

  it("needs no column name when there is one column of numbers", () => {
    expect(read("date,place,co2\n2020-01-01,here,1\n2020-01-02,there,2\n").name).toBe("co2");
    expect([...read("value\n3\n4\n").values]).toEqual([3, 4]);
  });

  it("does not take a year, or a first column of growing numbers, for the value", () => {
    expect(read("year,value\n1990,5\n1991,4\n")).toMatchObject({ name: "value", times: ["1990", "1991"] });
    expect(read("decimal,value\n1958.2,5\n1958.3,4\n")).toMatchObject({ name: "value", timeName: "decimal" });
    expect(read(",value\n0,5\n1,4\n")).toMatchObject({ name: "value", timeName: "column 1" });
  });

  it("has no times when no column looks like them", () => {
    expect(read("a,b\n2,5\n1,4\n", "b")).not.toHaveProperty("times");
    expect(read("place,b\nx,5\ny,4\n")).not.toHaveProperty("times");
  });

  it("takes the times from the column asked for", () => {
    expect(read("value,when\n1,x\n2,y\n", "value", "when").times).toEqual(["x", "y"]);
  });

  it("may have a byte order mark, Windows line ends, quotes, spaces and blank lines at either end", async () => {
    await inFolder(
      '\uFEFF\r\n"the date" , value\r\n"2020-01-01"," 1.5 "\r\n2020-01-02, +2.\r\n\r\n \r\n',
      async (path) => {
        const series = await readSeries(path, { column: "value" });
        expect(series).toMatchObject({ values: Float64Array.of(1.5, 2), timeName: "the date" });
      },
    );
  });

  it.each([";", "\t", "|", ","])("may be delimited by %j", (delimiter) => {
    const text = ["date,note,value", '2020-01-01,"a,b;c|d\te",1', "2020-01-02,plain,2"];
    const lines = text.map((line) => line.replaceAll(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/g, delimiter));
    expect([...read(lines.join("\n"), "value").values]).toEqual([1, 2]);
  });

  it("keeps the blank cells between tabs", () => {
    expect([...read("a\tb\tvalue\n\t\t1\n x \t\t 2 \n", "value").values]).toEqual([1, 2]);
  });

  it("is warned about, and still read, when time runs backwards", () => {
    const { warnings } = read("date,value\n2020-01-02,1\n2020-01-01,2\n");
    expect(warnings).toEqual([
      'series.csv, line 3: time runs backwards: "2020-01-01" comes after "2020-01-02"',
    ]);
    expect(read("date,value\n2020-01-01T02:00,1\n2020-01-01T02:00,2\n").warnings).toEqual([]);
  });
});

describe("a cell that is not a finite number", () => {
  it.each([
    ["n/a", 'expected a number, got "n/a"'],
    ["3 ppm", 'expected a number, got "3 ppm"'],
    ["0x10", 'expected a number, got "0x10"'],
    ["", "the cell is blank, expected a number"],
    ["  ", "the cell is blank, expected a number"],
    ["NaN", 'expected a finite number, got "NaN"'],
    ["-Infinity", 'expected a finite number, got "-Infinity"'],
    ["1e999", '"1e999" is too large for a number'],
    ['"1,234.5"', 'expected a number without thousands separators, got "1,234.5"'],
    ["1 234 567", 'expected a number without thousands separators, got "1 234 567"'],
    ['"3,14"', 'expected a decimal point, got the comma in "3,14"'],
  ])("is named with its line and column: %j", (cell, expected) => {
    const text = `date,value\n2020-01-01,1\n2020-01-02,2\n2020-01-03,${cell}\n2020-01-04,5\n`;
    expect(problem(text, "value")).toBe(`series.csv, line 4, column "value": ${expected}`);
    expect(problem(text)).toBe(`series.csv, line 4, column "value": ${expected}`);
  });

  it("is named by the line on which its row begins, even below quoted line breaks", () => {
    expect(problem('note,value\r\n"two\r\nlines",1\r\n"three\n\nlines",x\r\n', "value")).toBe(
      'series.csv, line 4, column "value": expected a number, got "x"',
    );
  });

  it("cannot break the message over two lines or flood it", () => {
    const message = problem(`v,w\n"a\n\u001b[2J${"b".repeat(500)}",1\n`, "v");
    expect(message).toMatch(/^series\.csv, line 2, column "v": expected a number, got "a\\n\\u001b\[2Jb+…"$/);
    expect(message.length).toBeLessThan(120);
  });

  it("does not matter in a column that nobody asked for", () => {
    expect([...read("a,b\nn/a,1\n,2\n", "b").values]).toEqual([1, 2]);
  });
});

describe("a table that is not well formed", () => {
  it.each([
    ["a short row", "a,b\n1,2\n3\n", "series.csv, line 3: has 1 cell, expected 2 as in the header"],
    ["a long row", "a,b\n1,2\n3,4,5\n", "series.csv, line 3: has 3 cells, expected 2 as in the header"],
    ["a blank line", "a,b\n1,2\n\n3,4\n", "series.csv, line 3: the line is blank"],
    ["two columns of one name", "a,b,a\n1,2,3\n", 'series.csv, line 1: two columns are named "a"'],
    ["no rows", "a,b\n", "series.csv: has column names and no rows under them"],
    ["nothing", "\n \n", "series.csv: the file is empty"],
    ["an open quote", 'a,b\n1,"2\n3,4\n', "series.csv, line 2: a quoted cell is opened and never closed"],
    ["no names", "1,2\n3,4\n", 'series.csv, line 1: expected column names, got data: "1", "2"'],
  ])("is refused for %s", (_, text, message) => {
    expect(problem(text, "b")).toBe(message);
  });

  it("is refused for a blank line in a single column, where it stands for a missing value", () => {
    expect(problem("value\n1\n\n3\n")).toBe(
      'series.csv, line 3, column "value": the cell is blank, expected a number',
    );
  });

  it("is read as far as the first flaw, whatever the delimiter", () => {
    expect(problem("date;value\n2020-01-01;1,5\n2020-01-02;2,5\n")).toBe(
      'series.csv, line 2, column "value": expected a decimal point, got the comma in "1,5"',
    );
  });
});

describe("the choice of the column", () => {
  it("lists the columns there are when the one asked for is not among them", () => {
    expect(problem("date,CO2\n2020-01-01,1\n", "co2")).toBe(
      'series.csv: no column named "co2"; the columns are "date", "CO2"',
    );
  });

  it("lists the candidates when several columns hold numbers", () => {
    expect(problem("date,a,b\n2020-01-01,1,2\n2020-01-02,1,2\n")).toBe(
      'series.csv: several columns hold numbers, choose one with --column: "a", "b"',
    );
  });

  it("says so when no column holds numbers", () => {
    expect(problem("a,b\nx,y\n")).toBe(
      'series.csv: found no column of numbers to forecast; the columns are "a", "b"',
    );
  });

  it("may fall on a column that is named by a number", () => {
    expect([...read("2019,2020\n1,5\n2,4\n", "2020").values]).toEqual([5, 4]);
  });

  it("shortens a long list of columns", () => {
    const names = Array.from({ length: 30 }, (_, index) => `c${index}`);
    expect(problem(`${names.join(",")}\n${names.map(() => "1").join(",")}\n`)).toMatch(/"c19" and 10 more$/);
  });
});

describe("a file that cannot be read", () => {
  it("is named when it does not exist or is a folder", async () => {
    await expect(readSeries("no/such.csv")).rejects.toThrow(new InputError("no/such.csv: no such file"));
    await expect(readSeries(tmpdir())).rejects.toThrow(
      new InputError(`${tmpdir()}: is a folder, not a file`),
    );
  });

  it.each([
    ["nothing", "", "the file is empty"],
    ["UTF-16", Buffer.from("\uFEFFa\n1\n", "utf16le"), "is UTF-16 text; save it as CSV in UTF-8"],
    ["a workbook", "PK\u0003\u0004...", "is a zip archive or an Excel workbook; export the sheet as CSV"],
    ["gzip", Buffer.from([0x1f, 0x8b, 8]), "is compressed with gzip; unpack it first"],
    ["binary", "a\n\0\n", "is a binary file, not CSV text"],
    ["Latin-1", Buffer.from("temp °C\n1\n", "latin1"), "is not UTF-8 text; save it as CSV in UTF-8"],
  ])("is refused when it holds %s", async (_, content, message) => {
    await inFolder(content, async (path) => {
      await expect(readSeries(path)).rejects.toThrow(new InputError(`${path}: ${message}`));
    });
  });
});

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tapeloop-csv-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function inFolder(content: string | Uint8Array, use: (path: string) => Promise<void>): Promise<void> {
  const path = join(folder, "series.csv");
  await writeFile(path, content);
  await use(path);
}
