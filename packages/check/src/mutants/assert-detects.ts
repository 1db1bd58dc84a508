import { ArgumentError } from "@tapeloop/core";
import { expectCell } from "../cell/expect-cell.js";
import type { CellLike } from "../cell/structure.js";
import { checkCount, checkFunction, checkList, kindOf } from "../expect.js";
import type { TreeOf } from "../trees.js";
import type { CellFunction, CellInputs } from "./cell.js";
import { type Detection, DetectionError, detectionReport, type DetectionReport } from "./detection.js";
import { checkMutantNames } from "./mutant-options.js";
import { mutantsFor } from "./mutants.js";
import type { MutantOptions, OmittedMutant } from "./types.js";

/** A gradient checker: says whether the gradient of `fn` at `inputs` is right. `gradcheck` is one. */
export type Checker<P, S> = (
  fn: CellFunction<P, S>,
  inputs: CellInputs<P, S>,
) => boolean | { readonly pass: boolean };

/** Settings of {@link assertDetects}. */
export interface DetectionOptions<P, S, Sizes> extends Omit<MutantOptions<P, S, Sizes>, "steps"> {
  /** Numbers of time steps T, [1, 5] by default. A mistake in the recurrence fades with T. */
  readonly steps?: number | readonly number[];
}

/**
 * Tests a gradient checker: it must pass the cell as it is, and none of its {@link mutants}. A verdict that is
 * neither pass nor fail counts as not passed.
 *
 *     assertDetects((fn, inputs) => gradcheck(fn, inputs), lstm, { sizes: { input: 2, hidden: 3 } });
 *
 * @returns what was caught, and which mutants do not apply to the cell and why
 * @throws DetectionError, with the same report, when the cell does not pass or a mutant does
 * @throws ArgumentError for options out of range, or a checker that does not give a verdict; whatever the checker
 *   throws is passed on, and does not count as caught
 */
export function assertDetects<
  P extends TreeOf<P>,
  S extends TreeOf<S>,
  Sizes extends { readonly input: number },
>(
  checker: Checker<NoInfer<P>, NoInfer<S>>,
  cell: CellLike<P, S, Sizes>,
  options: DetectionOptions<NoInfer<P>, NoInfer<S>, NoInfer<Sizes>>,
): DetectionReport {
  const where = "assertDetects";
  checkFunction(where, checker, "a gradient checker, such as gradcheck");
  expectCell(where, cell);
  checkMutantNames(where, options);
  const { steps = [1, 5], batch = 2, seed = 0 } = options;
  // Data that is given has a length of its own.
  const lengths = options.inputs === undefined ? lengthsOf(where, steps) : [1];
  const detections: Detection[] = [];
  const omitted: (OmittedMutant & { readonly steps: number })[] = [];
  const falseAlarms: number[] = [];
  for (const asked of lengths) {
    const set = mutantsFor(where, cell, { ...options, steps: asked });
    const length = set.subject.inputs[2].shape[0] ?? asked;
    if (!passes(checker(set.subject.fn, set.subject.inputs))) falseAlarms.push(length);
    omitted.push(...set.omitted.map((one) => ({ ...one, steps: length })));
    for (const { fn, inputs, kind, name, description, expectedError } of set.mutants) {
      const caught = !passes(checker(fn, inputs));
      detections.push({ steps: length, kind, name, description, expectedError, caught });
    }
  }
  const rows = options.inputs?.[2].shape[1] ?? batch;
  const report = detectionReport({ cell: cell.name, batch: rows, seed, falseAlarms, detections, omitted });
  if (!report.pass) throw new DetectionError(report);
  return report;
}

function lengthsOf(where: string, steps: number | readonly number[]): readonly number[] {
  const lengths = typeof steps === "number" ? [steps] : steps;
  checkList(where, "steps", lengths);
  if (lengths.length === 0) throw new ArgumentError(`${where}: got no steps, expected at least one T`);
  for (const length of lengths) checkCount(where, "steps", length);
  return lengths;
}

/** A checker that returns nothing would seem to catch everything. */
function passes(verdict: unknown): boolean {
  if (typeof verdict === "boolean") return verdict;
  if (
    typeof verdict === "object" &&
    verdict !== null &&
    "pass" in verdict &&
    typeof verdict.pass === "boolean"
  )
    return verdict.pass;
  throw new ArgumentError(
    `assertDetects: the checker returned ${kindOf(verdict)}, expected a boolean or { pass }`,
  );
}
