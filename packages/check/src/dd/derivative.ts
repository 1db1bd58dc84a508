import { ArgumentError, checkList, checkMethods } from "@tapeloop/core";
import { brokenTies, difference, type BrokenTie, type Difference } from "../numeric/branch.js";
import { add, lo } from "./arithmetic.js";
import { atZero, extrapolated, type DDNumber } from "./romberg.js";
import type { DDProgram } from "./run.js";
import { largestOf, pointOf, stencilAt, type Objective, type Place, type Point } from "./stencil.js";
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
  /** The kink that was crossed, or at which the point lies. */
  readonly kink?: DDKink;
}

/** What is known of a kink. */
export interface DDKink {
  readonly difference: Difference;
  /** Whether the point lies on it, and both sides were measured: how far the slopes can be trusted. */
  readonly errors?: readonly [left: number, right: number];
  /** The ties that are broken on the two sides. */
  readonly broken?: readonly BrokenTie[];
}

/**
 * The first step moves the most sensitive coordinate by 2⁻¹⁴. With steps h, h/2, h/4, h/8, extrapolation leaves a
 * truncation error of h⁸·2⁻¹²·f⁽⁹⁾/9! ≈ 2⁻¹²⁴·f⁽⁹⁾/9!, which is below the rounding of 2⁻¹⁰⁴·f / (h/8) ≈ 2⁻⁸⁷·f even where
 * f is smooth on a scale of a tenth only; a relative error of 1e-18 leaves a factor of 10⁸ for functions that amplify
 * rounding. Smaller steps, for kinks and poles nearby, cost digits in proportion. To one side, seven steps leave
 * h⁷·2⁻²¹·f⁽⁸⁾/8! ≈ 2⁻¹³⁴·f⁽⁸⁾.
 */
const FIRST_STEP = 2 ** -14;
const SHRINK = 2 ** -8;
const ATTEMPTS = 4;
const LEVELS = 4;
const LEVELS_ASIDE = 7;

/** How far a line may be followed to the left and to the right, in units of t. */
export type Room = readonly [left: number, right: number];
const ANYWHERE: Room = [Infinity, Infinity];

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
  checkMethods("ddDerivative", program, "the program, expected what ddProgram makes", ["run"]);
  for (const [name, list] of Object.entries({ origin, direction, weights }))
    checkList("ddDerivative", name, list);
  return ddDerivatives(program, origin, weights)(direction);
}

/**
 * As {@link ddDerivative}, for many directions from one origin, at which the program runs but once. Where there is less
 * room than a step to one side, differences to the other side are used.
 */
export function ddDerivatives(
  program: DDProgram,
  origin: readonly DDValue[],
  weights: readonly Float64Array[],
): (direction: readonly Float64Array[], room?: Room) => DDDerivative[] {
  const objective = { program, origin, weights };
  const middle = pointOf(objective);
  return (direction, [left, right] = ANYWHERE) => {
    const largest = largestOf(direction);
    if (!(largest > 0 && largest < Infinity)) {
      throw new ArgumentError(
        `ddDerivative: got a direction with largest component ${largest}, expected a finite one that is not zero`,
      );
    }
    let best: DDDerivative[] = [];
    let step = Math.min(FIRST_STEP * powerBelow(1 / largest), powerBelow(Math.max(left, right)));
    for (let attempt = 0; attempt < ATTEMPTS; attempt++, step *= SHRINK) {
      const stencil = new Stencil(objective, middle, direction, step, [step <= left, step <= right]);
      const found = weights.map((_, i) => stencil.derivative(i));
      best = found.map(({ settled: _, ...own }, i) => {
        const before = best[i];
        return before !== undefined && errorOf(before) < errorOf(own) ? before : own;
      });
      if (found.every(({ settled }) => settled)) break;
    }
    return best;
  };
}

/** On a kink that of the slopes. */
function errorOf({ error, kink }: DDDerivative): number {
  return kink?.errors === undefined ? error : Math.max(...kink.errors);
}

/** The largest power of two that is no larger. */
function powerBelow(x: number): number {
  return x === Infinity ? Infinity : 2 ** Math.floor(Math.log2(x));
}

/** Beyond this many times the rounding, what extrapolation still moves is worth trying smaller steps for. */
const SETTLED = 2 ** 16;
/** Rounding of the outputs that is always allowed for, relative to the sum's terms: 2⁴ units in the last place. */
const ROUNDING = 2 ** -100;

/** What was read off a stencil, and whether smaller steps would not do better. */
type Finding = DDDerivative & { readonly settled: boolean };
type Value = Pick<Finding, "value" | "error" | "settled">;

/** Points at one step and its halves, to both sides of t = 0 or to one. */
class Stencil {
  /** By side; empty where there is no room. */
  readonly #sides: readonly [left: Place[], right: Place[]];
  readonly #isFinite: boolean;
  /** Where points lie on another branch than t = 0. */
  readonly #left: Difference | undefined;
  /** Whether t = 0 lies on a boundary between its two sides, each of which is one branch. */
  readonly #isTie: boolean;

  constructor(
    readonly objective: Objective,
    readonly middle: Point,
    readonly direction: readonly Float64Array[],
    readonly step: number,
    [hasLeft, hasRight]: readonly [boolean, boolean],
  ) {
    const levels = hasLeft && hasRight ? LEVELS : LEVELS_ASIDE;
    const side = (sign: number): Place[] => stencilAt(objective, direction, sign * step, levels);
    const [left, right] = (this.#sides = [hasLeft ? side(-1) : [], hasRight ? side(1) : []]);
    const points = [...left, ...right].map(({ point }) => point);
    this.#isFinite = points.every(({ isFinite }) => isFinite);
    const differences = points.flatMap(({ trace }) => difference(middle.trace, trace) ?? []);
    const beyond = differences.find(({ isTie }) => !isTie);
    const areAlike = isOneBranch(points);
    // A boundary that both sides leave in the same way, such as that of relu(x²) at 0, is none.
    const isSmooth = beyond === undefined && areAlike && left.length > 0 && right.length > 0;
    this.#left = isSmooth ? undefined : (beyond ?? differences[0]);
    const branches = [left, right].every((places) => isOneBranch(places.map(({ point }) => point)));
    this.#isTie = this.#left?.isTie === true && branches;
  }

  derivative(i: number): Finding {
    const { step } = this;
    const [left, right] = this.#sides;
    const unknown = { value: atZero, error: Infinity, step, settled: false };
    const kink = this.#left && { kink: { difference: this.#left } };
    if (!this.#isFinite) return { ...unknown, crossedKink: kink !== undefined, slopes: undefined, ...kink };
    if (left.length === 0 || right.length === 0) {
      // Which way a tie goes on this side is all that can be seen.
      const isKnown = kink === undefined || this.#isTie;
      const found = isKnown ? this.#aside(left.length > 0 ? left : right, i) : unknown;
      return { step, crossedKink: !isKnown, slopes: undefined, ...found, ...kink };
    }
    if (kink === undefined) {
      return { step, crossedKink: false, slopes: undefined, ...this.#central(left, right, i) };
    }
    const finest = this.#isTie ? LEVELS_ASIDE : LEVELS;
    const sides = [left, right].map((places) => this.#aside(this.#refined(places, finest), i));
    const [a, b] = sides;
    const slopes = a && b && ([a.value.hi, b.value.hi] as const);
    if (!this.#isTie || a === undefined || b === undefined) {
      return { ...unknown, crossedKink: true, slopes, ...kink };
    }
    const [before, after] = [left.at(-1)?.point.trace, right.at(-1)?.point.trace];
    const broken = before && after && brokenTies(this.middle.trace, before, after);
    const known = { ...kink.kink, errors: [a.error, b.error] as const, ...(broken && { broken }) };
    return { ...unknown, crossedKink: true, slopes, kink: known, settled: a.settled && b.settled };
  }

  #central(left: readonly Place[], right: readonly Place[], i: number): Value {
    const rows = right.map((b, k) => slope(left[k] ?? b, b, i));
    return this.#bounded(extrapolated(rows, 4), [...left, ...right], i);
  }

  /** From differences to t = 0. */
  #aside(places: readonly Place[], i: number): Value {
    const origin = { t: 0, point: this.middle };
    const rows = places.map((place) => slope(origin, place, i));
    return this.#bounded(extrapolated(rows, 2), [origin, ...places], i);
  }

  #bounded(
    { value, error }: { readonly value: DDNumber; readonly error: number },
    places: readonly Place[],
    i: number,
  ): Value {
    const size = Math.max(...places.map(({ point }) => point.sizes[i] ?? 0));
    const finest = places.reduce((least, { t }) => Math.min(least, Math.abs(t) || least), Infinity);
    const rounding = (ROUNDING * size) / finest;
    return { value, error: error + rounding, settled: error <= SETTLED * rounding };
  }

  /** One side with more levels. */
  readonly #more = new Map<readonly Place[], Place[]>();
  #refined(places: readonly Place[], levels: number): readonly Place[] {
    const last = places.at(-1);
    if (last === undefined || places.length >= levels) return places;
    let found = this.#more.get(places);
    if (found === undefined) {
      found = [...places, ...stencilAt(this.objective, this.direction, last.t / 2, levels - places.length)];
      this.#more.set(places, found);
    }
    return found;
  }
}

function isOneBranch([first, ...others]: readonly Point[]): boolean {
  return others.every(({ trace }) => first === undefined || difference(first.trace, trace) === undefined);
}

/** (Σ at b − Σ at a) / (b − a), where the distance is a power of two. */
function slope(a: Place, b: Place, i: number): DDNumber {
  const width = b.t - a.t;
  const [x, y] = [a.point.sums[i] ?? atZero, b.point.sums[i] ?? atZero];
  const h = add(y.hi, y.lo, -x.hi, -x.lo);
  return { hi: h / width, lo: lo() / width };
}
