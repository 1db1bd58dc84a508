import { weightedSum } from "../numeric/line.js";
import type { NumericDerivative } from "../numeric/stencil.js";
import { UNKNOWN } from "../numeric/tableau.js";
import type { ResolvedOptions } from "../options.js";
import type { Comparison } from "../report.js";
import { floorOf, judge, OSCILLATES, type Judgement, type Pair } from "../verdict.js";
import type { Mode } from "./analytic.js";
import { kinkOf } from "./kinks.js";
import type { Laboratory } from "./laboratory.js";
import type { Target } from "./targets.js";

/** A derivative of one weighted sum along one target, by one sweep and by differences. */
export interface Case {
  readonly target: Target;
  readonly weights: Float64Array;
  readonly probe: number;
  readonly mode: Mode;
  readonly pair: Pair;
  readonly comparison: Comparison;
}

/** Fails that are confirmed with smaller steps; once so many stand, the rest are taken to. */
const CONFIRMED = 16;
/** Part of the rounding of sweeps, which is relative to a derivative's terms, that is relative to the largest entry. */
const OF_LARGEST = 0.1;

/** Gathers measured derivatives of one function, and judges them together. */
export class Trial {
  #measured: { readonly target: Target; readonly numeric: readonly NumericDerivative[] }[] = [];
  #cases: Case[] = [];
  /** Per cotangent, the absolute tolerance. */
  #floors: number[] = [];
  #confirmed = 0;
  #doubted = new Map<NumericDerivative, boolean>();

  constructor(
    readonly laboratory: Laboratory,
    readonly weights: readonly Float64Array[],
    readonly settings: ResolvedOptions,
    readonly modes: readonly Mode[],
    readonly over: string,
  ) {}

  /** Measures the derivative along a target, for each cotangent. */
  add(target: Target): readonly NumericDerivative[] {
    const numeric = this.laboratory.measure(target, this.weights);
    this.#measured.push({ target, numeric });
    return numeric;
  }

  /** Judges all that was measured. */
  judge(): void {
    this.weights.forEach((w, probe) => {
      const magnitude = weightedSum(w.map(Math.abs), this.laboratory.outputs.map(Math.abs));
      const pairs = this.modes.flatMap((mode) =>
        this.#measured.map(({ target, numeric }) => ({
          mode,
          target,
          pair: this.pairOf(mode, target, w, numeric[probe] ?? UNKNOWN),
        })),
      );
      const floor = floorOf(
        pairs.map(({ pair }) => pair),
        this.settings,
        magnitude,
      );
      this.#floors[probe] = floor;
      for (const { mode, target, pair } of pairs) this.#decide(mode, target, w, probe, pair);
    });
  }

  /** Measures and judges a derivative after the others, by all sweeps, as a part of what cotangent `probe` saw. */
  addLate(target: Target, weights: Float64Array, probe: number, output?: number): readonly Case[] {
    const [numeric = UNKNOWN] = this.laboratory.measure(target, [weights]);
    return this.modes.map((mode) =>
      this.#decide(mode, target, weights, probe, this.pairOf(mode, target, weights, numeric), output),
    );
  }

  get cases(): readonly Case[] {
    return this.#cases;
  }

  get comparisons(): readonly Comparison[] {
    return this.#cases.map(({ comparison }) => comparison);
  }

  /** Forgets targets that decided nothing, as directions do once every entry has been looked at by itself. */
  dropUndecided(isMeant: (target: Target) => boolean): void {
    this.#cases = this.#cases.filter(
      ({ target, comparison }) => !(isMeant(target) && comparison.verdict === "inconclusive"),
    );
  }

  pairOf(mode: Mode, target: Target, weights: Float64Array, numeric: NumericDerivative): Pair {
    const { value, low } = this.laboratory.analytic(mode, target, weights);
    const spread = this.laboratory.spread(mode, target, weights);
    const apart = Math.abs(value - numeric.value + (low - (numeric.low ?? 0)));
    return { analytic: value, numeric, apart, spread, isDirection: target.isDirection };
  }

  /**
   * How much further apart the two values are than the bound on one and the rounding of the other explain; above 1
   * something is wrong, if perhaps less than the tolerance.
   */
  excess({ analytic, numeric, apart, spread }: Pair, probe: number): number {
    if (Number.isNaN(analytic)) return Infinity;
    if (numeric.sides !== undefined || numeric.kink !== undefined || !Number.isFinite(numeric.error))
      return 0;
    const largest = (this.#floors[probe] ?? 0) / (this.settings.atol || Infinity);
    const terms = Math.max(Math.abs(analytic), Math.abs(numeric.value), spread) + OF_LARGEST * largest;
    const explained = 2 * numeric.error + this.laboratory.rounding * terms;
    return apart === 0 ? 0 : apart / explained;
  }

  #decide(
    mode: Mode,
    target: Target,
    weights: Float64Array,
    probe: number,
    pair: Pair,
    output?: number,
  ): Case {
    const judgement = this.#confirm(
      target,
      weights,
      pair,
      judge(pair, this.#floors[probe] ?? 0, this.settings),
    );
    const { numeric, analytic } = pair;
    const { path, index, isDirection } = target;
    const kink = kinkOf(numeric);
    const [left, right] = numeric.sides ?? [];
    const comparison: Comparison = {
      path,
      index,
      isDirection,
      sweep: mode + this.over,
      probe,
      output,
      analytic,
      numeric: numeric.value,
      sides: left && right && [left.value, right.value],
      bound: numeric.error,
      step: numeric.step,
      kinks: kink === undefined ? [] : [kink],
      ...judgement,
    };
    const found = { target, weights, probe, mode, pair, comparison };
    this.#cases.push(found);
    return found;
  }

  #confirm(
    target: Target,
    weights: Float64Array,
    { analytic, numeric }: Pair,
    judgement: Judgement,
  ): Judgement {
    const decides = numeric.sides === undefined && numeric.kink === undefined && Number.isFinite(analytic);
    if (judgement.verdict !== "fail" || !decides) return judgement;
    let isDoubted = this.#doubted.get(numeric);
    if (isDoubted === undefined && this.#confirmed < CONFIRMED) {
      isDoubted = this.laboratory.oscillates(target, weights, numeric, judgement.error);
      this.#doubted.set(numeric, isDoubted);
      if (!isDoubted) this.#confirmed++;
    }
    return isDoubted === true ? { ...judgement, verdict: "inconclusive", reason: OSCILLATES } : judgement;
  }
}
