import { ArgumentError } from "@tapeloop/core";
import { add, lo } from "./arithmetic.js";
import { atZero, extrapolated, type DDNumber } from "./romberg.js";
import type { DDProgram } from "./run.js";
import { largestOf, pointOf, stencilAt, type Level, type Point } from "./stencil.js";
import type { DDValue } from "./tensor.js";

/** A directional derivative from differences in double-double. */
export interface DDDerivative {
  readonly value: DDNumber;
  /** Bound on the error of `value`; `Infinity` where a kink or a value that is not finite lies within every step tried. */
  readonly error: number;
  /** The largest step of the stencil, as a multiple of the direction. */
  readonly step: number;
  /** Whether the points of the stencil lie on different smooth pieces of the function, however small the step. */
  readonly crossedKink: boolean;
  /** Left and right derivatives, if a kink was crossed. */
  readonly slopes: readonly [left: number, right: number] | undefined;
}

/**
 * The first step moves the most sensitive coordinate by 2⁻¹⁴. With steps h, h/2, h/4, h/8, extrapolation leaves a
 * truncation error of h⁸·2⁻¹²·f⁽⁹⁾/9! ≈ 2⁻¹²⁴·f⁽⁹⁾/9!, which is below the rounding of 2⁻¹⁰⁴·f / (h/8) ≈ 2⁻⁸⁷·f even where
 * f is smooth on a scale of a tenth only; a relative error of 1e-18 leaves a factor of 10⁸ for functions that amplify
 * rounding. Smaller steps, for kinks and poles nearby, cost digits in proportion.
 */
const FIRST_STEP = 2 ** -14;
const SHRINK = 2 ** -8;
const ATTEMPTS = 4;
const LEVELS = 4;

/**
 * Derivatives at t = 0 of Σ wᵢ·outᵢ(origin + t·direction), one for each vector of weights: central differences in
 * double-double arithmetic, extrapolated to steps of zero (Romberg). Uses no derivative rule, and is near 1e-24 for
 * smooth functions of size one.
 *
 * @param origin values of all inputs of the program
 * @param direction one vector for each input in double-double, in order
 * @param weights vectors as long as the outputs in double-double, joined
 */
export function ddDerivative(
  program: DDProgram,
  origin: readonly DDValue[],
  direction: readonly Float64Array[],
  weights: readonly Float64Array[],
): DDDerivative[] {
  return ddDerivatives(program, origin, weights)(direction);
}

/** As {@link ddDerivative}, for many directions from one origin, at which the program runs but once. */
export function ddDerivatives(
  program: DDProgram,
  origin: readonly DDValue[],
  weights: readonly Float64Array[],
): (direction: readonly Float64Array[]) => DDDerivative[] {
  const objective = { program, origin, weights };
  const middle = pointOf(objective);
  return (direction) => {
    const largest = largestOf(direction);
    if (!(largest > 0 && largest < Infinity)) {
      throw new ArgumentError(
        `ddDerivative: got a direction with largest component ${largest}, expected a finite one that is not zero`,
      );
    }
    let best: DDDerivative[] = [];
    let step = FIRST_STEP * 2 ** -Math.ceil(Math.log2(largest));
    for (let attempt = 0; attempt < ATTEMPTS; attempt++, step *= SHRINK) {
      const stencil = stencilAt(objective, direction, step, LEVELS);
      const found = weights.map((_, i) => derivative(middle, stencil, i));
      best = found.map(({ settled: _, ...own }, i) => {
        const before = best[i];
        return before !== undefined && before.error < own.error ? before : own;
      });
      if (found.every(({ settled }) => settled)) break;
    }
    return best;
  };
}

/** Beyond this many times the rounding, what extrapolation still moves is worth trying smaller steps for. */
const SETTLED = 2 ** 16;

/** The derivative of sum i from one stencil, and whether smaller steps would not do better. */
function derivative(
  middle: Point,
  stencil: readonly Level[],
  i: number,
): DDDerivative & { settled: boolean } {
  const { value, error } = extrapolated(
    stencil.map(({ left, right, step }) => slope(left, right, i, 2 * step)),
    4,
  );
  const step = stencil[0]?.step ?? NaN;
  const points = stencil.flatMap(({ left, right }) => [left, right]);
  if (points.every((p) => p.hash === middle.hash && p.isFinite)) {
    const rounding =
      (ROUNDING * Math.max(...points.map(({ sizes }) => sizes[i] ?? 0))) / (stencil.at(-1)?.step ?? NaN);
    const settled = error <= SETTLED * rounding;
    return { value, error: error + rounding, step, crossedKink: false, slopes: undefined, settled };
  }
  const crossedKink = points.some((p) => p.hash !== middle.hash);
  const slopes = crossedKink ? oneSided(middle, stencil, i) : undefined;
  return { value, error: Infinity, step, crossedKink, slopes, settled: false };
}

/** Left and right derivative. */
function oneSided(middle: Point, stencil: readonly Level[], i: number): readonly [number, number] {
  const left = stencil.map((level) => slope(level.left, middle, i, level.step));
  const right = stencil.map((level) => slope(middle, level.right, i, level.step));
  return [extrapolated(left, 2).value.hi, extrapolated(right, 2).value.hi];
}

/** Rounding of the outputs that is always allowed for, relative to the sum's terms: 2⁴ units in the last place. */
const ROUNDING = 2 ** -100;

/** (Σ at b − Σ at a) / width, where the width is a power of two. */
function slope(a: Point, b: Point, i: number, width: number): DDNumber {
  const [x, y] = [a.sums[i] ?? atZero, b.sums[i] ?? atZero];
  const h = add(y.hi, y.lo, -x.hi, -x.lo);
  return { hi: h / width, lo: lo() / width };
}
