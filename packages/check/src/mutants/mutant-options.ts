import { ArgumentError, isTensor } from "@tapeloop/core";
import { expectSizes } from "../cell/expect-cell.js";
import { checkCount, checkList, checkOneOf, checkSeed, checkTree, kindOf, shown } from "../expect.js";
import { checkOptions, type OptionNames } from "../options.js";
import { mutantKinds } from "./kinds.js";
import type { MutantOptions } from "./types.js";

const NAMES = {
  sizes: true,
  steps: true,
  batch: true,
  seed: true,
  outputs: true,
  kinds: true,
  at: true,
  sweep: true,
  inputs: true,
} satisfies OptionNames<MutantOptions<unknown, unknown, unknown>>;

/** Throws ArgumentError for options that are none, or whose names are not known. */
export function checkMutantNames(where: string, options: object): void {
  checkOptions(where, options, NAMES);
}

/** Throws ArgumentError for options out of range. */
export function checkMutantOptions<P, S, Sizes>(where: string, options: MutantOptions<P, S, Sizes>): void {
  const { steps = 5, batch = 2, seed = 0, outputs = "last", sweep = "both", inputs } = options;
  const { kinds = mutantKinds, at = [] } = options;
  if (inputs === undefined) expectSizes(where, options.sizes);
  else checkCellInputs(where, inputs);
  const length = inputs?.[2].shape[0] ?? steps;
  checkCount(where, "steps", length);
  checkCount(where, "batch", batch);
  checkSeed(where, seed);
  checkOneOf(where, "outputs", outputs, ["last", "all"]);
  checkOneOf(where, "sweep", sweep, ["both", "reverse"]);
  checkList(where, "kinds", kinds);
  checkList(where, "at", at);
  for (const kind of kinds) checkOneOf(where, "kind", kind, mutantKinds);
  for (const k of at) {
    if (!Number.isSafeInteger(k) || k < 0 || k >= length)
      throw new ArgumentError(
        `${where}: got step ${shown(k)} in at, expected whole numbers in 0 … ${length - 1}`,
      );
  }
}

function checkCellInputs(where: string, inputs: unknown): void {
  if (!Array.isArray(inputs) || inputs.length !== 3 || !isTensor(inputs[2])) {
    throw new ArgumentError(
      `${where}: got inputs ${kindOf(inputs)}, expected [params, state, xs [time, batch, input]]`,
    );
  }
  checkTree(where, inputs, "inputs");
}
