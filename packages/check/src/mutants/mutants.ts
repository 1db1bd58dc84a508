import {
  add,
  ArgumentError,
  customGradient,
  fromTypedArray,
  isFloat,
  jvp,
  type Tensor,
  TraceError,
  treeMap,
  type Tree,
  treeTensors,
  vjp,
  withDefaultDtype,
} from "@tapeloop/core";
import { type CellLike, freshParams } from "../cell/structure.js";
import { createRandom } from "../random.js";
import { type CellFunction, type CellInputs, overTime } from "./cell.js";
import { cotangents, gradients, relativeError } from "./effect.js";
import { missingTerm, swappedGates } from "./gates.js";
import { type MutantKind, mutantKinds, type Plan, type Planner, type Site } from "./kinds.js";
import { scale, sign, transposed } from "./parameters.js";
import { staleValue, unsummedBroadcast } from "./saved.js";
import { type StepTape, traceStep } from "./step-tape.js";
import { cutRecurrence, droppedStep } from "./time.js";
import type { Mutant, MutantOptions, MutantSet, OmittedMutant } from "./types.js";

const planners: Record<MutantKind, Planner> = {
  scale,
  sign,
  transpose: transposed,
  "dropped time step": droppedStep,
  "cut recurrence": cutRecurrence,
  "missing gate term": missingTerm,
  "swapped gates": swappedGates,
  "unsummed broadcast": unsummedBroadcast,
  "stale saved value": staleValue,
};

/** A gradient that differs by less, relative to its largest entry, differs by rounding. */
const ROUNDING = 8 * Number.EPSILON;

/**
 * Functions (params, state, xs) → output with the values of a cell that is run over time, and with a gradient in
 * which one well-known mistake was planted. A gradient checker is worth what it finds among them.
 *
 * The cell runs in float64. Its initial state is random, so that the recurrent weights matter from the first step.
 * Mistakes inside a step are planted in its tape, which is traced on shapes as in `scan`.
 *
 * @throws ArgumentError for options out of range; whatever the cell throws
 */
export function mutants<P extends Tree, S extends Tree, Sizes extends { readonly input: number }>(
  cell: CellLike<P, S, Sizes>,
  options: MutantOptions<NoInfer<P>, NoInfer<S>, NoInfer<Sizes>>,
): MutantSet<P, S> {
  checkOptions(options);
  return withDefaultDtype("float64", () => plant(cell, options));
}

function plant<P extends Tree, S extends Tree, Sizes extends { readonly input: number }>(
  cell: CellLike<P, S, Sizes>,
  options: MutantOptions<P, S, Sizes>,
): MutantSet<P, S> {
  const { outputs = "last", seed = 0, kinds = mutantKinds, sweep = "both" } = options;
  const inputs = options.inputs ?? randomInputs(cell, options);
  const step = cell.step.bind(cell);
  const right = overTime(() => step, outputs);
  const along = cotangents(right(...inputs).shape, seed);
  const rightGradients = gradients(right, inputs, along);
  const [params, , xs] = inputs;
  const length = xs.shape[0] ?? 0;
  const site: Site<P, S> = {
    step,
    inputs,
    tape: stepTape(step, inputs),
    gradient: (rightGradients[0] ?? []).slice(0, treeTensors(params).length),
    at: options.at ?? [...new Set([0, Math.floor(length / 2), length - 1])],
  };
  const made: Mutant<P, S>[] = [];
  const omitted: OmittedMutant[] = [];
  const consider = (kind: MutantKind, { name, description, begin }: Plan<P, S>): void => {
    const wrong = overTime(begin, outputs);
    const expectedError = relativeError(rightGradients, gradients(wrong, inputs, along));
    if (expectedError <= ROUNDING) {
      const reason = `${description}: here that changes no entry by more than ${expectedError.toExponential(0)} of the largest`;
      omitted.push({ kind, name, why: "equivalent", reason });
      return;
    }
    const fn = sweep === "reverse" ? onlyReverse(right, wrong) : wrong;
    made.push({ kind, name, description, expectedError, fn, inputs });
  };
  for (const kind of kinds) {
    const plans = planners[kind](site);
    if (typeof plans === "string") omitted.push({ kind, name: kind, why: "does not apply", reason: plans });
    else for (const plan of plans) consider(kind, plan);
  }
  return { subject: { fn: right, inputs }, mutants: made, omitted };
}

/** The right function whose reverse sweep is that of the wrong one. */
function onlyReverse<P extends Tree, S extends Tree>(
  right: CellFunction<P, S>,
  wrong: CellFunction<P, S>,
): CellFunction<P, S> {
  return customGradient(right, {
    vjp: (cotangent, args) => vjp(wrong, ...args)[1](cotangent),
    jvp: (tangents, args) => jvp(right, args, tangents)[1],
  });
}

function stepTape<P extends Tree, S extends Tree>(
  step: Site<P, S>["step"],
  inputs: CellInputs<P, S>,
): StepTape<P, S> | string {
  try {
    return traceStep(step, inputs);
  } catch (error) {
    if (error instanceof TraceError) return `the step cannot be traced on shapes: ${error.message}`;
    throw error;
  }
}

function randomInputs<P extends Tree, S extends Tree, Sizes extends { readonly input: number }>(
  cell: CellLike<P, S, Sizes>,
  { sizes, steps = 5, batch = 2, seed = 0 }: MutantOptions<P, S, Sizes>,
): CellInputs<P, S> {
  const random = createRandom(seed);
  const normal = (shape: readonly number[]): Tensor => {
    const size = shape.reduce((a, b) => a * b, 1);
    return fromTypedArray(
      Float64Array.from({ length: size }, () => random.normal()),
      shape,
    );
  };
  const shift = (t: Tensor): Tensor => (isFloat(t.dtype) ? add(t, normal(t.shape)) : t);
  const state = treeMap(cell.state(sizes, batch), shift);
  return [freshParams(cell, sizes, seed), state, normal([steps, batch, sizes.input])];
}

function checkOptions({
  steps = 5,
  batch = 2,
  at = [],
  inputs,
}: Pick<MutantOptions<Tree, Tree, unknown>, "steps" | "batch" | "at" | "inputs">): void {
  const length = inputs?.[2].shape[0] ?? steps;
  for (const [name, value] of Object.entries({ steps: length, batch })) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new ArgumentError(`mutants: got ${name} ${value}, expected a whole number ≥ 1`);
  }
  const outside = at.find((k) => !Number.isSafeInteger(k) || k < 0 || k >= length);
  if (outside !== undefined)
    throw new ArgumentError(
      `mutants: got step ${outside} in at, expected whole numbers in 0 … ${length - 1}`,
    );
}
