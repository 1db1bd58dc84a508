import type { NumericDerivative } from "../numeric/stencil.js";
import type { Subject } from "../subject.js";
import type { Mode } from "./analytic.js";
import type { Ground, Target } from "./targets.js";

/** A number to more than double precision: `value` + `low`. */
export interface Precise {
  readonly value: number;
  readonly low: number;
}

/** Measures derivatives of one function at one point, in some arithmetic, and counts what that costs. */
export interface Laboratory {
  readonly subject: Subject;
  readonly ground: Ground;
  /** Entries of all variables together. */
  readonly size: number;
  /** The outputs at the inputs. */
  readonly outputs: Float64Array;
  /** How often the function was called. */
  readonly evaluations: number;
  /** About how many calls one derivative takes. */
  readonly evaluationsPerEntry: number;
  /** Rounding of analytic derivatives, relative to the size of their terms. */
  readonly rounding: number;
  /** Numeric derivatives along a target, one for each way of weighting the outputs. */
  measure(target: Target, weights: readonly Float64Array[]): NumericDerivative[];
  /** The derivative of the weighted sum of the outputs along the target, as a sweep says. */
  analytic(mode: Mode, target: Target, weights: Float64Array): Precise;
  /** The size of its terms; they may cancel. */
  spread(mode: Mode, target: Target, weights: Float64Array): number;
  /** Whether smaller steps tell another story; see `smallerStepsDisagree`. `disputed` is |analytic − numeric|. */
  oscillates(target: Target, weights: Float64Array, numeric: NumericDerivative, disputed: number): boolean;
}
