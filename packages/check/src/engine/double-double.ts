import { isFloat, jvp, type Tensor } from "@tapeloop/core";
import { add, lo, mul } from "../dd/arithmetic.js";
import { ddDerivatives, type DDDerivative } from "../dd/derivative.js";
import type { DDKernels } from "../dd/kernels.js";
import type { DDProgram } from "../dd/run.js";
import { ddGradient, ddSubject } from "../dd/subject.js";
import { isDD, toDD, type DDTensor } from "../dd/tensor.js";
import type { LinePoint } from "../numeric/line.js";
import type { NumericDerivative } from "../numeric/stencil.js";
import { UNKNOWN, type Estimate } from "../numeric/tableau.js";
import type { Subject } from "../subject.js";
import type { Mode } from "./analytic.js";
import type { Range } from "./domain.js";
import type { Laboratory, Precise } from "./laboratory.js";
import type { Ground, Target } from "./targets.js";

/** The room in a domain is rounded, and double-double is not. */
const INSIDE = 1 - 2 ** -50;

/**
 * Derivatives in double-double arithmetic: the tape of the function and the tapes of its sweeps are replayed with 106
 * bits, so what is compared are the rules themselves rather than their rounding.
 */
export class DoubleDouble implements Laboratory {
  readonly ground: Ground;
  readonly size: number;
  readonly outputs: Float64Array;
  readonly evaluationsPerEntry = 8;
  /** Constants of rules, such as 2/√π, are rounded to float64. */
  readonly rounding = 1e-16;
  readonly #given: readonly Tensor[];
  readonly #program: DDProgram;
  readonly #origin: readonly DDTensor[];
  readonly #derivatives = new Map<string, ReturnType<typeof ddDerivatives>>();
  readonly #gradients = new Map<Float64Array, DDTensor[]>();
  readonly #tangents = new WeakMap<Target, DDTensor[]>();
  readonly #ids = new Map<Float64Array, number>();
  #tangentProgram: DDProgram | undefined;
  #evaluations = 0;

  constructor(
    readonly subject: Subject,
    ranges: readonly Range[],
    readonly kernels: DDKernels,
  ) {
    this.#given = subject.variables.map(({ tensor }) => tensor);
    this.size = this.#given.reduce((total, t) => total + t.size, 0);
    this.outputs = subject.evaluate(this.#given);
    const { program, origin } = ddSubject(subject.run, this.#given, { kernels });
    this.#program = {
      tape: program.tape,
      run: (inputs, signature) => {
        this.#evaluations++;
        return program.run(inputs, signature);
      },
    };
    this.#origin = origin;
    const sample = (values: readonly Tensor[]): Omit<LinePoint, "at"> => subject.sample(values);
    this.ground = { subject, sample, ranges };
  }

  get evaluations(): number {
    return this.#evaluations;
  }

  measure(target: Target, weights: readonly Float64Array[]): NumericDerivative[] {
    const direction = target.tangents();
    if (direction.every((part) => part.every((v) => v === 0))) {
      return weights.map(() => ({ ...UNKNOWN, value: 0, error: 0, rounding: 0, step: 0 }));
    }
    const [left, right] = target.line.room;
    return this.#derivativesFor(weights)(direction, [left * INSIDE, right * INSIDE]).map(asNumeric);
  }

  analytic(mode: Mode, target: Target, weights: Float64Array): Precise {
    return mode === "reverse"
      ? inner(target.tangents(), this.gradient(weights))
      : inner([weights], [joined(this.#outputsAlong(target))]);
  }

  spread(mode: Mode, target: Target, weights: Float64Array): number {
    if (mode === "reverse") return target.spread(this.gradient(weights).map(({ hi }) => hi));
    return Math.abs(this.analytic(mode, target, weights).value);
  }

  /** Steps are small already: 2⁻¹⁴. */
  oscillates(): boolean {
    return false;
  }

  /** The program runs but once at the origin for each set of weights. */
  #derivativesFor(weights: readonly Float64Array[]): ReturnType<typeof ddDerivatives> {
    for (const w of weights) if (!this.#ids.has(w)) this.#ids.set(w, this.#ids.size);
    const key = weights.map((w) => this.#ids.get(w)).join();
    let found = this.#derivatives.get(key);
    if (found === undefined)
      this.#derivatives.set(key, (found = ddDerivatives(this.#program, this.#origin, weights)));
    return found;
  }

  /** What the reverse sweep says. */
  gradient(weights: Float64Array): DDTensor[] {
    let found = this.#gradients.get(weights);
    if (found === undefined)
      this.#gradients.set(
        weights,
        (found = ddGradient(this.subject.run, this.#given, weights, { kernels: this.kernels })),
      );
    return found;
  }

  #outputsAlong(target: Target): DDTensor[] {
    let found = this.#tangents.get(target);
    if (found === undefined) {
      const { run } = this.subject;
      const count = this.#given.length;
      this.#tangentProgram ??= ddSubject(
        (...all: readonly Tensor[]) => {
          const [, tangents] = jvp(run, all.slice(0, count), all.slice(count));
          return tangents.filter((t) => isFloat(t.dtype));
        },
        [...this.#given, ...this.#given],
        { kernels: this.kernels },
      ).program;
      const along = target.tangents().map((part, i) => ({
        shape: this.#given[i]?.shape ?? [],
        hi: part,
        lo: new Float64Array(part.length),
      }));
      found = this.#tangentProgram.run([...this.#given.map(toDD), ...along]).filter(isDD);
      this.#tangents.set(target, found);
    }
    return found;
  }
}

function asNumeric({ value, error, step, slopes, kink }: DDDerivative): NumericDerivative {
  const found = { value: value.hi, low: value.lo, error, rounding: error, step };
  if (kink === undefined) return found;
  const { difference, errors, broken } = kink;
  const obstacle = { difference, distance: difference.isTie ? 0 : step };
  if (slopes === undefined || errors === undefined) return { ...found, obstacle };
  const side = (slope: number, bound: number): Estimate => {
    const rounded = bound + Number.EPSILON * Math.abs(slope);
    return { value: slope, error: rounded, rounding: rounded, step };
  };
  const sides = [side(slopes[0], errors[0]), side(slopes[1], errors[1])] as const;
  const worst = Math.max(...sides.map((each) => each.error));
  const middle = { value: (slopes[0] + slopes[1]) / 2, low: 0, error: worst, rounding: worst, step };
  return { ...middle, sides, obstacle, ...(broken && { broken }) };
}

/** Σ aᵢ·bᵢ. What `a` leaves out does not count, even if it is not a number. */
function inner(as: readonly Float64Array[], bs: readonly DDTensor[]): Precise {
  let [value, low] = [0, 0];
  as.forEach((a, k) => {
    const b = bs[k];
    a.forEach((x, i) => {
      if (x === 0) return;
      const term = mul(b?.hi[i] ?? NaN, b?.lo[i] ?? 0, x, 0);
      value = add(value, low, term, lo());
      low = lo();
    });
  });
  return { value, low };
}

function joined(parts: readonly DDTensor[]): DDTensor {
  const size = parts.reduce((total, { hi }) => total + hi.length, 0);
  const all = { shape: [size], hi: new Float64Array(size), lo: new Float64Array(size) };
  let at = 0;
  for (const { hi, lo: low } of parts) {
    all.hi.set(hi, at);
    all.lo.set(low, at);
    at += hi.length;
  }
  return all;
}
