import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

function read(name: string): string {
  return readFileSync(new URL(name, import.meta.url), "utf8");
}

/** What the table in README.md says of each file: its row count and SHA-256. */
function listed(): Map<string, { rows: number; sha256: string }> {
  const rows = read("README.md").matchAll(
    /^\| `(?<file>[^`]+\.csv)` +\| (?<rows>\d+) +\| `(?<sha>[0-9a-f]{64})` \|$/gm,
  );
  return new Map(
    [...rows].map(({ groups = {} }) => [
      groups["file"] ?? "",
      { rows: Number(groups["rows"]), sha256: groups["sha"] ?? "" },
    ]),
  );
}

const MINUTE = 60_000;

const series = [
  {
    file: "co2-mauna-loa.csv",
    header: "date,co2",
    rows: 627,
    first: "1974-05",
    last: "2026-07",
    /** Months since year 0. */
    index: (date: string) => Number(date.slice(0, 4)) * 12 + Number(date.slice(5)),
    date: /^\d{4}-(0[1-9]|1[0-2])$/,
    ranges: [[320, 440]],
  },
  {
    file: "seattle-hourly-normals.csv",
    header: "date,pressure,temperature,wind",
    rows: 8759,
    first: "2010-01-01T01:00:00",
    last: "2010-12-31T23:00:00",
    /** Hours since 1970, the dates read without a time zone. */
    index: (date: string) => Date.parse(`${date}Z`) / (60 * MINUTE),
    date: /^\d{4}-\d{2}-\d{2}T\d{2}:00:00$/,
    ranges: [
      [1015, 1020],
      [3, 25],
      [2, 5],
    ],
  },
];

it("README.md lists exactly the series that are tested here", () => {
  expect([...listed().keys()].sort()).toEqual(series.map(({ file }) => file).sort());
});

describe.each(series)("$file", ({ file, header, rows, first, last, index, date, ranges }) => {
  const text = read(file);
  const [head, ...lines] = text.trimEnd().split("\n");
  const cells = lines.map((line) => line.split(","));
  const dates = cells.map(([when = ""]) => when);

  it("is the bytes and the number of rows that README.md lists", () => {
    expect(listed().get(file)).toEqual({ rows, sha256: createHash("sha256").update(text).digest("hex") });
    expect(lines).toHaveLength(rows);
  });

  it("has the header, and ends in one line feed", () => {
    expect(head).toBe(header);
    expect(text).toMatch(/[^\n]\n$/);
    expect(text).not.toContain("\r");
  });

  it("has a plain number in its range in every cell, and no blank", () => {
    const plain = (value: string, [low = NaN, high = NaN]: number[]) =>
      /^\d+\.\d+$/.test(value) && Number(value) >= low && Number(value) <= high;
    const wrong = lines.filter((_, row) => {
      const values = cells[row]?.slice(1) ?? [];
      return values.length !== ranges.length || !values.every((value, i) => plain(value, ranges[i] ?? []));
    });
    expect(wrong).toEqual([]);
  });

  it("goes forward in equal steps without a gap", () => {
    expect(dates[0]).toBe(first);
    expect(dates.at(-1)).toBe(last);
    expect(dates.filter((when) => !date.test(when))).toEqual([]);
    expect(dates.filter((when, row) => index(when) - index(first) !== row)).toEqual([]);
  });
});
