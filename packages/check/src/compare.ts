import { fromTypedArray, type Tensor } from "@tapeloop/core";
import { derivatives, type NumericDerivative } from "./numeric/derivative.js";
import type { Line } from "./numeric/line.js";
import { measureNoise } from "./numeric/noise.js";
import type { ResolvedOptions } from "./options.js";
import { randomDirection, type Random } from "./random.js";
import type { Comparison, Coverage } from "./report.js";
import { chooseEntries, unravel, type Entry } from "./sampling.js";
import type { Subject } from "./subject.js";
import { judgeAll } from "./verdict.js";

/** What was found about one function. */
export interface Study {
  readonly comparisons: readonly Comparison[];
  readonly entries: Coverage;
  readonly evaluations: number;
}

export interface StudyPlan {
  /** The outputs at the inputs. */
  readonly origin: Float64Array;
  /** The cotangents with which the outputs are reduced to numbers. */
  readonly weights: readonly Float64Array[];
  readonly settings: ResolvedOptions;
  readonly random: Random;
  readonly modes: readonly ("reverse" | "forward")[];
  /** What the sweep was run on, for reports: `" over reverse"` for second derivatives. */
  readonly over: string;
}

/** A derivative to check: along one entry, or along a direction through all of them. */
interface Target {
  readonly path: string;
  readonly index: readonly number[];
  readonly isDirection: boolean;
  /** The direction, as a vector for each variable. */
  readonly tangents: () => Float64Array[];
  /** The gradient's component along it. */
  readonly component: (gradient: readonly Float64Array[]) => number;
  readonly line: Line;
  /** Where the extrapolation begins. */
  readonly step: number;
  /** Size of the entry; 0 for a direction. */
  readonly size: number;
}

/** Compares analytic and numeric derivatives of a subject for every chosen entry, cotangent and sweep. */
export function compare(subject: Subject, plan: StudyPlan): Study {
  const { origin, weights, settings, random, modes, over } = plan;
  const sizes = subject.variables.map(({ tensor }) => tensor.size);
  const total = sizes.reduce((a, b) => a + b, 0);
  if (total === 0 || origin.length === 0)
    return { comparisons: [], entries: { checked: 0, total }, evaluations: 0 };

  let evaluations = 0;
  const evaluate = (values: readonly Tensor[]): Float64Array => {
    evaluations++;
    return subject.evaluate(values);
  };
  const entries = chooseEntries(sizes, settings.maxEntries, random);
  const targets = entries.map((entry) => entryTarget(subject, entry, evaluate));
  // What sampling leaves out is at least seen by derivatives through all entries at once.
  const directions = Array.from({ length: entries.length < total ? 2 : 0 }, () =>
    randomDirection(random, total),
  );
  targets.push(...directions.map((direction, i) => directionTarget(subject, direction, i, evaluate)));

  const noiseLine = directionTarget(subject, randomDirection(random, total), 0, evaluate).line;
  const noise = measureNoise(noiseLine, origin, weights);
  const numeric = targets.map((target) =>
    derivatives(target.line, origin, weights, noise, target.step, target.size),
  );
  const comparisons = modes.flatMap((mode) => {
    const analytic =
      mode === "reverse"
        ? reverseValues(subject, targets, weights)
        : forwardValues(subject, targets, weights);
    return weights.flatMap((w, probe) => {
      const magnitude = weightedSum(w.map(Math.abs), origin.map(Math.abs));
      const pairs = targets.map((_, i) => ({
        analytic: analytic[i]?.[probe] ?? NaN,
        numeric: numeric[i]?.[probe] ?? UNKNOWN,
      }));
      const judgements = judgeAll(pairs, settings, magnitude);
      return targets.flatMap(({ path, index, isDirection }, i): Comparison[] => {
        const [pair, judgement] = [pairs[i], judgements[i]];
        if (pair === undefined || judgement === undefined) return [];
        const { value, error: bound, step } = pair.numeric;
        return [
          {
            path,
            index,
            isDirection,
            sweep: mode + over,
            probe,
            analytic: pair.analytic,
            numeric: value,
            bound,
            step,
            ...judgement,
          },
        ];
      });
    });
  });
  return { comparisons, entries: { checked: entries.length, total }, evaluations };
}

const UNKNOWN: NumericDerivative = { value: NaN, error: Infinity, step: NaN, kink: undefined };

/** [target][probe], from one reverse sweep a probe. */
function reverseValues(
  subject: Subject,
  targets: readonly Target[],
  weights: readonly Float64Array[],
): number[][] {
  const pull = subject.reverse();
  const gradients = weights.map(pull);
  return targets.map((target) => gradients.map(target.component));
}

/** [target][probe], from one forward sweep a target. */
function forwardValues(
  subject: Subject,
  targets: readonly Target[],
  weights: readonly Float64Array[],
): number[][] {
  return targets.map(({ tangents }) => {
    const outputs = subject.forward(tangents());
    return weights.map((w) => weightedSum(w, outputs));
  });
}

type Evaluate = (values: readonly Tensor[]) => Float64Array;

function entryTarget(subject: Subject, { variable, index }: Entry, evaluate: Evaluate): Target {
  const given = subject.variables.map(({ tensor }) => tensor);
  const { path, tensor } = subject.variables[variable] ?? { path: "", tensor: undefined };
  const shape = tensor?.shape ?? [];
  const x = tensor?.data[index] ?? NaN;
  return {
    path,
    index: unravel(index, shape),
    isDirection: false,
    tangents: () =>
      given.map((t, i) => {
        const tangent = new Float64Array(t.size);
        if (i === variable) tangent[index] = 1;
        return tangent;
      }),
    component: (gradient) => gradient[variable]?.[index] ?? NaN,
    line(t) {
      const values = Float64Array.from(tensor?.data ?? []);
      const moved = x + t;
      values[index] = moved;
      return { at: moved - x, outputs: evaluate(given.with(variable, fromTypedArray(values, shape))) };
    },
    step: 0.05 * Math.max(1, Math.abs(x)),
    size: Math.abs(x),
  };
}

function directionTarget(
  subject: Subject,
  direction: Float64Array,
  number: number,
  evaluate: Evaluate,
): Target {
  const given = subject.variables.map(({ tensor }) => tensor);
  let end = 0;
  const parts = given.map((t) => direction.subarray(end, (end += t.size)));
  return {
    path: `random direction ${number} through all inputs`,
    index: [],
    isDirection: true,
    tangents: () => parts.map((part) => part.slice()),
    component: (gradient) =>
      parts.reduce((total, part, i) => total + weightedSum(part, gradient[i] ?? new Float64Array(0)), 0),
    line: (t) => ({
      at: t,
      outputs: evaluate(
        given.map((tensor, i) => {
          const values = Float64Array.from(tensor.data, (v, k) => v + t * (parts[i]?.[k] ?? 0));
          return fromTypedArray(values, tensor.shape);
        }),
      ),
    }),
    step: 0.05,
    size: 0,
  };
}

function weightedSum(weights: Float64Array, values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += (weights[i] ?? 0) * (values[i] ?? NaN);
  return total;
}
