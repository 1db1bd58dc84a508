import { isFiniteArray, weightedDifference, weightedMagnitude, type Line, type LinePoint } from "./line.js";

/** A derivative from finite differences, and how far it can be trusted. */
export interface NumericDerivative {
  readonly value: number;
  /** Bound on the error of `value`: what extrapolation still moves, plus rounding. `Infinity` if nothing was found. */
  readonly error: number;
  /** The smallest step that went into `value`. */
  readonly step: number;
  /** Left and right derivatives when the point is a kink: they differ, and not less so for smaller steps. */
  readonly kink: readonly [left: number, right: number] | undefined;
}

/** Halvings of the step that are always worth their price, and those tried for functions that are slow to settle. */
const HALVINGS = 6;
const MAX_HALVINGS = 14;
/** Extrapolation beyond h¹⁴ gains nothing over rounding. */
const MAX_ORDER = 6;
/** Relative error that is good enough to stop. */
const ENOUGH = 1e-11;
/** Noise is bounded by this many standard deviations. */
const NOISE_SIGMAS = 3;

/**
 * Derivatives along a line at t = 0, of several weighted sums of the outputs at once: central differences with
 * steps h, h/2, h/4, …, extrapolated to h → 0 (Romberg). The entry of the tableau with the smallest error bound
 * is taken.
 *
 * Source: Ridders, "Accurate computation of F′(x) and F′(x)F″(x)", Adv. Eng. Software 4 (1982), with a rounding
 * term that is carried through the tableau.
 *
 * @param origin the outputs at t = 0
 * @param weights one vector per wanted derivative, each as long as the outputs
 * @param noise per weight vector, the measured rounding noise of the sum (standard deviation)
 * @param step the first step h
 * @param size size of the coordinate that moves along the line, which the function may round, too; 0 if it has none
 */
export function derivatives(
  line: Line,
  origin: Float64Array,
  weights: readonly Float64Array[],
  noise: readonly number[],
  step: number,
  size = 0,
): NumericDerivative[] {
  const tableaux = weights.map((w, i) => new Tableau(w, noise[i] ?? 0, size));
  for (let k = 0, h = step; k <= MAX_HALVINGS; k++, h /= 2) {
    const [right, left] = [line(h), line(-h)];
    if (!isFiniteArray(right.outputs) || !isFiniteArray(left.outputs)) {
      // Outside of the function's domain: begin again closer to the point.
      for (const tableau of tableaux) tableau.clear();
      continue;
    }
    for (const tableau of tableaux) tableau.add(origin, left, right);
    if (tableaux.every((tableau) => tableau.settled)) break;
  }
  return tableaux.map((tableau) => tableau.best);
}

const UNKNOWN: NumericDerivative = { value: NaN, error: Infinity, step: NaN, kink: undefined };

/** Romberg's tableau of one weighted sum: row k holds the estimates from the steps h … h/2ᵏ. */
class Tableau {
  #best = UNKNOWN;
  #row: number[] = [];
  #rounding: number[] = [];
  #rows = 0;
  #truncation = Infinity;
  #drift = 0;
  #jumps: number[] = [];
  #slopes: readonly [number, number] = [NaN, NaN];

  constructor(
    readonly weights: Float64Array,
    readonly noise: number,
    readonly size: number,
  ) {}

  clear(): void {
    this.#best = UNKNOWN;
    this.#row = [];
    this.#rounding = [];
    this.#rows = 0;
    this.#truncation = Infinity;
    this.#drift = 0;
    this.#jumps = [];
  }

  add(origin: Float64Array, left: LinePoint, right: LinePoint): void {
    const width = right.at - left.at;
    if (width === 0) return;
    const value = weightedDifference(this.weights, right.outputs, left.outputs) / width;
    const magnitude = weightedMagnitude(this.weights, right.outputs, left.outputs);
    const rounding = 2 * magnitude + this.size * Math.abs(value);
    const noise = magnitude === 0 ? 0 : NOISE_SIGMAS * this.noise + Number.EPSILON * rounding;
    this.#extrapolate(value, (2 * noise) / width, width / 2);
    this.#slopes = [
      weightedDifference(this.weights, left.outputs, origin) / left.at,
      weightedDifference(this.weights, right.outputs, origin) / right.at,
    ];
    this.#jumps = [...this.#jumps, this.#slopes[1] - this.#slopes[0]].slice(-3);
  }

  #extrapolate(value: number, rounding: number, step: number): void {
    const row = [value];
    const roundings = [rounding];
    let latest = UNKNOWN;
    for (let j = 1; j <= Math.min(this.#rows, MAX_ORDER); j++) {
      const [coarse, fine] = [this.#row[j - 1] ?? NaN, row[j - 1] ?? NaN];
      const factor = 4 ** j;
      const next = fine + (fine - coarse) / (factor - 1);
      const noise = (factor * (roundings[j - 1] ?? 0) + (this.#rounding[j - 1] ?? 0)) / (factor - 1);
      row.push(next);
      roundings.push(noise);
      const truncation = Math.max(Math.abs(next - fine), Math.abs(next - coarse));
      const error = truncation + noise;
      if (error < latest.error) latest = { value: next, error, step, kink: undefined };
      if (error < this.#best.error) {
        this.#best = latest;
        this.#truncation = truncation;
        this.#drift = 0;
      }
    }
    this.#watch(latest);
    this.#row = row;
    this.#rounding = roundings;
    this.#rows++;
  }

  /**
   * Rows after the best one may be noisier, but must not lead elsewhere: near a kink or a pole, estimates from large
   * steps agree with each other before small steps show what is there.
   */
  #watch(latest: NumericDerivative): void {
    const apart = Math.abs(latest.value - this.#best.value);
    if (apart > latest.error + this.#best.error) this.#drift = Math.max(this.#drift, apart);
  }

  /** Whether smaller steps are no longer worth their price. */
  get settled(): boolean {
    const { value, error } = this.#best;
    const limitedByRounding = this.#truncation <= error - this.#truncation;
    if (this.#rows > 2 && limitedByRounding) return true;
    return this.#rows > HALVINGS && error <= ENOUGH * Math.abs(value);
  }

  get best(): NumericDerivative {
    const error = Math.max(this.#best.error, this.#drift);
    return { ...this.#best, error, kink: this.#atKink ? this.#slopes : undefined };
  }

  /** In a smooth point the one-sided slopes approach each other at least as fast as the step shrinks. */
  get #atKink(): boolean {
    const last = this.#jumps.at(-1) ?? 0;
    const size = Math.max(Math.abs(this.#slopes[0]), Math.abs(this.#slopes[1]));
    const steady = this.#jumps.every((jump) => Math.abs(jump - last) <= 0.25 * Math.abs(last));
    return this.#jumps.length === 3 && steady && Math.abs(last) > 1e-6 * size + 10 * (this.#rounding[0] ?? 0);
  }
}
