import { directionTarget, entryTarget, type Target } from "./targets.js";
import { locate } from "./bisect.js";
import type { Trial, Case } from "./trial.js";
import type { ResolvedOptions } from "../options.js";

type Progress = ResolvedOptions["onProgress"];

/** Suspects that are followed up, of each kind. */
const SEARCHES = 3;

/**
 * Follows up directions along which the derivatives differ, although no entry that was looked at is wrong: halves
 * the direction until the entry is found, and judges that.
 *
 * @param directions the directions that were measured first, in order
 */
export function searchEntries(trial: Trial, directions: readonly Float64Array[], onProgress: Progress): void {
  const { laboratory } = trial;
  const isKnown = ({ mode }: Case): boolean =>
    trial.cases.some((c) => c.mode === mode && !c.target.isDirection && c.comparison.verdict === "fail");
  const targets = directionsOf(trial).slice(0, directions.length);
  const suspects = worstFirst(trial, ({ target }) => targets.includes(target));
  const total = Math.min(suspects.length, SEARCHES);
  suspects.slice(0, SEARCHES).forEach((suspect, i) => {
    if (!isKnown(suspect)) {
      const { mode, weights, probe, target } = suspect;
      const direction = directions[targets.indexOf(target)];
      if (direction === undefined) return;
      const part = (vector: Float64Array): number => {
        if (vector.every((v) => v === 0)) return 0;
        const narrower = directionTarget(laboratory.ground, vector, target.path);
        const [numeric] = laboratory.measure(narrower, [weights]);
        return numeric === undefined
          ? 0
          : trial.excess(trial.pairOf(mode, narrower, weights, numeric), probe);
      };
      const { from, to } = locate(direction, part);
      if (to - from === 1) {
        const entry = entryTarget(laboratory.ground, entryAt(trial, from));
        trial.weights.forEach((w, k) => trial.addLate(entry, w, k));
      }
    }
    onProgress({ phase: "search", done: i + 1, total });
  });
}

/**
 * Follows up entries that differ by less than the tolerance of a weighted sum of the outputs, but by more than can be
 * explained: a single wrong element of a Jacobian hides among the others of its column. Halves the cotangent until the
 * element is found, and judges that.
 */
export function searchOutputs(trial: Trial, onProgress: Progress): void {
  const { laboratory } = trial;
  const suspects = worstFirst(
    trial,
    ({ target, comparison }) => !target.isDirection && comparison.verdict === "pass",
  );
  const total = Math.min(suspects.length, SEARCHES);
  suspects.slice(0, SEARCHES).forEach(({ mode, target, weights, probe }, i) => {
    const part = (cotangent: Float64Array): number => {
      const [numeric] = laboratory.measure(target, [cotangent]);
      return numeric === undefined ? 0 : trial.excess(trial.pairOf(mode, target, cotangent, numeric), probe);
    };
    const { from, to } = locate(weights, part);
    if (to - from === 1) {
      trial.addLate(
        target,
        weights.map((w, k) => (k === from ? w : 0)),
        probe,
        from,
      );
    }
    onProgress({ phase: "search", done: i + 1, total });
  });
}

/** Cases of one kind that are further apart than can be explained. */
function worstFirst(trial: Trial, isMeant: (c: Case) => boolean): Case[] {
  return trial.cases
    .filter(isMeant)
    .map((c) => ({ c, excess: trial.excess(c.pair, c.probe) }))
    .filter(({ excess }) => excess > 1)
    .sort((a, b) => b.excess - a.excess)
    .map(({ c }) => c);
}

function directionsOf(trial: Trial): Target[] {
  return [...new Set(trial.cases.map(({ target }) => target))].filter(({ isDirection }) => isDirection);
}

function entryAt(trial: Trial, position: number): { readonly variable: number; readonly index: number } {
  let index = position;
  const { variables } = trial.laboratory.subject;
  for (const [variable, { tensor }] of variables.entries()) {
    if (index < tensor.size) return { variable, index };
    index -= tensor.size;
  }
  return { variable: 0, index: 0 };
}
