/**
 * Checks of what the formulas are given. All throw before anything is computed, except
 * {@link expectFinite} on states and gradients, which names the step at which numbers overflowed.
 */
import { sizeOf, type Matrix } from "./matrix.js";

/** A named size, such as `["hidden", 4]`. */
export type Dim = readonly [name: string, size: number];

/** Throws a `RangeError` unless each size is a whole number of at least 1. */
export function expectSizes(where: string, dims: readonly Dim[]): void {
  for (const [name, size] of dims) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`${where}: ${name} size is ${size}, expected a whole number of at least 1`);
    }
  }
}

/** Throws a `TypeError` unless `m` is [rows, cols] with that many numbers, all of them finite. */
export function expectMatrix(where: string, name: string, m: Matrix, rows: Dim, cols: Dim): void {
  if (m.rows !== rows[1] || m.cols !== cols[1]) {
    const expected = `[${rows[1]}, ${cols[1]}] (${rows[0]}, ${cols[0]})`;
    throw new TypeError(`${where}: ${name} is ${sizeOf(m)}, expected ${expected}`);
  }
  if (m.data.length !== m.rows * m.cols) {
    const expected = `${m.rows * m.cols} for ${sizeOf(m)}`;
    throw new TypeError(`${where}: ${name} holds ${m.data.length} numbers, expected ${expected}`);
  }
  expectFinite(where, name, m, "expected finite numbers");
}

/** Throws a `TypeError` when an entry of `m` is NaN or infinite; `why` ends the message. */
export function expectFinite(where: string, name: string, m: Matrix, why = "the values overflowed"): void {
  const bad = m.data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const entry = `[${Math.floor(bad / m.cols)}, ${bad % m.cols}]`;
  throw new TypeError(`${where}: ${name} is ${m.data[bad]} at ${entry}, ${why}`);
}

/** Throws a `RangeError` unless there is at least one step, and one objective (or `undefined`) for each. */
export function expectSteps(where: string, xs: readonly unknown[], objectives: readonly unknown[]): void {
  if (xs.length === 0) throw new RangeError(`${where}: got 0 time steps, expected at least 1`);
  if (xs.length !== objectives.length) {
    throw new RangeError(
      `${where}: got ${objectives.length} objectives for ${xs.length} inputs, expected one for each step`,
    );
  }
}
