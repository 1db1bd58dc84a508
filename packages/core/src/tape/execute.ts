import type { Tensor, TensorType } from "../tensor/tensor.js";
import { isObserved } from "./observe.js";
import type { Attributes, Op } from "./op.js";

/**
 * Computes an operation on concrete tensors in another way than its reference kernel does. `undefined` declines. The
 * results are tensors of `types`, whose memory nobody else writes to.
 */
export type Executor = (
  op: Op,
  inputs: readonly Tensor[],
  attrs: Attributes,
  types: readonly TensorType[],
) => readonly Tensor[] | undefined;

let current: Executor | undefined;

/** Asks `executor` from now on before a reference kernel runs; `undefined` leaves all to the reference kernels. */
export function installExecutor(executor: Executor | undefined): void {
  current = executor;
}

/** Runs `fn` with another executor, or with the reference kernels alone. */
export function runWith<T>(executor: Executor | undefined, fn: () => T): T {
  const previous = current;
  current = executor;
  try {
    return fn();
  } finally {
    current = previous;
  }
}

/** Runs an operation on concrete tensors: every kernel runs here. What is observed runs on the reference kernels. */
export function execute(
  op: Op,
  inputs: readonly Tensor[],
  attrs: Attributes,
  types: readonly TensorType[],
): readonly Tensor[] {
  const results = current === undefined || isObserved() ? undefined : current(op, inputs, attrs, types);
  return results ?? op.forward(inputs, attrs, types);
}
