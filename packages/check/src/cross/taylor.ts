import { checkCount, checkInputs, checkOneOf, checkTolerance } from "../expect.js";
import type { AnyInputs, InputsFor } from "../inputs.js";
import { checkOptions, type OptionNames } from "../options.js";
import { createRandom, randomWeights } from "../random.js";
import type { Subject } from "../subject.js";
import type { Verdict } from "../verdict.js";
import { preflight } from "../preflight.js";
import { createOracle, pointAlong } from "./oracle.js";
import { startCheck, type CrossOptions } from "./start.js";
import { judgeLine, type TaylorLine, type TaylorStep } from "./taylor-judge.js";
import { plotTaylor } from "./taylor-plot.js";
import { formatTaylor } from "./taylor-text.js";
import { directionThrough, dot, inner, innerSize, type Vectors } from "./vectors.js";

/** Settings of {@link taylorTest}. */
export interface TaylorOptions extends CrossOptions {
  /** Relative error of the derivative along a direction that must be noticed; 1e-5 by default. */
  readonly rtol?: number;
  /** Random directions, 3 by default. */
  readonly probes?: number;
  /** Steps h, each half of the one before; 18 by default. */
  readonly steps?: number;
  /** The largest step, 1/8 by default: the length by which all inputs together move. */
  readonly from?: number;
  /** The sweep that gives the derivative, "reverse" by default. */
  readonly mode?: "reverse" | "forward";
}

const NAMES = {
  rtol: true,
  probes: true,
  steps: true,
  from: true,
  mode: true,
  seed: true,
  promote: true,
} satisfies OptionNames<TaylorOptions>;

/** What {@link taylorTest} found. */
export interface TaylorReport {
  readonly pass: boolean;
  readonly verdict: Verdict;
  /** Why, in a sentence. */
  readonly reason: string;
  /** Relative errors of the derivative along a direction from here on are seen, at this function and point. */
  readonly sees: number;
  /** One for each random direction. */
  readonly lines: readonly TaylorLine[];
  readonly rtol: number;
  readonly seed: number;
  /** The table of h, remainders and rates of the direction that decided. */
  toString(): string;
  /** The same as a log-log plot: a self-contained SVG, readable on light and dark ground. */
  toSvg(): string;
}

/**
 * Taylor's test of a gradient: along a random direction v, the remainder |f(x + hv) − f(x)| shrinks like h (rate 1), and
 * |f(x + hv) − f(x) − h⟨∇f, v⟩| like h² (rate 2). A wrong gradient leaves rate 1 in both.
 *
 * Both sides of x are looked at, which separates what one side mixes up: the odd part of the remainder,
 * (r(h) − r(−h))/2, is h·(error of the gradient) + O(h³), and its even part is O(h²) unless x is a kink. The steps that
 * count are the smallest that stand above the measured rounding noise.
 *
 * A result with several elements is weighted by a random cotangent. The test sees the gradient along a few directions,
 * not entry by entry: an error in a single entry is diluted. `gradcheck` looks at entries.
 *
 * Source: the convergence test of Farrell, Ham, Funke & Rognes, "Automated derivation of the adjoint of high-level
 * transient finite element programs", SIAM J. Sci. Comput. 35 (2013), section 6.
 *
 * @throws DtypeError for float32 inputs, unless `promote` is set, and for float32 results
 * @throws ArgumentError for what is no function, inputs without float64 tensors or with NaN, and bad options
 */
export function taylorTest<Args extends readonly unknown[], Given extends AnyInputs = AnyInputs>(
  fn: (...args: Args) => unknown,
  inputs: InputsFor<NoInfer<Args>, Given>,
  options: TaylorOptions = {},
): TaylorReport {
  const where = "taylorTest";
  checkOptions(where, options, NAMES);
  const { rtol = 1e-5, probes = 3, steps = 18, from = 1 / 8, seed = 0, mode = "reverse" } = options;
  checkTolerance(where, "rtol", rtol);
  checkTolerance(where, "from", from);
  checkCount(where, "probes", probes);
  checkCount(where, "steps", steps);
  checkOneOf(where, "mode", mode, ["reverse", "forward"]);
  checkInputs<Args>(where, inputs);
  const subject = startCheck(where, fn, inputs, options);
  const given = subject.variables.map(({ tensor }) => tensor);
  const { origin, problems } = preflight(subject, mode === "reverse");
  const sizes = given.map((t) => t.size);
  const settings = { rtol, seed };
  if (origin.length === 0 || sizes.every((size) => size === 0)) {
    return report([], settings, "nothing was checked: no float64 element in the inputs or in the result");
  }
  const [problem] = problems;
  if (problem !== undefined) {
    return report([], settings, problem, origin.every(Number.isFinite) ? "fail" : "inconclusive");
  }

  const random = createRandom(seed);
  const weights = origin.length === 1 ? Float64Array.of(1) : randomWeights(random, origin.length);
  const gradient = subject.reverse()(weights);
  const noise = noiseOf(subject, origin, weights, gradient);
  const hs = Array.from({ length: steps }, (_, k) => from * 2 ** -k);
  const lines = Array.from({ length: probes }, () => {
    const v = directionThrough(random, sizes);
    const slope = mode === "reverse" ? inner(gradient, v) : dot(weights, subject.forward(v));
    const size = Math.max(Math.abs(slope), 1e-3 * innerSize(gradient, v));
    return judgeLine(slope, size, remainders(subject, origin, weights, v, slope, hs), noise, rtol);
  });
  return report(lines, settings);
}

/** What rounding of the values and of the moved inputs can do to a difference of two values. */
function noiseOf(subject: Subject, origin: Float64Array, weights: Float64Array, gradient: Vectors): number {
  const x = subject.variables.map(({ tensor }) => Float64Array.from(tensor.data));
  const measured = createOracle(subject, origin, weights).noise;
  return measured + Number.EPSILON * innerSize(gradient, x);
}

function remainders(
  subject: Subject,
  origin: Float64Array,
  weights: Float64Array,
  v: Vectors,
  slope: number,
  hs: readonly number[],
): TaylorStep[] {
  // Elements that do not change cancel exactly.
  const change = (t: number): number => {
    const there = subject.evaluate(pointAlong(subject, v, t));
    return weights.reduce((sum, w, i) => sum + w * ((there[i] ?? NaN) - (origin[i] ?? NaN)), 0);
  };
  return hs.map((h) => {
    const [right, left] = [change(h), change(-h)];
    const [r, l] = [right - h * slope, left + h * slope];
    return { h, without: Math.abs(right), with: Math.abs(r), odd: (r - l) / 2, even: (r + l) / 2 };
  });
}

const ORDER = { pass: 0, inconclusive: 1, fail: 2 } as const;

function report(
  lines: readonly TaylorLine[],
  settings: { readonly rtol: number; readonly seed: number },
  problem = "",
  without: Verdict = "inconclusive",
): TaylorReport {
  const [worst] = [...lines].sort((a, b) => ORDER[b.verdict] - ORDER[a.verdict] || b.sees - a.sees);
  const verdict = worst?.verdict ?? without;
  const sum = {
    pass: verdict === "pass",
    verdict,
    reason: worst?.reason ?? problem,
    sees: worst === undefined ? Infinity : Math.max(...lines.map(({ sees }) => sees)),
    lines,
    ...settings,
  };
  return {
    ...sum,
    toString: () => formatTaylor(sum, worst),
    toSvg: () => plotTaylor(sum, worst),
  };
}
