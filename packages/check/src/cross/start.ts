import { ArgumentError, isTensor } from "@tapeloop/core";
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
  checkFunction(where, fn);
  checkInputs(where, inputs);
  checkSeed(where, seed);
  const subject = createSubject(fn, promote ? promoted(inputs) : inputs);
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

/** Throws ArgumentError unless the inputs are a list of arguments. */
export function checkInputs(where: string, inputs: unknown): void {
  if (Array.isArray(inputs)) return;
  const got = isTensor(inputs) ? "a tensor" : inputs === null ? "null" : typeof inputs;
  throw new ArgumentError(`${where}: got ${got} as the inputs, expected the array of arguments: [x, …]`);
}

/** Throws ArgumentError unless `fn` can be called. */
export function checkFunction(where: string, fn: unknown, what = "the function to check"): void {
  if (typeof fn !== "function") throw new ArgumentError(`${where}: got ${typeof fn}, expected ${what}`);
}

export function checkSeed(where: string, seed: number): void {
  if (!Number.isSafeInteger(seed))
    throw new ArgumentError(`${where}: got seed ${seed}, expected a whole number`);
}

/** Throws ArgumentError unless `value` is a number above 0 and below 1. */
export function checkTolerance(where: string, name: string, value: number): void {
  if (!(value > 0 && value < 1))
    throw new ArgumentError(`${where}: got ${name} ${value}, expected a number above 0 and below 1`);
}

/** Throws ArgumentError unless `value` is a whole number of at least 1. */
export function checkCount(where: string, name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new ArgumentError(`${where}: got ${name} ${value}, expected a whole number of 1 or more`);
}

/** The first output that is not finite, as a sentence; `undefined` if all are. */
export function notFinite(outputs: Float64Array): string | undefined {
  const at = outputs.findIndex((v) => !Number.isFinite(v));
  return at < 0 ? undefined : `the result is ${outputs[at] ?? NaN} at element ${at}, expected finite numbers`;
}
