import { abs, add, ArgumentError, mul, normal, randomKey, uniform, type Tensor } from "@tapeloop/core";
import fc from "fast-check";
import { seed } from "./seed.js";
import { broadcastShapes, type ShapeConstraints } from "./shape.js";

/** What the elements of a generated tensor may be. */
export interface TensorConstraints {
  /** float64 by default, in which gradients are checked. */
  readonly dtype?: "float32" | "float64";
  /**
   * Between which numbers they are, as in `gradcheck`: uniform where both are finite, at a normally distributed distance
   * from the one that is, and standard normal without bounds, which is the default.
   */
  readonly domain?: readonly [low: number, high: number];
}

/**
 * A tensor of random values, of a shape or of generated ones: `tensorOf([2, 3])`, `tensorOf(shape({ maxRank: 2 }))`. It
 * shrinks its shape and never its values.
 *
 * @throws ArgumentError when the domain holds no interval of numbers
 */
export function tensorOf(
  shape: readonly number[] | fc.Arbitrary<readonly number[]>,
  { dtype = "float64", domain = [-Infinity, Infinity] }: TensorConstraints = {},
): fc.Arbitrary<Tensor> {
  const [low, high] = domain;
  if (!(low < high)) {
    throw new ArgumentError(
      `tensorOf: got the domain [${low}, ${high}], expected two numbers, the lower first`,
    );
  }
  const values = (sizes: readonly number[], from: number): Tensor => {
    const key = randomKey(from);
    if (Number.isFinite(low) && Number.isFinite(high)) return uniform(key, sizes, { dtype, low, high });
    const any = normal(key, sizes, { dtype });
    if (!Number.isFinite(low) && !Number.isFinite(high)) return any;
    return Number.isFinite(low) ? add(low, abs(any)) : add(high, mul(-1, abs(any)));
  };
  const sizes = "generate" in shape ? shape : fc.constant(shape);
  return fc.tuple(sizes, seed()).map(([given, from]) => values(given, from));
}

/** `count` tensors whose shapes broadcast with one another. */
export function broadcastTensors(
  count: number,
  constraints: TensorConstraints & ShapeConstraints = {},
): fc.Arbitrary<readonly Tensor[]> {
  return broadcastShapes(count, constraints).chain((all) =>
    fc.tuple(...all.map((each) => tensorOf(each, constraints))),
  );
}
