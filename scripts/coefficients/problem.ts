import { add, div, horner, long, mul, ONE, sub, ZERO, type Long, type LongFunction } from "./number.js";

/** base(x) + factor(x)·Σ coefficients[k]·variable(x)ᵏ, of which the first `pinned` coefficients are given. */
export interface Sum {
  readonly base: LongFunction;
  readonly factor: LongFunction;
  /** As they are committed. */
  readonly coefficients: readonly number[];
  readonly pinned: number;
}

/** A function and the form of its approximation. */
export interface Problem {
  readonly target: LongFunction;
  /**
   * What errors are relative to. Where an approximation is exact at a point inside of the interval, so that its error
   * changes its sign there besides, the scale changes its own sign too: the quotient then alternates as in the theorem.
   */
  readonly scale: LongFunction;
  /** x² or x, mostly. */
  readonly variable: LongFunction;
  readonly top: Sum;
  /** Denominator; without one it is 1. */
  readonly bottom: Sum;
  readonly domain: Domain;
}

export interface Domain {
  readonly low: number;
  readonly high: number;
  /** Stands for [−high, high], since the errors at x and −x are of one size; low is 0 or next to it. */
  readonly even: boolean;
}

/** Coefficients that are not pinned, numerator first. */
export interface Solution {
  readonly top: readonly Long[];
  readonly bottom: readonly Long[];
}

/** What a problem is made of at one point. */
export interface Sample {
  readonly x: Long;
  readonly target: Long;
  readonly scale: Long;
  readonly variable: Long;
  readonly top: SumAt;
  readonly bottom: SumAt;
}

interface SumAt {
  /** base + factor·(pinned terms). */
  readonly known: Long;
  /** factor·variableᵏ of the first free coefficient. */
  readonly factor: Long;
}

export const free = ({ coefficients, pinned }: Sum): readonly number[] => coefficients.slice(pinned);

/** What stands in the repository, as the precision of its use rounds it. */
export function committed({ top, bottom }: Problem, round: (x: number) => number): Solution {
  const of = (sum: Sum) => free(sum).map((c) => long(round(c)));
  return { top: of(top), bottom: of(bottom) };
}

/**
 * A point of the domain, u from 0 to 1: crowded near its ends as the extremes of errors are. Without sines, so that all
 * engines come to the same points.
 */
export function point({ low, high, even }: Domain, u: number): number {
  if (even) return Math.max(low, (high * (3 - u * u) * u) / 2);
  return low + (high - low) * (3 - 2 * u) * u * u;
}

export function sample(problem: Problem, at: number): Sample {
  const x = long(at);
  const variable = problem.variable(x);
  const of = ({ base, factor, coefficients, pinned }: Sum): SumAt => {
    const given = coefficients.slice(0, pinned).map((c) => long(c));
    const f = factor(x);
    const power = given.reduce((p) => mul(p, variable), ONE);
    return { known: add(base(x), mul(f, horner(given, variable))), factor: mul(f, power) };
  };
  const { target, scale, top, bottom } = problem;
  return { x, target: target(x), scale: scale(x), variable, top: of(top), bottom: of(bottom) };
}

const valueOf = ({ known, factor }: SumAt, coefficients: readonly Long[], variable: Long): Long =>
  coefficients.length === 0 ? known : add(known, mul(factor, horner(coefficients, variable)));

/** The denominator at a point. */
export function bottomAt({ bottom, variable }: Sample, solution: Solution): Long {
  return valueOf(bottom, solution.bottom, variable);
}

/** (target − approximation) / scale; where the scale is 0, approximations are exact. */
export function errorAt(at: Sample, solution: Solution): number {
  if (at.scale.hi === 0) return 0;
  const top = valueOf(at.top, solution.top, at.variable);
  return div(sub(at.target, div(top, bottomAt(at, solution))), at.scale).hi;
}

/** factor·variableᵏ for k = 0 … count − 1. */
export function terms({ factor }: SumAt, variable: Long, count: number): Long[] {
  let term = factor;
  return Array.from({ length: count }, (_, k) => (term = k === 0 ? factor : mul(term, variable)));
}

export const nothing: LongFunction = () => ZERO;
export const one: LongFunction = () => ONE;
/** The denominator of a polynomial. */
export const NO_BOTTOM: Sum = { base: one, factor: nothing, coefficients: [], pinned: 0 };
