import type { Trace } from "./branch.js";

/** The outputs of a function at a point of a line through the inputs. */
export interface LinePoint {
  /** Where on the line the point really lies: `t` after rounding. */
  readonly at: number;
  readonly outputs: Float64Array;
  /** The branch that the function took; none for functions that cannot be observed. */
  readonly trace?: Trace;
}

/** A function along a line through its inputs: t = 0 is the point at which its derivative is asked for. */
export interface Line {
  /** The function at t. Points are rounded to what the inputs can represent. */
  at(t: number): LinePoint;
  /** The first and largest step of finite differences. */
  readonly step: number;
  /** Size of the coordinate that moves along the line, which the function may round, too; 0 if it has none. */
  readonly size: number;
  /** How far the declared domain reaches to the left and to the right of t = 0; both ≥ 0. */
  readonly room: readonly [left: number, right: number];
}

/** Σ wᵢ·(aᵢ − bᵢ): elements that do not change cancel exactly, however large they are. */
export function weightedDifference(weights: Float64Array, a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += (weights[i] ?? 0) * ((a[i] ?? 0) - (b[i] ?? 0));
  return total;
}

/** Σ |wᵢ|·max(|aᵢ|, |bᵢ|) over the elements that differ: what rounding errors of the difference are relative to. */
export function weightedMagnitude(weights: Float64Array, a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    if (x !== y) total += Math.abs(weights[i] ?? 0) * Math.max(Math.abs(x), Math.abs(y));
  }
  return total;
}

/** Σ wᵢ·vᵢ. */
export function weightedSum(weights: Float64Array, values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += (weights[i] ?? 0) * (values[i] ?? NaN);
  return total;
}

export function isFiniteArray(values: Float64Array): boolean {
  return values.every(Number.isFinite);
}
