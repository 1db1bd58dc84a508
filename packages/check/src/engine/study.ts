import type { GradcheckMode, ResolvedOptions } from "../options.js";
import { randomDirection, randomSigns, type Random } from "../random.js";
import type { Comparison, Coverage } from "../report.js";
import { chooseEntries } from "../sampling.js";
import type { Subject } from "../subject.js";
import type { Mode } from "./analytic.js";
import type { Range } from "./domain.js";
import { DoubleDouble } from "./double-double.js";
import { Experiment } from "./experiment.js";
import { searchEntries, searchOutputs } from "./search.js";
import { directionTarget, entryTarget, proportioned } from "./targets.js";
import { compareRounding } from "./rounding.js";
import { tiedTargets } from "./ties.js";
import { Trial } from "./trial.js";

/** What was found about one function. */
export interface Study {
  readonly comparisons: readonly Comparison[];
  readonly entries: Coverage;
  readonly evaluations: number;
}

export interface StudyPlan {
  /** The cotangents with which the outputs are reduced to numbers. */
  readonly weights: readonly Float64Array[];
  readonly settings: ResolvedOptions;
  readonly random: Random;
  /** Per variable, the values that it may take. */
  readonly ranges: readonly Range[];
  /** What the sweep was run on, for reports: `" over reverse"` for second derivatives. */
  readonly over: string;
}

/** However small the budget, so many entries are checked. */
const FEWEST_ENTRIES = 8;

/**
 * Compares analytic and numeric derivatives: along three random directions through all entries, then by each entry
 * while the budget allows. Entries that tie are moved together, too. What looks wrong only along a direction is searched
 * down to the entry.
 */
export function study(subject: Subject, plan: StudyPlan): Study {
  const { weights, settings, random, ranges, over } = plan;
  const sizes = subject.variables.map(({ tensor }) => tensor.size);
  const total = sizes.reduce((a, b) => a + b, 0);
  const outputs = weights[0]?.length ?? 0;
  if (total === 0 || outputs === 0)
    return { comparisons: [], entries: { checked: 0, total }, evaluations: 0 };

  const laboratory =
    settings.precision === "dd"
      ? new DoubleDouble(subject, ranges, settings.kernels)
      : new Experiment(subject, ranges, random);
  const trial = new Trial(laboratory, weights, settings, modesOf(settings.mode), over);
  const { onProgress } = settings;
  const directions = [
    ...[0, 1].map((i) => ({ direction: randomDirection(random, total), name: `Gaussian direction ${i}` })),
    { direction: randomSigns(random, total), name: "Rademacher direction" },
  ].map(({ direction, name }) => ({ direction: proportioned(direction, laboratory.ground), name }));
  directions.forEach(({ direction, name }, i) => {
    trial.add(directionTarget(laboratory.ground, direction, `${name} through all inputs`));
    onProgress({ phase: "probes", done: i + 1, total: directions.length });
  });

  const left = settings.maxEvaluations - laboratory.evaluations;
  const affordable = Math.max(FEWEST_ENTRIES, Math.floor(left / laboratory.evaluationsPerEntry));
  const entries = chooseEntries(sizes, Math.min(settings.maxEntries, affordable), random);
  const measured = entries.map((entry, i) => {
    const [numeric] = trial.add(entryTarget(laboratory.ground, entry));
    onProgress({ phase: "entries", done: i + 1, total: entries.length });
    return { entry, numeric };
  });
  const ties = tiedTargets(laboratory.ground, measured, random);
  for (const target of ties) trial.add(target);

  trial.judge();
  const isComplete = entries.length === total;
  trial.dropUndecided((target) => (isComplete ? target.isDirection : ties.includes(target)));
  if (!isComplete)
    searchEntries(
      trial,
      directions.map(({ direction }) => direction),
      onProgress,
    );
  if (outputs > 1) searchOutputs(trial, onProgress);
  const rounded = laboratory instanceof DoubleDouble ? compareRounding(laboratory, weights, plan) : [];
  return {
    comparisons: [...trial.comparisons, ...rounded],
    entries: { checked: entries.length, total },
    evaluations: laboratory.evaluations,
  };
}

function modesOf(mode: GradcheckMode): readonly Mode[] {
  return mode === "both" ? ["reverse", "forward"] : [mode];
}
