import { checkFunction } from "../expect.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Attributes, Op } from "./op.js";
import type { Where } from "./where.js";

/** One run of a kernel on concrete tensors. */
export interface Execution {
  readonly op: Op;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attrs: Attributes;
  /** Scope and, in loops, time step. */
  readonly where: Where;
}

type Listener = (execution: Execution) => void;

let listeners: readonly Listener[] = [];

/**
 * Calls `listener` after each kernel that runs on concrete tensors during `fn`, in the order in which they run. Unlike
 * a tape it sees the inside of loops, step by step, and keeps nothing alive: for checkers, profilers and overlays.
 * Kernels that the listener itself runs are not reported.
 */
export function observe<R>(listener: Listener, fn: () => R): R {
  checkFunction("observe", listener, "a function that listens");
  checkFunction("observe", fn);
  const previous = listeners;
  listeners = [...previous, listener];
  try {
    return fn();
  } finally {
    listeners = previous;
  }
}

/** Whether anyone observes: executors ask before they put together an {@link Execution}. */
export function isObserved(): boolean {
  return listeners.length > 0;
}

/** Tells the listeners. */
export function report(execution: Execution): void {
  const current = listeners;
  listeners = [];
  try {
    for (const listener of current) listener(execution);
  } finally {
    listeners = current;
  }
}
