import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSeriesText } from "../../src/csv/index.js";

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;

/** A column name that a person might give, and that is no number or date. */
const columnName = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
  .map((text) => `x ${text.replaceAll(/[\p{Cc}\uFEFF]/gu, "")}`.trim());

const table = fc.record({
  names: fc.uniqueArray(columnName, { minLength: 2, maxLength: 5 }),
  rows: fc.integer({ min: 1, max: 20 }),
  values: fc.infiniteStream(fc.double({ noNaN: true, noDefaultInfinity: true })),
  notes: fc.infiniteStream(fc.string({ unit: "binary-ascii", maxLength: 8 })),
  quotes: fc.infiniteStream(fc.boolean()),
  asked: fc.nat(),
  delimiter: fc.constantFrom(",", ";", "\t", "|"),
  lineEnd: fc.constantFrom("\n", "\r\n", "\r"),
  lastLineEnd: fc.boolean(),
});

describe("a table written as CSV", () => {
  it("is read back bit for bit, whatever its delimiter, line ends and quotes", () => {
    fc.assert(
      fc.property(table, (written) => {
        const { names, delimiter, lineEnd } = written;
        const asked = written.asked % names.length;
        const values = [...written.values.take(written.rows)];
        const [notes, quotes] = [written.notes[Symbol.iterator](), written.quotes[Symbol.iterator]()];
        const lines = values.map((value) => {
          const number = Object.is(value, -0) ? "-0" : String(value);
          return names.map((_, column) => {
            if (column !== asked) return quoted(String(notes.next().value));
            return quotes.next().value === true ? quoted(number) : number;
          });
        });
        const text = [names.map(quoted), ...lines].map((cells) => cells.join(delimiter)).join(lineEnd);
        const name = names[asked] ?? "";
        const series = readSeriesText(text + (written.lastLineEnd ? lineEnd : ""), "t.csv", { column: name });
        expect(series.name).toBe(name);
        expect(series.rows).toBe(values.length);
        expect([...series.values]).toEqual(values);
      }),
    );
  });

  it("is refused with the line of the flaw, wherever one cell is spoilt", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 40 }), fc.nat(), (values, at) => {
        const row = at % values.length;
        const cells = values.map((value, index) => (index === row ? "n/a" : String(value)));
        const text = ["name,value", ...cells.map((cell) => `x,${cell}`)].join("\n");
        expect(() => readSeriesText(text, "t.csv", { column: "value" })).toThrow(
          `t.csv, line ${row + 2}, column "value": expected a number, got "n/a"`,
        );
      }),
    );
  });
});
