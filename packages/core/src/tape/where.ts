import { ArgumentError, TapeloopError } from "../errors.js";
import { checkFunction, checkObject, checkString, shown } from "../expect.js";
import type { Tensor } from "../tensor/tensor.js";

/** Which sweep made a node, and from which node: the output of the operation that is being differentiated. */
export interface DerivativeOf {
  readonly mode: "vjp" | "jvp";
  readonly of: Tensor;
}

/** A line of a program. */
export interface SourceLine {
  /** Path of the file, or its address where it has no path. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** Where in the model an operation runs: attached to every node and named in every error. */
export interface Where {
  /** Scope path such as `lstm/forget`; empty outside any scope. */
  readonly scope: string;
  /** Time step, inside an unrolled time loop. */
  readonly step: number | undefined;
  /** Scope in which the time loop runs, so that readers can tell `rnn, t = 3` from `t = 3, rnn`. */
  readonly loopScope: string;
  /** Set while a sweep runs the rules of a node. */
  readonly derivative: DerivativeOf | undefined;
  /** Line of the program that applied the operation, if `withSources` asked for it. */
  readonly source?: SourceLine | undefined;
}

const NOWHERE: Where = { scope: "", step: undefined, loopScope: "", derivative: undefined };
let current: Where = NOWHERE;

export function whereNow(): Where {
  return current;
}

/**
 * Runs `fn` elsewhere; for sweeps and replays, which repeat operations in the place of the original. An error that
 * passes through is told its place, unless it knows a more exact one.
 */
export function runAt<T>(where: Where, fn: () => T): T {
  const previous = current;
  current = where;
  try {
    return fn();
  } catch (error) {
    throw error instanceof TapeloopError ? error.locate(formatWhere(where)) : error;
  } finally {
    current = previous;
  }
}

/**
 * Names the part of the model that `fn` computes: operations inside carry the scope path, errors mention it and
 * graphs draw it as a cluster. Scopes nest: `scope("lstm", () => scope("forget", …))` is `lstm/forget`.
 */
export function scope<T>(name: string, fn: () => T): T {
  checkString("scope", "name", name);
  checkFunction("scope", fn);
  if (name === "") throw new ArgumentError("scope: got an empty name");
  return runAt({ ...current, scope: current.scope === "" ? name : `${current.scope}/${name}` }, fn);
}

/** Marks the operations of `fn` as time step `t` of an unrolled loop. Throws ArgumentError unless t is whole and ≥ 0. */
export function timeStep<T>(t: number, fn: () => T): T {
  if (!Number.isSafeInteger(t) || t < 0)
    throw new ArgumentError(`timeStep: got ${shown(t)}, expected a whole number ≥ 0`);
  checkFunction("timeStep", fn);
  return runAt({ ...current, step: t, loopScope: current.scope }, fn);
}

/** `lstm/forget, t = 3`, as errors and tape texts show it. */
export function formatWhere(where: Where): string {
  checkObject("formatWhere", where, "the place, expected { scope, step }");
  const { scope: path, step } = where;
  const time = step === undefined ? "" : `t = ${step}`;
  return path !== "" && time !== "" ? `${path}, ${time}` : path + time;
}
