import type { Tensor } from "@tapeloop/core";
import type { LinePoint } from "../numeric/line.js";
import type { Subject } from "../subject.js";

/** What one evaluation gives. */
export type Sample = Omit<LinePoint, "at">;

/** Evaluations of one function around one point, all by the same executor: two would round differently. */
export interface Sampler {
  /** The evaluation at the point itself. */
  readonly origin: Sample;
  sample(values: readonly Tensor[]): Sample;
}

/** From how many evaluations on a program pays for being made. */
const WORTH_A_PROGRAM = 1000;

/** How far a program may be from the kernels that define what is right, relative to the largest output. */
const TOLERANCE = 1e-10;

/**
 * Evaluates by the reference kernels, which tell the branch that the function takes; or, when there are many evaluations
 * to come, by a compiled program. That needs a function which has one branch only (nothing in it is smooth in pieces,
 * and it does not look at values), and a program that agrees with the kernels at the point.
 */
export function samplerOf(subject: Subject, point: readonly Tensor[], evaluations: number): Sampler {
  const origin = subject.sample(point);
  const plain: Sampler = { origin, sample: (values) => subject.sample(values) };
  if (evaluations < WORTH_A_PROGRAM || origin.trace.choices.length > 0) return plain;
  const program = subject.compiled();
  const sample = (values: readonly Tensor[]): Sample => ({ outputs: program(values), trace: origin.trace });
  try {
    const compiled = sample(point);
    return agree(origin.outputs, compiled.outputs) ? { origin: compiled, sample } : plain;
  } catch {
    // It looks at values, and so it may take one branch here and another there. What else is wrong, the kernels tell.
    return plain;
  }
}

function agree(expected: Float64Array, got: Float64Array): boolean {
  const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return (
    expected.length === got.length &&
    expected.every((x, i) => Math.abs(x - (got[i] ?? NaN)) <= TOLERANCE * largest)
  );
}
