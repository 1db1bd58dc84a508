import { fromTypedArray, type Tensor } from "@tapeloop/core";
import { EVERYTHING } from "../engine/domain.js";
import { Experiment } from "../engine/experiment.js";
import { directionTarget, entryTarget, proportioned, type Target } from "../engine/targets.js";
import { measureNoise } from "../numeric/noise.js";
import type { NumericDerivative } from "../numeric/stencil.js";
import { UNKNOWN } from "../numeric/tableau.js";
import { createRandom, randomDirection } from "../random.js";
import type { Entry } from "../sampling.js";
import type { Subject } from "../subject.js";
import type { Vectors } from "./vectors.js";

/** A derivative from finite differences, and how far it can be trusted. */
export interface Slope {
  readonly value: number;
  /** Bound on the error of `value`; Infinity if nothing was found. */
  readonly bound: number;
  /** Whether the derivatives to the left and to the right differ. */
  readonly isKink: boolean;
}

/**
 * Numeric derivatives of one weighted sum of the outputs, for the cross-checks, which ask for one number at a time.
 */
export interface Oracle {
  /** By one element of a variable. */
  entry(place: Entry): Slope;
  /** Along a direction. */
  along(direction: Vectors): Slope;
  /** Bound on the rounding of a difference of two values. */
  readonly noise: number;
}

const SEED = 0x5eed;
/** Rounding that the few points of the measurement may have missed. */
const SIGMAS = 4;

/** @param weights as long as the outputs */
export function createOracle(subject: Subject, origin: Float64Array, weights: Float64Array): Oracle {
  const random = createRandom(SEED);
  const experiment = new Experiment(
    subject,
    subject.variables.map(() => EVERYTHING),
    random,
  );
  const { ground, size } = experiment;
  const measure = (target: Target): Slope => slopeOf(experiment.measure(target, [weights])[0] ?? UNKNOWN);
  const { line } = directionTarget(ground, proportioned(randomDirection(random, size), ground), "");
  const here = { at: 0, ...subject.sample(subject.variables.map(({ tensor }) => tensor)) };
  const [measured = 0] = measureNoise(line, here, [weights]);
  const magnitude = weights.reduce((sum, w, i) => sum + Math.abs(w * (origin[i] ?? 0)), 0);
  return {
    noise: SIGMAS * measured + Number.EPSILON * magnitude,
    along: (direction) => measure(directionTarget(ground, joined(direction), "")),
    entry: (place) => measure(entryTarget(ground, place)),
  };
}

function slopeOf({ value, error, sides, kink }: NumericDerivative): Slope {
  const [left, right] = sides ?? [];
  const differ =
    left !== undefined &&
    right !== undefined &&
    Math.abs(left.value - right.value) > left.error + right.error + 1e-9 * Math.abs(value);
  return { value, bound: error, isKink: kink !== undefined || differ };
}

function joined(parts: Vectors): Float64Array {
  return Float64Array.from(parts.flatMap((part) => Array.from(part)));
}

/** x + t·v */
export function pointAlong(subject: Subject, direction: Vectors, t: number): Tensor[] {
  return subject.variables.map(({ tensor }, k) => {
    const values = Float64Array.from(tensor.data, (x, i) => x + t * (direction[k]?.[i] ?? 0));
    return fromTypedArray(values, tensor.shape);
  });
}
