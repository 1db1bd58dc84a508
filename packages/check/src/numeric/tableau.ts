/** One way of reading a derivative off a tableau, with what bounds its error. */
export interface Estimate {
  readonly value: number;
  /** Bound on the error of `value`: what extrapolation still moves, plus rounding. `Infinity` if nothing was found. */
  readonly error: number;
  /** The part of `error` that comes from rounding. */
  readonly rounding: number;
  /** The smallest step that went into `value`. */
  readonly step: number;
}

export const UNKNOWN: Estimate = { value: NaN, error: Infinity, rounding: Infinity, step: NaN };

/** Halvings of the step that are always worth their price. */
const HALVINGS = 5;
/** Extrapolation over more rows gains nothing over rounding. */
const MAX_ORDER = 6;
/** Relative error that is good enough to stop. */
const ENOUGH = 1e-11;

/**
 * Romberg's tableau: row k holds the estimates from the steps h, h/2, … h/2ᵏ, extrapolated to h → 0. The estimate
 * with the smallest error bound is taken.
 *
 * Source: Ridders, "Accurate computation of F′(x) and F′(x)F″(x)", Adv. Eng. Software 4 (1982), with a rounding
 * term that is carried through the tableau.
 */
export class Tableau {
  #best = UNKNOWN;
  #row: number[] = [];
  #rounding: number[] = [];
  #rows = 0;
  #drift = 0;

  /** @param ratio by how much a halved step shrinks the error: 4 for central differences, 2 for one-sided ones */
  constructor(readonly ratio: 2 | 4) {}

  /** Forgets all rows: they lay on another branch, or outside of the domain. */
  clear(): void {
    this.#best = UNKNOWN;
    this.#row = [];
    this.#rounding = [];
    this.#rows = 0;
    this.#drift = 0;
  }

  /** Adds the difference quotient of the next step, with a bound on its rounding error. */
  add(quotient: number, quotientRounding: number, step: number): void {
    const row = [quotient];
    const roundings = [quotientRounding];
    let latest = UNKNOWN;
    let factor = 1;
    for (let j = 1; j <= Math.min(this.#rows, MAX_ORDER); j++) {
      const [coarse, fine] = [this.#row[j - 1] ?? NaN, row[j - 1] ?? NaN];
      factor *= this.ratio;
      const value = fine + (fine - coarse) / (factor - 1);
      const rounding = (factor * (roundings[j - 1] ?? 0) + (this.#rounding[j - 1] ?? 0)) / (factor - 1);
      row.push(value);
      roundings.push(rounding);
      // Two estimates may agree by accident, hardly so three or four.
      const older = [row[j - 2] ?? fine, this.#row[j - 2] ?? coarse];
      const moved = Math.max(Math.abs(value - fine), Math.abs(value - coarse));
      const movedBefore = Math.max(...older.map((v) => Math.abs(value - v))) / this.ratio ** 2;
      const error = Math.max(moved, movedBefore) + rounding;
      if (error < latest.error) latest = { value, error, rounding, step };
    }
    if (latest.error < this.#best.error) {
      this.#best = latest;
      this.#drift = 0;
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
  #watch(latest: Estimate): void {
    const apart = Math.abs(latest.value - this.#best.value);
    if (apart > latest.error + this.#best.error) this.#drift = Math.max(this.#drift, apart);
  }

  get rows(): number {
    return this.#rows;
  }

  /** Rounding error of the latest difference quotient. */
  get quotientRounding(): number {
    return this.#rounding[0] ?? 0;
  }

  /** Whether smaller steps are no longer worth their price. */
  get settled(): boolean {
    const { value, error, rounding } = this.#best;
    if (this.#rows > 2 && error <= 2 * rounding) return true;
    return this.#rows > HALVINGS && error <= ENOUGH * Math.abs(value);
  }

  get best(): Estimate {
    return { ...this.#best, error: Math.max(this.#best.error, this.#drift) };
  }
}
