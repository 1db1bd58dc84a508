import { ArgumentError } from "@tapeloop/core";
import fc from "fast-check";

/** Limits on generated shapes. */
export interface ShapeConstraints {
  /** 0 by default. */
  readonly minRank?: number;
  /** 3 by default, at most 8. */
  readonly maxRank?: number;
  /** Smallest size of an axis, 1 by default; 0 lets empty tensors in. */
  readonly minSize?: number;
  /** Largest size of an axis, 4 by default. */
  readonly maxSize?: number;
}

/** A shape; it shrinks towards fewer and shorter axes. */
export function shape(constraints: ShapeConstraints = {}): fc.Arbitrary<readonly number[]> {
  const { minRank = 0, maxRank = 3, minSize = 1, maxSize = 4 } = constraints;
  return fc.array(fc.integer({ min: minSize, max: maxSize }), { minLength: minRank, maxLength: maxRank });
}

/** Two shapes that broadcast with each other: axes of size 1 and missing leading axes in either of them. */
export function broadcastPair(
  constraints: ShapeConstraints = {},
): fc.Arbitrary<readonly [a: readonly number[], b: readonly number[]]> {
  return shape(constraints).chain((whole) => fc.tuple(part(whole, constraints), part(whole, constraints)));
}

/**
 * As {@link broadcastPair}, but `count` shapes.
 *
 * @throws ArgumentError unless count is a whole number of 1 or more
 */
export function broadcastShapes(
  count: number,
  constraints: ShapeConstraints = {},
): fc.Arbitrary<readonly (readonly number[])[]> {
  if (!Number.isInteger(count) || count < 1) {
    throw new ArgumentError(`broadcastShapes: got ${count} shapes, expected a whole number of 1 or more`);
  }
  return shape(constraints).chain((whole) =>
    fc.tuple(...Array.from({ length: count }, () => part(whole, constraints))),
  );
}

/** A shape without some of the leading axes of another one, and with 1 for some of the rest. */
function part(whole: readonly number[], { minRank = 0 }: ShapeConstraints): fc.Arbitrary<readonly number[]> {
  return fc
    .record({
      dropped: fc.nat(Math.max(whole.length - minRank, 0)),
      ones: fc.array(fc.boolean(), { minLength: whole.length, maxLength: whole.length }),
    })
    .map(({ dropped, ones }) => whole.map((n, i) => (ones[i] === true ? 1 : n)).slice(dropped));
}
