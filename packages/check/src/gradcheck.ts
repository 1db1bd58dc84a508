import { compare, type Study } from "./compare.js";
import { resolveOptions, type GradcheckOptions, type ResolvedOptions } from "./options.js";
import { preflight } from "./preflight.js";
import { createRandom, randomWeights, type Random } from "./random.js";
import { GradcheckError, makeReport, type GradcheckReport } from "./report.js";
import { createSubject, promoted, type Subject } from "./subject.js";

/**
 * Compares the gradient of `fn` with extrapolated finite differences, in float64.
 *
 * `inputs` are the arguments of `fn`: trees of tensors, of which the float64 ones are checked; `fn` returns a tensor
 * or a tree of them. A result with several elements is reduced by random cotangents. While `fn` runs, new tensors
 * are float64 by default, as in `withDefaultDtype`.
 *
 * The report passes only if every comparison does. Values that are not finite, a function that gives different
 * results for equal inputs or writes to them, a check without entries, and a numeric derivative that is less precise
 * than the tolerance never pass.
 *
 * @throws DtypeError for float32 inputs, unless `promote` is set, and for float32 results
 * @throws ArgumentError for inputs or results that are not trees of tensors, and for bad options
 */
export function gradcheck<Args extends readonly unknown[]>(
  fn: (...args: Args) => unknown,
  inputs: NoInfer<Args>,
  options: GradcheckOptions = {},
): GradcheckReport {
  const settings = resolveOptions(options);
  const subject = createSubject(fn, settings.promote ? promoted(inputs) : inputs);
  const { origin, problems } = preflight(subject);
  const studies = problems.length > 0 ? [] : study(subject, origin, settings);
  const sum = (pick: (s: Study) => number): number => studies.reduce((total, s) => total + pick(s), 0);
  return makeReport({
    problems,
    comparisons: studies.flatMap(({ comparisons }) => comparisons),
    entries: { checked: sum((s) => s.entries.checked), total: sum((s) => s.entries.total) },
    evaluations: sum((s) => s.evaluations),
    seed: settings.seed,
  });
}

/** As {@link gradcheck}, but throws GradcheckError with the report as its message unless the check passes. */
export function assertGradcheck<Args extends readonly unknown[]>(
  fn: (...args: Args) => unknown,
  inputs: NoInfer<Args>,
  options: GradcheckOptions = {},
): GradcheckReport {
  const report = gradcheck(fn, inputs, options);
  if (!report.pass) throw new GradcheckError(report);
  return report;
}

function study(subject: Subject, origin: Float64Array, settings: ResolvedOptions): Study[] {
  const random = createRandom(settings.seed);
  const modes = settings.mode === "both" ? (["reverse", "forward"] as const) : [settings.mode];
  const weights = cotangents(random, origin.length, settings.probes);
  const studies = [compare(subject, { origin, weights, settings, random, modes, over: "" })];
  const [first] = weights;
  if (settings.order === 2 && first !== undefined && origin.length > 0) {
    const second = subject.gradient(first);
    const gradient = second.evaluate(second.variables.map(({ tensor }) => tensor));
    const probes = cotangents(random, gradient.length, settings.probes);
    studies.push(
      compare(second, { origin: gradient, weights: probes, settings, random, modes, over: " over reverse" }),
    );
  }
  return studies;
}

/** A single output is its own probe. */
function cotangents(random: Random, size: number, probes: number): Float64Array[] {
  if (size === 1) return [Float64Array.of(1)];
  return Array.from({ length: probes }, () => randomWeights(random, size));
}
