import { expect } from "vitest";

type Nested = number | boolean | readonly Nested[];

/** Expects nested numbers to agree within `tolerance`, relative to the larger of 1 and the expected value. */
export function expectClose(got: Nested | undefined, expected: Nested | undefined, tolerance: number): void {
  const [a, b] = [flat(got), flat(expected)];
  expect(a).toHaveLength(b.length);
  b.forEach((value, i) => {
    const error = Math.abs((a[i] ?? NaN) - value) / Math.max(1, Math.abs(value));
    expect(error, `element ${i}: got ${a[i] ?? NaN}, expected ${value}`).toBeLessThanOrEqual(tolerance);
  });
}

function flat(values: Nested | undefined): number[] {
  if (values === undefined) return [NaN];
  return typeof values === "object" ? values.flatMap(flat) : [Number(values)];
}
