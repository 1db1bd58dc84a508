import { isFiniteArray, weightedDifference, type Line, type LinePoint } from "./line.js";
import { leaves, roundingOf, Steps, type Measurement, type NumericDerivative } from "./stencil.js";
import { Tableau, UNKNOWN } from "./tableau.js";

/**
 * Extrapolated differences (f(t) − f(0)) / t from points on one side alone, −1 or 1, for points at the edge of a
 * domain or of a branch. They need more steps than central differences for the same error.
 */
export function oneSided(line: Line, side: -1 | 1, measurement: Measurement): NumericDerivative[] {
  const { origin, weights, noise } = measurement;
  const room = line.room[side === 1 ? 1 : 0];
  if (room === 0) return weights.map(() => UNKNOWN);
  const tableaux = weights.map(() => new Tableau(2));
  const clear = (): void => {
    for (const tableau of tableaux) tableau.clear();
  };
  const steps = new Steps(line, Math.min(line.step, room));
  let previous: LinePoint | undefined;
  while (!steps.isExhausted) {
    const point = line.at(side * steps.step);
    const gone = leaves(origin, point);
    if (gone?.isTie === false) {
      clear();
      steps.beyond(gone);
      continue;
    }
    if (!isFiniteArray(point.outputs)) {
      clear();
      steps.outside();
      continue;
    }
    if (gone !== undefined) {
      steps.meet(gone, 0);
      // Larger steps on this side went on to another branch.
      if (previous !== undefined && leaves(previous, point) !== undefined) clear();
    }
    previous = point;
    if (point.at !== 0) {
      tableaux.forEach((tableau, i) => {
        const w = weights[i] ?? new Float64Array(0);
        const quotient = weightedDifference(w, point.outputs, origin.outputs) / point.at;
        const rounding = roundingOf(line, w, origin, point, noise[i] ?? 0, quotient);
        tableau.add(quotient, rounding, Math.abs(point.at));
      });
    }
    if (tableaux.every((tableau) => tableau.settled)) break;
    steps.next();
  }
  return tableaux.map((tableau) => ({ ...tableau.best, ...steps.met }));
}
