import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { long, type Long } from "../../scripts/coefficients/number.js";
import { committed, free, type Solution } from "../../scripts/coefficients/problem.js";
import { largestErrorOf, minimax } from "../../scripts/coefficients/remez.js";
import { isRight, report, statement } from "../../scripts/coefficients/report.js";
import { formats } from "../../scripts/coefficients/rounding.js";
import { tables, type Table } from "../../scripts/coefficients/tables.js";

/** How far from the generator's coefficients a table's error may be: its search for roundings is no proof of the best. */
const NEAR = 1.05;

/** Older than the generator, and good enough to stay: digits are others, errors hardly. */
const OLDER = [
  "half-tanh.ts ODD, EVEN float32",
  "tanh.ts SMALL float32",
  "tanh.ts SMALL float64",
  "sigmoid.ts SERIES float32",
];

const nameOf = ({ name, precision }: Table) => `${name} ${precision}`;
const named = tables.map((table) => [nameOf(table), table] as const);

describe.each(named)("the coefficients of %s", (_, table) => {
  const found = report(table);
  const { round } = formats[table.precision];

  it("are as good as rounded coefficients can be", () => {
    expect(found.committed).toBeLessThanOrEqual(NEAR * found.rounded);
    expect(found.committed).toBeLessThanOrEqual(1.2 * (found.minimax + roundingAlone(table)));
  });

  it("have the error that the file states", () => {
    expect(isRight(table.stated, found.committed), `stated ${table.stated}, is ${found.committed}`).toBe(
      true,
    );
    const file = `../../packages/core/src/kernels/math/${table.name.split(" ")[0]}`;
    expect(readFileSync(new URL(file, import.meta.url), "utf8")).toContain(statement(table));
  });

  it("would be found out if one of them were changed in its late decimals", () => {
    const errorOf = largestErrorOf(table);
    const all = committed(table, round);
    const [late, first] = table.precision === "float32" ? [1e-3, 1e-6] : [1e-4, 1e-13];
    const unnoticed = [...all.top, ...all.bottom].flatMap((_, k) =>
      [1, -1]
        .map((sign) => sign * (k === 0 ? first : late))
        .filter((change) => errorOf(changed(all, k, change)) * 2 ** table.unit <= NEAR * found.rounded)
        .map((change) => `coefficient ${k} times ${1 + change}`),
    );
    expect(unnoticed).toEqual([]);
  });
});

it.each(named.filter(([name]) => !OLDER.includes(name)))(
  "%s is the generator's, digit by digit",
  (_, table) => {
    const found = report(table);
    const { round } = formats[table.precision];
    expect(table.top.coefficients.map(round)).toEqual(found.top);
    expect(table.bottom.coefficients.map(round)).toEqual(found.bottom);
  },
);

it("an exchange ends with an error that alternates between equal extremes, which proves that none is smaller", () => {
  for (const table of tables) {
    const { error, atLeast } = minimax(table);
    expect(error / atLeast - 1, nameOf(table)).toBeLessThan(1e-8);
  }
});

it("finds known minimax polynomials", () => {
  // x² by a line on [−1, 1] is ½, with the error ½; x³ by a quadratic is ¾·x, with the error ¼ (Chebyshev).
  const power = (exponent: number, degree: number) => {
    const table = tables.find(({ name }) => name === "erf.ts FAR");
    if (table === undefined) throw new Error("no table to take the form from");
    const [target, one] = [(x: Long) => long(x.hi ** exponent), () => long(1)];
    const coefficients = Array.from({ length: degree + 1 }, () => 0);
    const domain = { low: -1, high: 1, even: false };
    return minimax({ ...table, target, scale: one, top: { ...table.top, coefficients }, domain });
  };
  expect(power(2, 1).error).toBeCloseTo(0.5, 8);
  expect(power(3, 2).error).toBeCloseTo(0.25, 8);
  expect(power(3, 2).top.map(({ hi }) => hi)[1]).toBeCloseTo(0.75, 8);
});

/**
 * Where the variable is 0, a polynomial with nothing before it is its first coefficient, and nothing makes up for the
 * rounding of that one. In units of the table.
 */
function roundingAlone(table: Table): number {
  if (table.top.pinned > 0 || free(table.bottom).length > 0) return 0;
  if (table.top.base(long(table.domain.high)).hi !== 0) return 0;
  const { hi = 0, lo = 0 } = minimax(table).top[0] ?? {};
  return Math.abs(lo / hi) * 2 ** table.unit;
}

function changed({ top, bottom }: Solution, k: number, change: number): Solution {
  const at = (first: number) => (c: Long, i: number) => (first + i === k ? long(c.hi * (1 + change)) : c);
  return { top: top.map(at(0)), bottom: bottom.map(at(top.length)) };
}
