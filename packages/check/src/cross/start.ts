import { ArgumentError } from "@tapeloop/core";
import { checkBoolean, checkSubject, checkSeed } from "../expect.js";
import { createSubject, promoted, type Subject } from "../subject.js";

/** What every cross-check is asked. */
export interface CrossOptions {
  /** Seed of the random directions and cotangents; 0 by default. */
  readonly seed?: number;
  /** Converts float32 inputs to float64 instead of refusing them. */
  readonly promote?: boolean;
}

/**
 * The function under check, or one clear error.
 *
 * @throws ArgumentError for what is no function, for inputs that are no array of arguments, hold no float64 tensor,
 *   or hold a number that is not finite
 * @throws DtypeError for float32 inputs, unless `promote` is set
 */
export function startCheck<Args extends readonly unknown[]>(
  where: string,
  fn: (...args: Args) => unknown,
  inputs: Args,
  { seed = 0, promote = false }: CrossOptions,
): Subject {
  checkSubject(where, fn);
  checkSeed(where, seed);
  checkBoolean(where, "promote", promote);
  const subject = createSubject(where, fn, promote ? promoted(inputs) : inputs);
  if (subject.variables.length === 0) {
    throw new ArgumentError(`${where}: got no float64 tensor in the inputs, expected at least one to vary`);
  }
  for (const { path, tensor } of subject.variables) {
    const at = tensor.data.findIndex((v) => !Number.isFinite(v));
    if (at >= 0) {
      throw new ArgumentError(
        `${where}: ${path} holds ${tensor.data[at] ?? NaN} (element ${at}), expected finite numbers`,
      );
    }
  }
  return subject;
}

/** The first output that is not finite, as a sentence; `undefined` if all are. */
export function notFinite(outputs: Float64Array): string | undefined {
  const at = outputs.findIndex((v) => !Number.isFinite(v));
  return at < 0 ? undefined : `the result is ${outputs[at] ?? NaN} at element ${at}, expected finite numbers`;
}
