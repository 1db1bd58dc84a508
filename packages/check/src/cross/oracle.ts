import { fromTypedArray, type Tensor } from "@tapeloop/core";
import { createRandom } from "../random.js";
import type { Subject } from "../subject.js";
import { romberg, scatter, type Slope } from "./romberg.js";
import { directionThrough, type Vectors } from "./vectors.js";

/** An element of a variable, in row-major order. */
export interface Place {
  readonly variable: number;
  readonly index: number;
}

/**
 * Numeric derivatives of one weighted sum of the outputs, for the cross-checks, which ask for one number at a time.
 */
export interface Oracle {
  /** By one element of a variable. */
  entry(place: Place): Slope;
  /** Along a direction. */
  along(direction: Vectors): Slope;
  /** Bound on the rounding of a difference of two values. */
  readonly noise: number;
}

const SEED = 0x5eed;
/** Points for the measurement of rounding, and their distance; its bits have no long runs. */
const [POINTS, SPACING] = [4, 1.4124540336401076 * 2 ** -36];
const FIRST_STEP = 0.05;

/** @param weights as long as the outputs */
export function createOracle(subject: Subject, origin: Float64Array, weights: Float64Array): Oracle {
  const given = subject.variables.map(({ tensor }) => tensor);
  const sizes = given.map((t) => t.size);
  /** Elements that do not change cancel exactly, however large they are. */
  const changeAt = (values: readonly Tensor[]): number => {
    const there = subject.evaluate(values);
    return weights.reduce((sum, w, i) => sum + w * ((there[i] ?? NaN) - (origin[i] ?? NaN)), 0);
  };
  const somewhere = directionThrough(createRandom(SEED), sizes);
  const near = Array.from({ length: 2 * POINTS + 1 }, (_, k) => (k - POINTS) * SPACING);
  const measured = scatter(near.map((t) => changeAt(pointAlong(subject, somewhere, t))));
  const magnitude = weights.reduce((sum, w, i) => sum + Math.abs(w * (origin[i] ?? 0)), 0);
  const noise = 4 * measured + Number.EPSILON * magnitude;
  return {
    noise,
    along: (direction) => romberg((t) => [changeAt(pointAlong(subject, direction, t)), t], FIRST_STEP, noise),
    entry({ variable, index }) {
      const tensor = given[variable];
      const x = tensor?.data[index] ?? NaN;
      const change = (t: number): readonly [number, number] => {
        const values = Float64Array.from(tensor?.data ?? []);
        values[index] = x + t;
        const there = given.with(variable, fromTypedArray(values, tensor?.shape ?? []));
        return [changeAt(there), x + t - x];
      };
      return romberg(change, FIRST_STEP * Math.max(1, Math.abs(x)), noise);
    },
  };
}

/** x + t·v */
export function pointAlong(subject: Subject, direction: Vectors, t: number): Tensor[] {
  return subject.variables.map(({ tensor }, k) => {
    const values = Float64Array.from(tensor.data, (x, i) => x + t * (direction[k]?.[i] ?? 0));
    return fromTypedArray(values, tensor.shape);
  });
}
