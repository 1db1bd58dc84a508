import { readFileSync } from "node:fs";

/** Rows of halves: argument, or arguments, and value. */
export type Rows = readonly (readonly number[])[];

/** A recurrent model with its value and gradient in [w, b], as halves. Batch of one; see models.ts. */
export interface ModelCase {
  readonly hidden: number;
  readonly input: number;
  readonly time: number;
  readonly w: readonly number[];
  readonly b: readonly number[];
  readonly xs: readonly number[];
  readonly seeds: readonly number[];
  readonly value: readonly [number, number];
  readonly gradient: readonly (readonly [number, number])[];
}

const url = new URL("../fixtures/double-double.json", import.meta.url);

/** Values from mpmath; double_double.py beside the file made them. */
export const fixtures = JSON.parse(readFileSync(url, "utf8")) as {
  readonly functions: Record<string, Rows>;
  readonly models: Record<string, ModelCase>;
};

/** Relative error of hi + lo; the difference of the upper halves is exact. */
export function relativeError(hi: number, lo: number, expectedHi: number, expectedLo: number): number {
  return Math.abs(hi - expectedHi + (lo - expectedLo)) / Math.abs(expectedHi);
}
