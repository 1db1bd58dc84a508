import { brokenTies, difference, type BrokenTie, type Difference } from "./branch.js";
import { weightedMagnitude, weightedSum, type Line, type LinePoint } from "./line.js";
import type { Estimate } from "./tableau.js";

/** A kink that finite differences ran into. */
export interface Obstacle {
  readonly difference: Difference;
  /** The smallest |t| at which the function was seen on another branch; 0 for a tie. */
  readonly distance: number;
}

/** A derivative from finite differences, and how far it can be trusted. */
export interface NumericDerivative extends Estimate {
  /** What `value` lacks, where it was measured to more than double precision. */
  readonly low?: number;
  /**
   * Set when t = 0 lies exactly on a boundary between two branches: the derivative on each side of it. `value` is
   * their mean.
   */
  readonly sides?: readonly [left: Estimate, right: Estimate];
  /** With `sides`: the ties that the line breaks; not set if the program takes another way instead. */
  readonly broken?: readonly BrokenTie[];
  /**
   * Left and right slopes where they differ, and not less so for smaller steps, although no operation says that it
   * has a kink here.
   */
  readonly kink?: readonly [left: number, right: number];
  /** The nearest kink met on the way. */
  readonly obstacle?: Obstacle;
  /** Whether steps led to values that are not finite. */
  readonly leftDomain?: boolean;
}

/** What measuring a derivative needs, besides the line. */
export interface Measurement {
  /** The function at t = 0. */
  readonly origin: LinePoint;
  /** One vector per wanted derivative, each as long as the outputs. */
  readonly weights: readonly Float64Array[];
  /** Per weight vector, the measured rounding noise of the sum (standard deviation). */
  readonly noise: readonly number[];
}

/** Steps that are tried within one branch and inside of the domain. */
export const MAX_ROWS = 15;
/** Below this part of the point's size a step is lost in rounding. */
const SMALLEST = 2 ** -43;
/** Kinks are first approached by halves. */
const PATIENCE = 3;
/** Noise is bounded by this many standard deviations. */
const NOISE_SIGMAS = 4;

/** The steps that are tried: halved, and quartered once a kink proves to be close. */
export class Steps {
  #rows = 0;
  #beyond = 0;
  #obstacle: Obstacle | undefined;
  #leftDomain = false;

  constructor(
    readonly line: Line,
    /** The step to try next. */
    public step: number,
  ) {}

  get isExhausted(): boolean {
    return (
      this.#rows >= MAX_ROWS || !(this.step > SMALLEST * Math.max(1, this.line.size) || this.#beyond === 0)
    );
  }

  /** The step led onto another branch. */
  beyond(found: Difference): void {
    this.meet(found, this.step);
    this.step /= this.#beyond++ < PATIENCE ? 2 : 4;
  }

  /** The step led to values that are not finite. */
  outside(): void {
    this.#leftDomain = true;
    this.next();
  }

  next(): void {
    this.#rows++;
    this.step /= 2;
  }

  meet(found: Difference, distance: number): void {
    this.#obstacle = { difference: found, distance };
  }

  /** What was met on the way. */
  get met(): Pick<NumericDerivative, "obstacle" | "leftDomain"> {
    return {
      leftDomain: this.#leftDomain,
      ...(this.#obstacle !== undefined && { obstacle: this.#obstacle }),
    };
  }
}

/** Where a point lies on another branch than the given one; functions that cannot be observed have but one. */
export function leaves(origin: LinePoint, point: LinePoint): Difference | undefined {
  if (origin.trace === undefined || point.trace === undefined) return undefined;
  return difference(origin.trace, point.trace);
}

/** The ties at t = 0 that are broken to either side; see {@link brokenTies}. */
export function tiesBroken(
  origin: LinePoint,
  left: LinePoint,
  right: LinePoint,
): readonly BrokenTie[] | undefined {
  if (origin.trace === undefined || left.trace === undefined || right.trace === undefined) return undefined;
  return brokenTies(origin.trace, left.trace, right.trace);
}

/** Steps below this part of the first one may be too small to change a value that they would change but for rounding. */
const TINY = 2 ** -9;

/**
 * Bound on the rounding error of the difference quotient of a weighted sum between two points of a line. Elements that
 * do not change are constant along the line, so they have no rounding errors, unless the points are very close.
 */
export function roundingOf(
  line: Line,
  weights: Float64Array,
  a: LinePoint,
  b: LinePoint,
  noise: number,
  quotient: number,
): number {
  const width = Math.abs(b.at - a.at);
  const isTiny = width < TINY * line.step;
  const magnitude = isTiny
    ? weightedSum(weights.map(Math.abs), b.outputs.map(Math.abs))
    : weightedMagnitude(weights, a.outputs, b.outputs);
  // Where nothing changes at all, the change may be below the last digit of what does not.
  if (magnitude === 0) {
    return (Number.EPSILON * weightedSum(weights.map(Math.abs), b.outputs.map(Math.abs))) / width;
  }
  const input = line.size * Math.abs(quotient);
  return (2 * (NOISE_SIGMAS * noise + Number.EPSILON * (2 * magnitude + input))) / width;
}
