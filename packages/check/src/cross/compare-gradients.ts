import { ArgumentError, TapeloopError } from "@tapeloop/core";
import { checkCount, checkFunction, checkInputs, checkTolerance } from "../expect.js";
import type { AnyInputs, InputsFor } from "../inputs.js";
import { checkOptions, type OptionNames } from "../options.js";
import { createRandom, sampleIndices } from "../random.js";
import { unravel, type Entry } from "../sampling.js";
import { blame } from "./blame.js";
import { groupsOf, summary, type GradientComparison, type GradientEntry } from "./comparison.js";
import { readHand, type HandGradient } from "./hand.js";
import { createOracle } from "./oracle.js";
import { notFinite, startCheck, type CrossOptions } from "./start.js";
import { axisOf, checkTimeAxes, type TimeAxes } from "./time-axis.js";
import { largest } from "./vectors.js";

/** Settings of {@link compareGradients}. */
export interface CompareGradientsOptions extends CrossOptions {
  /** Relative tolerance, of the entry itself; 1e-7 by default. */
  readonly rtol?: number;
  /** Tolerance as a part of the largest entry of the same variable's gradient; 1e-9 by default. */
  readonly atol?: number;
  /** At most so many entries on which hand and tape agree are also checked numerically; 400 by default. */
  readonly maxEntries?: number;
  /**
   * Variables with an axis of time, by path or by the beginning of a path, such as `{ "inputs[1].gates": 0 }`: their
   * findings are told by time step. Steps are counted from 1, as in formulas.
   */
  readonly timeAxis?: TimeAxes;
}

const NAMES = {
  rtol: true,
  atol: true,
  maxEntries: true,
  timeAxis: true,
  seed: true,
  promote: true,
} satisfies OptionNames<CompareGradientsOptions>;

/** What `assertCompareGradients` throws; `report` has the details. */
export class GradientComparisonError extends TapeloopError {
  override name = "GradientComparisonError";

  constructor(readonly report: GradientComparison) {
    super(report.toString());
  }
}

/**
 * Compares a gradient derived by hand with that of the tape and with extrapolated finite differences, and says which of
 * the three is wrong: two that agree outvote the third. Told per variable, per entry and, for variables with an axis of
 * time, per time step. To look at a gate by itself, give `fn` an input that is added to the gate's pre-activations, and
 * the formula's gradient of it under the gate's name.
 *
 * @param hand called with the inputs; returns the gradient, see {@link HandGradient}
 * @param fn its result is one float64 number
 * @throws DtypeError for float32 inputs, unless `promote` is set, and for float32 results
 * @throws ArgumentError for what is no function, inputs without float64 tensors or with NaN, a result of several
 *   numbers, a hand gradient that does not fit the inputs, and bad options
 */
export function compareGradients<Args extends readonly unknown[], Given extends AnyInputs = AnyInputs>(
  hand: (...args: NoInfer<Args>) => HandGradient,
  fn: (...args: Args) => unknown,
  inputs: InputsFor<NoInfer<Args>, Given>,
  options: CompareGradientsOptions = {},
): GradientComparison {
  const where = "compareGradients";
  checkOptions(where, options, NAMES);
  const { rtol = 1e-7, atol = 1e-9, maxEntries = 400, seed = 0, timeAxis = {} } = options;
  checkFunction(where, hand, "the hand-derived gradient, a function of the inputs");
  checkTolerance(where, "rtol", rtol);
  checkTolerance(where, "atol", atol);
  checkCount(where, "maxEntries", maxEntries);
  checkInputs<Args>(where, inputs);
  const subject = startCheck(where, fn, inputs, options);
  const { variables } = subject;
  checkTimeAxes(where, timeAxis, variables);
  const origin = subject.evaluate(variables.map(({ tensor }) => tensor));
  if (origin.length !== 1) {
    throw new ArgumentError(
      `${where}: got a result of ${origin.length} float64 numbers, expected one: reduce it to a loss`,
    );
  }
  const problem = notFinite(origin);
  if (problem !== undefined) return summary([], [], [], { problem, seed, numericEntries: 0 });

  const gradients = readHand(where, hand(...inputs), inputs, variables);
  const one = Float64Array.of(1);
  const tape = subject.reverse()(one);
  const oracle = createOracle(subject, origin, one);
  const scales = tape.map((g, k) => Math.max(largest(g), largest(gradients[k] ?? [])));
  // A gradient that is zero is so up to the rounding of the function.
  const floors = scales.map((scale) => Math.max(atol * scale, 64 * oracle.noise, Number.MIN_VALUE));

  const places = variables.flatMap(({ tensor }, variable) =>
    gradients[variable] === undefined
      ? []
      : Array.from({ length: tensor.size }, (_, index): Entry => ({ variable, index })),
  );
  const ways = ({ variable, index }: Entry) => ({
    hand: gradients[variable]?.[index] ?? NaN,
    tape: tape[variable]?.[index] ?? NaN,
  });
  const quick = places.map((p) => blame({ ...ways(p), numeric: undefined }, floors[p.variable] ?? 0, rtol));
  const agreeing = places.flatMap((_, i) => (quick[i] === "none" ? [i] : []));
  const sampled = new Set(
    sampleIndices(createRandom(seed), agreeing.length, maxEntries).map((i) => agreeing[i] ?? -1),
  );
  let numericEntries = 0;
  const entries = places.map((place, i): GradientEntry => {
    const wanted = quick[i] !== "none" ? numericEntries < 4 * maxEntries : sampled.has(i);
    const numeric = wanted ? oracle.entry(place) : undefined;
    if (numeric !== undefined) numericEntries++;
    const both = ways(place);
    const variable = variables[place.variable];
    const path = variable?.path ?? "";
    const indices = unravel(place.index, variable?.tensor.shape ?? []);
    const axis = axisOf(path, timeAxis);
    return {
      path,
      index: indices,
      step: axis === undefined ? undefined : (indices.at(axis) ?? NaN) + 1,
      ...both,
      numeric: numeric?.value ?? NaN,
      bound: numeric?.bound ?? NaN,
      error: errorOf(both.hand - both.tape, scales[place.variable] ?? 0),
      blame: blame({ ...both, numeric }, floors[place.variable] ?? 0, rtol),
    };
  });
  const missing = variables.flatMap(({ path }, k) => (gradients[k] === undefined ? [path] : []));
  return summary(entries, groupsOf(entries), missing, { problem: "", seed, numericEntries });
}

/** As {@link compareGradients}, but throws GradientComparisonError with the report as its message unless all agree. */
export function assertCompareGradients<Args extends readonly unknown[], Given extends AnyInputs = AnyInputs>(
  hand: (...args: NoInfer<Args>) => HandGradient,
  fn: (...args: Args) => unknown,
  inputs: InputsFor<NoInfer<Args>, Given>,
  options: CompareGradientsOptions = {},
): GradientComparison {
  const report = compareGradients(hand, fn, inputs, options);
  if (!report.pass) throw new GradientComparisonError(report);
  return report;
}

function errorOf(difference: number, scale: number): number {
  return difference === 0 ? 0 : Math.abs(difference) / scale;
}
