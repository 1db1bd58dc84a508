import type { BrokenTie } from "./branch.js";
import { isFiniteArray, weightedDifference, type Line, type LinePoint } from "./line.js";
import {
  leaves,
  roundingOf,
  Steps,
  tiesBroken,
  type Measurement,
  type NumericDerivative,
} from "./stencil.js";
import { Tableau } from "./tableau.js";

/** What central differences found. */
export interface Central {
  readonly estimates: readonly NumericDerivative[];
  /** Whether t = 0 is the boundary between the branches on its left and on its right; then there are no estimates. */
  readonly isTie: boolean;
  /** The ties that both sides break; see `brokenTies`. */
  readonly broken?: readonly BrokenTie[];
}

/** Extrapolated central differences from steps first, first/2, … on the branch of t = 0. */
export function central(line: Line, first: number, measurement: Measurement): Central {
  const { origin } = measurement;
  const slopes = measurement.weights.map((w, i) => new Slopes(w, measurement.noise[i] ?? 0, line));
  const clear = (): void => {
    for (const slope of slopes) slope.clear();
  };
  const steps = new Steps(line, first);
  let inner: LinePoint | undefined;
  while (!steps.isExhausted) {
    const right = line.at(steps.step);
    const rightGone = leaves(origin, right);
    if (rightGone?.isTie === false) {
      clear();
      steps.beyond(rightGone);
      continue;
    }
    const left = line.at(-steps.step);
    const leftGone = leaves(origin, left);
    if (leftGone?.isTie === false) {
      clear();
      steps.beyond(leftGone);
      continue;
    }
    if (!isFiniteArray(right.outputs) || !isFiniteArray(left.outputs)) {
      clear();
      steps.outside();
      continue;
    }
    const tie = rightGone ?? leftGone;
    if (tie !== undefined) {
      // A boundary that both sides leave in the same way, such as that of relu(x²) at 0, is none.
      if (leaves(left, right) !== undefined) {
        const broken = tiesBroken(origin, left, right);
        return { isTie: true, estimates: [], ...(broken && { broken }) };
      }
      if (inner !== undefined && leaves(inner, right) !== undefined) clear();
      inner = right;
    }
    for (const slope of slopes) slope.add(origin, left, right);
    if (slopes.every(({ tableau }) => tableau.settled)) break;
    steps.next();
  }
  return { isTie: false, estimates: slopes.map((slope) => ({ ...slope.best, ...steps.met })) };
}

/** How many of the last steps a kink must show in. */
const STEADY = 3;

/** The central differences of one weighted sum, and the slopes on either side. */
class Slopes {
  readonly tableau = new Tableau(4);
  #jumps: number[] = [];
  #sides: readonly [number, number] = [NaN, NaN];

  constructor(
    readonly weights: Float64Array,
    readonly noise: number,
    readonly line: Line,
  ) {}

  clear(): void {
    this.tableau.clear();
    this.#jumps = [];
  }

  add(origin: LinePoint, left: LinePoint, right: LinePoint): void {
    const width = right.at - left.at;
    if (width === 0) return;
    const value = weightedDifference(this.weights, right.outputs, left.outputs) / width;
    const rounding = roundingOf(this.line, this.weights, left, right, this.noise, value);
    this.tableau.add(value, rounding, width / 2);
    this.#sides = [
      weightedDifference(this.weights, left.outputs, origin.outputs) / left.at,
      weightedDifference(this.weights, right.outputs, origin.outputs) / right.at,
    ];
    this.#jumps = [...this.#jumps, this.#sides[1] - this.#sides[0]].slice(-STEADY);
  }

  get best(): NumericDerivative {
    return { ...this.tableau.best, ...(this.#isKink && { kink: this.#sides }) };
  }

  /** In a smooth point the one-sided slopes approach each other at least as fast as the step shrinks. */
  get #isKink(): boolean {
    const last = this.#jumps.at(-1) ?? 0;
    const size = Math.max(Math.abs(this.#sides[0]), Math.abs(this.#sides[1]));
    const steady = this.#jumps.every((jump) => Math.abs(jump - last) <= 0.25 * Math.abs(last));
    const visible = Math.abs(last) > 1e-6 * size + 10 * this.tableau.quotientRounding;
    return this.#jumps.length === STEADY && steady && visible;
  }
}
