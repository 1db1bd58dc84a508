import { EVERYTHING, rangesOf, type Range } from "./engine/domain.js";
import { study, type Study } from "./engine/study.js";
import { checkSubject, checkInputs } from "./expect.js";
import {
  checkOptions,
  gradcheckNames,
  resolveOptions,
  type GradcheckOptions,
  type ResolvedOptions,
} from "./options.js";
import { preflight } from "./preflight.js";
import type { AnyInputs, InputsFor } from "./inputs.js";
import { createRandom, randomWeights, type Random } from "./random.js";
import { GradcheckError, makeReport, type GradcheckReport } from "./report.js";
import { replayProblems } from "./engine/replay.js";
import { createSubject, promoted, type Subject } from "./subject.js";

/**
 * Compares the gradient of `fn` with extrapolated finite differences whose error is bounded, in float64 or, with
 * `precision: "dd"`, in double-double arithmetic.
 *
 * `inputs` are the arguments of `fn`: trees of tensors, of which the float64 ones are checked; `fn` returns a tensor
 * or a tree of them. A result with several elements is reduced by random cotangents. While `fn` runs, new tensors
 * are float64 by default, as in `withDefaultDtype`.
 *
 * First the derivatives along three random directions through all entries are compared, then those by every entry
 * while the budget (`maxEvaluations`) lasts; what is wrong along a direction only is searched down to the entry.
 * Steps stay on the branch of the function on which the point lies, and in the `domain`. On a kink the gradient must
 * lie between the derivatives on its two sides.
 *
 * The report passes only if every comparison does. Values that are not finite, a function that gives different
 * results for equal inputs or writes to them, a check without entries, and a numeric derivative that is less precise
 * than the tolerance never pass.
 *
 * @throws DtypeError for float32 inputs, unless `promote` is set, and for float32 results
 * @throws ArgumentError for inputs or results that are not trees of tensors, and for bad options
 */
export function gradcheck<Args extends readonly unknown[], Given extends AnyInputs = AnyInputs>(
  fn: (...args: Args) => unknown,
  inputs: InputsFor<NoInfer<Args>, Given>,
  options: GradcheckOptions = {},
): GradcheckReport {
  checkOptions("gradcheck", options, gradcheckNames);
  checkInputs<Args>("gradcheck", inputs);
  return gradcheckAs("gradcheck", fn, inputs, options);
}

/**
 * As {@link gradcheck}, for a check that is made of it.
 *
 * @param where the check that was asked for, for errors
 */
export function gradcheckAs<Args extends readonly unknown[]>(
  where: string,
  fn: (...args: Args) => unknown,
  inputs: Args,
  options: GradcheckOptions,
): GradcheckReport {
  checkSubject(where, fn);
  const settings = resolveOptions(where, options);
  const subject = createSubject(where, fn, settings.promote ? promoted(inputs) : inputs);
  const ranges = rangesOf(where, settings.domain, subject.variables);
  const { origin, problems: obstacles } = preflight(subject, settings.mode !== "forward");
  const problems =
    obstacles.length === 0 && settings.precision === "dd" && origin.length > 0
      ? replayProblems(subject, origin, settings.kernels, ranges)
      : obstacles;
  const found = problems.length > 0 ? [] : studies(subject, origin, settings, ranges);
  const sum = (pick: (s: Study) => number): number => found.reduce((total, s) => total + pick(s), 0);
  return makeReport({
    problems,
    comparisons: found.flatMap(({ comparisons }) => comparisons),
    entries: { checked: sum((s) => s.entries.checked), total: sum((s) => s.entries.total) },
    evaluations: sum((s) => s.evaluations),
    seed: settings.seed,
  });
}

/** As {@link gradcheck}, but throws GradcheckError with the report as its message unless the check passes. */
export function assertGradcheck<Args extends readonly unknown[], Given extends AnyInputs = AnyInputs>(
  fn: (...args: Args) => unknown,
  inputs: InputsFor<NoInfer<Args>, Given>,
  options: GradcheckOptions = {},
): GradcheckReport {
  const report = gradcheck(fn, inputs, options);
  if (!report.pass) throw new GradcheckError(report);
  return report;
}

function studies(
  subject: Subject,
  origin: Float64Array,
  settings: ResolvedOptions,
  ranges: readonly Range[],
): Study[] {
  const random = createRandom(settings.seed);
  const weights = cotangents(random, origin.length, settings.probes);
  const found = [study(subject, { weights, settings, random, ranges, over: "" })];
  const [first] = weights;
  if (settings.order === 2 && first !== undefined && origin.length > 0) {
    const second = subject.gradient(first);
    const size = second.variables.slice(0, ranges.length).reduce((n, { tensor }) => n + tensor.size, 0);
    found.push(
      study(second, {
        weights: cotangents(random, size, settings.probes),
        settings,
        random,
        // The cotangent, which is a variable here, may be anything.
        ranges: second.variables.map((_, i) => ranges[i] ?? EVERYTHING),
        over: " over reverse",
      }),
    );
  }
  return found;
}

/** A single output is its own probe. */
function cotangents(random: Random, size: number, probes: number): Float64Array[] {
  if (size === 1) return [Float64Array.of(1)];
  return Array.from({ length: probes }, () => randomWeights(random, size));
}
