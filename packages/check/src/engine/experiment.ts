import type { Tensor } from "@tapeloop/core";
import { derivatives } from "../numeric/derivative.js";
import { weightedSum, type LinePoint } from "../numeric/line.js";
import { measureNoise } from "../numeric/noise.js";
import type { NumericDerivative } from "../numeric/stencil.js";
import { randomDirection, type Random } from "../random.js";
import type { Subject } from "../subject.js";
import type { Mode } from "./analytic.js";
import { smallerStepsDisagree } from "./confirm.js";
import type { Range } from "./domain.js";
import type { Laboratory, Precise } from "./laboratory.js";
import { samplerOf, type Sample } from "./sampler.js";
import { directionTarget, proportioned, type Ground, type Target } from "./targets.js";

const NOISE_LINES = 2;

/** Derivatives in float64: finite differences beside one reverse sweep a cotangent, one forward sweep a target. */
export class Experiment implements Laboratory {
  readonly ground: Ground;
  readonly size: number;
  readonly evaluationsPerEntry = 11;
  readonly rounding = 1e-12;
  readonly #origin: LinePoint;
  #pull: ((cotangent: Float64Array) => Float64Array[]) | undefined;
  readonly #gradients = new Map<Float64Array, Float64Array[]>();
  readonly #tangents = new WeakMap<Target, Float64Array>();
  /** Noise is measured along several directions, and the largest counts: a few points alone may look too quiet. */
  readonly #noiseTargets: readonly Target[];
  readonly #noise = new Map<Float64Array, number>();
  #evaluations = 0;

  constructor(
    readonly subject: Subject,
    ranges: readonly Range[],
    random: Random,
  ) {
    const given = subject.variables.map(({ tensor }) => tensor);
    this.size = given.reduce((total, t) => total + t.size, 0);
    const sampler = samplerOf(subject, given, this.size * this.evaluationsPerEntry);
    this.#origin = { at: 0, ...sampler.origin };
    const sample = (values: readonly Tensor[]): Sample => {
      this.#evaluations++;
      return sampler.sample(values);
    };
    this.ground = { subject, sample, ranges };
    this.#noiseTargets = Array.from({ length: NOISE_LINES }, () =>
      directionTarget(this.ground, proportioned(randomDirection(random, this.size), this.ground), ""),
    );
  }

  get outputs(): Float64Array {
    return this.#origin.outputs;
  }

  get evaluations(): number {
    return this.#evaluations;
  }

  measure(target: Target, weights: readonly Float64Array[]): NumericDerivative[] {
    return derivatives(target.line, { origin: this.#origin, weights, noise: this.#noiseOf(weights) });
  }

  analytic(mode: Mode, target: Target, weights: Float64Array): Precise {
    if (mode === "reverse") return { value: target.component(this.#gradient(weights)), low: 0 };
    let outputs = this.#tangents.get(target);
    if (outputs === undefined)
      this.#tangents.set(target, (outputs = this.subject.forward(target.tangents())));
    return { value: weightedSum(weights, outputs), low: 0 };
  }

  spread(mode: Mode, target: Target, weights: Float64Array): number {
    return mode === "reverse"
      ? target.spread(this.#gradient(weights))
      : Math.abs(this.analytic(mode, target, weights).value);
  }

  oscillates(target: Target, weights: Float64Array, numeric: NumericDerivative, disputed: number): boolean {
    const [noise = 0] = this.#noiseOf([weights]);
    return smallerStepsDisagree(target.line, this.#origin, weights, noise, numeric, disputed);
  }

  #gradient(weights: Float64Array): Float64Array[] {
    let found = this.#gradients.get(weights);
    if (found === undefined) {
      this.#pull ??= this.subject.reverse();
      this.#gradients.set(weights, (found = this.#pull(weights)));
    }
    return found;
  }

  #noiseOf(weights: readonly Float64Array[]): number[] {
    const fresh = weights.filter((w) => !this.#noise.has(w));
    if (fresh.length > 0) {
      const levels = this.#noiseTargets.map(({ line }) => measureNoise(line, this.#origin, fresh));
      fresh.forEach((w, i) => this.#noise.set(w, Math.max(...levels.map((level) => level[i] ?? 0))));
    }
    return weights.map((w) => this.#noise.get(w) ?? 0);
  }
}
