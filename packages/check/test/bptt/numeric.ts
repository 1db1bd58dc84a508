/** Numeric derivatives for these tests: extrapolated central differences of a loss in plain loops. */
import { expect } from "vitest";
import { at, build, sizeOf, type Matrix } from "../../src/bptt/matrix.js";

/**
 * How a plain forward pass reads a number: entry (i, j) of `site` at step t. It passes through every value
 * and weight it uses, each time it uses it, so that a test can disturb one number, at one step, for one reader.
 */
export type Read = (site: string, t: number, i: number, j: number, value: number) => number;

/** Reads without disturbing anything. */
export const asIs: Read = (_site, _t, _i, _j, value) => value;

/** f′(0) by central differences with steps `first` / 2^k, extrapolated to step 0 (Romberg). */
export function derivative(f: (disturbance: number) => number, first = 0.05): number {
  let best = NaN;
  let bestChange = Infinity;
  let previous: number[] = [];
  for (let k = 0; k <= 6; k++) {
    const step = first / 2 ** k;
    const row = [(f(step) - f(-step)) / (2 * step)];
    for (const [order, coarse] of previous.entries()) {
      const fine = row[order] ?? NaN;
      const extrapolated = fine + (fine - coarse) / (4 ** (order + 1) - 1);
      const change = Math.max(Math.abs(extrapolated - fine), Math.abs(extrapolated - coarse));
      if (change < bestChange) [best, bestChange] = [extrapolated, change];
      row.push(extrapolated);
    }
    previous = row;
  }
  return best;
}

/**
 * Gradient of `loss` in each entry of `site`, of the size of `like`; with `t` given, of its use at step t
 * alone. `first` is the largest step.
 */
export function numericGradient(
  loss: (read: Read) => number,
  site: string,
  like: Matrix,
  t?: number,
  first?: number,
): Matrix {
  return build(like.rows, like.cols, (i, j) =>
    derivative(
      (disturbance) =>
        loss((s, step, row, col, value) =>
          s === site && (t === undefined || step === t) && row === i && col === j
            ? value + disturbance
            : value,
        ),
      first,
    ),
  );
}

/** Largest difference, relative to the largest entry of `expected`, less 1e-12 for gradients that vanish. */
export function disagreement(actual: Matrix, expected: Matrix): number {
  expect(sizeOf(actual)).toBe(sizeOf(expected));
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < expected.rows; i++) {
    for (let j = 0; j < expected.cols; j++) {
      const error = Math.abs(at(actual, i, j) - at(expected, i, j));
      difference = Number.isNaN(error) ? Infinity : Math.max(difference, error);
      largest = Math.max(largest, Math.abs(at(expected, i, j)));
    }
  }
  return difference <= 1e-12 ? 0 : difference / largest;
}

/** Relative agreement that every gradient here must reach with its numeric derivative. */
export const TOLERANCE = 1e-9;

export function expectAgreement(name: string, actual: Matrix, expected: Matrix): void {
  expect(disagreement(actual, expected), `${name}: relative error`).toBeLessThan(TOLERANCE);
}

/** Two ways to compute the same, in the same arithmetic: equal to rounding. */
export function expectSame(name: string, actual: Matrix, expected: Matrix): void {
  expect(disagreement(actual, expected), `${name}: relative difference`).toBeLessThan(1e-13);
}
