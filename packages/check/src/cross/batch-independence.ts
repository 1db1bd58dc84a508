import { ArgumentError } from "@tapeloop/core";
import { checkInputs } from "../expect.js";
import type { AnyInputs, InputsFor } from "../inputs.js";
import { checkOptions, type OptionNames } from "../options.js";
import { createRandom } from "../random.js";
import { promoted } from "../subject.js";
import type { Verdict } from "../verdict.js";
import { batchSize, firstNumber, placeAxes, type BatchAxes } from "./batch-axes.js";
import { byBits } from "./batch-bits.js";
import { everyPair, fromUnbatched, NOTHING, type BatchInfluence } from "./batch-influences.js";
import { formatIndependence } from "./batch-text.js";
import { createDependence } from "./dependence.js";
import { startCheck, type CrossOptions } from "./start.js";

/** Settings of {@link batchIndependence}. */
export interface BatchIndependenceOptions extends CrossOptions {
  /**
   * Where the batch lies in the inputs: one axis for all tensors, or one for each argument: a number, `null` for one that
   * the batch shares (parameters), or a tree of these. In column layout, for instance, `[null, 1]`.
   */
  readonly axis: BatchAxes;
  /** Where the batch lies in the result; by default `axis`, if that is a number, or else the first number in it. */
  readonly outAxis?: BatchAxes;
}

const NAMES = {
  axis: true,
  outAxis: true,
  seed: true,
  promote: true,
} satisfies OptionNames<BatchIndependenceOptions>;

/** What {@link batchIndependence} found. */
export interface BatchIndependenceReport {
  readonly pass: boolean;
  readonly verdict: Verdict;
  /** Elements of the batch. */
  readonly batch: number;
  /** Examples of what depends on what; all there is for batches of up to 16. Empty if nothing is mixed. */
  readonly influences: readonly BatchInfluence[];
  /** Results that have no axis of the batch, but depend on it: something sums or averages over the batch. */
  readonly unbatched: readonly string[];
  /** For batches of up to 16: which input (column) each result (row) depends on. */
  readonly matrix: readonly (readonly boolean[])[] | undefined;
  /** Why the verdict is neither pass nor fail. */
  readonly problem: string;
  toString(): string;
}

/** Up to this size every element is looked at by itself. */
const SMALL = 16;

/**
 * Proves that result i of a batch depends on input i alone, by derivatives (reverse sweeps from a part of the results) and
 * by values (a finite change of a part of the inputs), as a derivative may vanish by chance.
 *
 * Large batches are split in two by each bit of the element's number: any two elements are on different sides once, so
 * 2·log₂(batch) sweeps and as many evaluations cover all pairs. What is found is then traced to elements.
 *
 * @throws ArgumentError for what is no function, inputs without float64 tensors or with NaN, and axes that do not fit
 * @throws ShapeError when the axes of the batch differ in size
 * @throws DtypeError for float32 inputs, unless `promote` is set, and for float32 results
 */
export function batchIndependence<Args extends readonly unknown[], Given extends AnyInputs = AnyInputs>(
  fn: (...args: Args) => unknown,
  inputs: InputsFor<NoInfer<Args>, Given>,
  options: BatchIndependenceOptions,
): BatchIndependenceReport {
  const where = "batchIndependence";
  checkOptions(where, options, NAMES);
  const { axis, seed = 0, promote = false } = options;
  if (!("axis" in options))
    throw new ArgumentError(`${where}: got no axis, expected that of the batch in the inputs`);
  checkInputs<Args>(where, inputs);
  startCheck(where, fn, inputs, options);
  const given = promote ? promoted(inputs) : inputs;
  const size = batchSize(where, placeAxes(where, given, axis, "inputs"));
  const outputs = options.outAxis ?? firstNumber(axis) ?? 0;
  const axes = { inputs: axis, outputs, size };
  if (size < 2)
    return report({
      size,
      problem: `the batch has ${size} element${size === 1 ? "" : "s"}, expected two or more`,
    });
  const ask = createDependence(where, fn, given, axes, createRandom(seed));
  const unbatched = ask.outputs.some((out) => out.axis === undefined) ? fromUnbatched(ask) : [];
  const hasBatch = ask.outputs.some((out) => out.axis !== undefined);
  const found = !hasBatch ? NOTHING : size <= SMALL ? everyPair(ask, size) : byBits(ask, size);
  if (!found.isAlive && unbatched.length === 0)
    return report({ size, problem: "no result depends on any element of the batch" });
  return report({
    size,
    influences: [...unbatched, ...found.influences],
    unbatched: [...new Set(unbatched.map(({ outputPath }) => outputPath))],
    matrix: found.matrix,
  });
}

function report({
  size,
  influences = [],
  unbatched = [],
  matrix,
  problem = "",
}: {
  readonly size: number;
  readonly influences?: readonly BatchInfluence[];
  readonly unbatched?: readonly string[];
  readonly matrix?: readonly (readonly boolean[])[] | undefined;
  readonly problem?: string;
}): BatchIndependenceReport {
  const verdict: Verdict = influences.length > 0 ? "fail" : problem === "" ? "pass" : "inconclusive";
  const sum = { pass: verdict === "pass", verdict, batch: size, influences, unbatched, matrix, problem };
  return { ...sum, toString: () => formatIndependence(sum) };
}
