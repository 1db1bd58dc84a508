import type { BrokenTie } from "./branch.js";
import { central } from "./central.js";
import type { Line } from "./line.js";
import { oneSided } from "./one-sided.js";
import type { Measurement, NumericDerivative } from "./stencil.js";
import { UNKNOWN } from "./tableau.js";

/** A kink that leaves the derivative worse than this, relatively, is worth another try on its far side. */
const POOR = 1e-9;
/** A side with less room than this part of the other gets no steps. */
const NARROW = 1 / 16;

/**
 * Derivatives along a line at t = 0, of several weighted sums of the outputs at once: extrapolated central
 * differences, all on the branch of the function on which t = 0 lies, and within the domain. Where the domain ends at
 * t = 0, or close to it, and where a kink lies close by, differences to one side are used instead; on a kink, both.
 */
export function derivatives(line: Line, measurement: Measurement): NumericDerivative[] {
  const [left, right] = line.room;
  const widest = Math.min(line.step, Math.max(left, right));
  const both = Math.min(widest, left, right);
  if (both < NARROW * widest) {
    const far = oneSided(line, left > right ? -1 : 1, measurement);
    if (both === 0 || !far.some(isPoor)) return far;
    // The function may change as quickly as the domain ends.
    const near = central(line, both, measurement);
    return near.isTie ? far : far.map((estimate, i) => best([estimate, near.estimates[i] ?? UNKNOWN]));
  }
  const { isTie, estimates, broken } = central(line, both, measurement);
  const sides = (): [NumericDerivative[], NumericDerivative[]] => [
    oneSided(line, -1, measurement),
    oneSided(line, 1, measurement),
  ];
  if (isTie) return acrossTie(...sides(), broken);
  if (!estimates.some((estimate) => estimate.obstacle !== undefined && isPoor(estimate)))
    return [...estimates];
  const [lefts, rights] = sides();
  return estimates.map((estimate, i) => ({
    ...best([estimate, lefts[i] ?? UNKNOWN, rights[i] ?? UNKNOWN]),
    ...(estimate.obstacle && { obstacle: estimate.obstacle }),
  }));
}

function isPoor({ value, error }: NumericDerivative): boolean {
  return !(error <= POOR * Math.abs(value));
}

function best(estimates: readonly NumericDerivative[]): NumericDerivative {
  return estimates.reduce((a, b) => (b.error < a.error ? b : a));
}

function acrossTie(
  lefts: readonly NumericDerivative[],
  rights: readonly NumericDerivative[],
  broken: readonly BrokenTie[] | undefined,
): NumericDerivative[] {
  return lefts.map((left, i) => {
    const right = rights[i] ?? UNKNOWN;
    return {
      ...right,
      ...left,
      value: (left.value + right.value) / 2,
      error: Math.max(left.error, right.error),
      rounding: Math.max(left.rounding, right.rounding),
      step: Math.max(left.step, right.step),
      sides: [left, right],
      ...(broken && { broken }),
    };
  });
}
