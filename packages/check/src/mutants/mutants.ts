import {
  add,
  customGradient,
  fromTypedArray,
  isFloat,
  jvp,
  type Tensor,
  TraceError,
  treeTensors,
  vjp,
  withDefaultDtype,
} from "@tapeloop/core";
import { expectCell, expectStep, expectTree } from "../cell/expect-cell.js";
import { type CellLike, type CellStep, freshParams } from "../cell/structure.js";
import { createRandom } from "../random.js";
import { mapTree, type TreeOf } from "../trees.js";
import { type CellFunction, type CellInputs, overTime } from "./cell.js";
import { cotangents, gradients, relativeError } from "./effect.js";
import { missingTerm, swappedGates } from "./gates.js";
import { type MutantKind, mutantKinds, type Plan, type Planner, type Site } from "./kinds.js";
import { checkMutantNames, checkMutantOptions } from "./mutant-options.js";
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
 * @throws ArgumentError for what is no cell, and options out of range or unknown; whatever the cell throws
 */
export function mutants<P extends TreeOf<P>, S extends TreeOf<S>, Sizes extends { readonly input: number }>(
  cell: CellLike<P, S, Sizes>,
  options: MutantOptions<NoInfer<P>, NoInfer<S>, NoInfer<Sizes>>,
): MutantSet<P, S> {
  checkMutantNames("mutants", options);
  return mutantsFor("mutants", cell, options);
}

/**
 * As {@link mutants}, without a look at the names of the options.
 *
 * @param where who asks, for errors
 */
export function mutantsFor<P, S, Sizes extends { readonly input: number }>(
  where: string,
  cell: CellLike<P, S, Sizes>,
  options: MutantOptions<P, S, Sizes>,
): MutantSet<P, S> {
  expectCell(where, cell);
  checkMutantOptions(where, options);
  return withDefaultDtype("float64", () => plant(where, cell, options));
}

function plant<P, S, Sizes extends { readonly input: number }>(
  where: string,
  cell: CellLike<P, S, Sizes>,
  options: MutantOptions<P, S, Sizes>,
): MutantSet<P, S> {
  const { outputs = "last", seed = 0, kinds = mutantKinds, sweep = "both" } = options;
  const inputs = options.inputs ?? randomInputs(where, cell, options);
  const step = (p: P, s: S, x: Tensor): CellStep<S> => {
    const result = cell.step(p, s, x);
    expectStep(where, cell.name, result);
    return result;
  };
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
function onlyReverse<P, S>(right: CellFunction<P, S>, wrong: CellFunction<P, S>): CellFunction<P, S> {
  return customGradient(right, {
    vjp: (cotangent, args) => vjp(wrong, ...args)[1](cotangent),
    jvp: (tangents, args) => jvp(right, args, tangents)[1],
  });
}

function stepTape<P, S>(step: Site<P, S>["step"], inputs: CellInputs<P, S>): StepTape<P, S> | string {
  try {
    return traceStep(step, inputs);
  } catch (error) {
    if (error instanceof TraceError) return `the step cannot be traced on shapes: ${error.message}`;
    throw error;
  }
}

function randomInputs<P, S, Sizes extends { readonly input: number }>(
  where: string,
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
  const [params, state] = [freshParams(cell, sizes, seed), cell.state(sizes, batch)];
  expectTree(where, cell.name, "params", params);
  expectTree(where, cell.name, "state", state);
  return [params, mapTree(state, shift), normal([steps, batch, sizes.input])];
}
