import { isFloat, treeTensors, type Tensor } from "@tapeloop/core";
import { gradcheck, type GradcheckOptions } from "@tapeloop/check";
import { operations } from "../ops/operations.js";
import type { Tally } from "./relu-rnn.js";

/**
 * Checks every sample of every differentiable operation, to second order, with each of the seeds. All gradients are
 * right: a fail is a false alarm.
 */
export function checkOpSamples(
  seeds: readonly number[],
  options: GradcheckOptions = { order: 2, maxEntries: 12 },
): Tally & { readonly undecided: readonly string[] } {
  const failures: string[] = [];
  const undecided: string[] = [];
  let runs = 0;
  for (const operation of operations()) {
    if (!operation.differentiable) continue;
    for (const sample of operation.samples) {
      const run = (...tensors: readonly Tensor[]): Tensor[] =>
        treeTensors(operation.call(sample.args(tensors)));
      const isEmpty = (tensors: readonly Tensor[]): boolean =>
        tensors.every((t) => t.size === 0 || !isFloat(t.dtype));
      if (isEmpty(sample.tensors()) || isEmpty(run(...sample.tensors()))) continue;
      for (const seed of seeds) {
        runs++;
        const name = `${operation.name}(${sample.name}), seed ${seed}`;
        // Other values for each seed, within the operation's domain.
        const report = gradcheck(run, sample.tensors(seed), { ...options, seed });
        if (report.verdict === "fail") failures.push(`${name}: ${report.toString()}`);
        if (report.verdict === "inconclusive") undecided.push(`${name}: ${report.toString()}`);
      }
    }
  }
  return { runs, failures, inconclusive: undecided.length, undecided };
}
