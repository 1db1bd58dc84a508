import type { Verdict } from "../verdict.js";

/** The remainders at one step h. */
export interface TaylorStep {
  readonly h: number;
  /** |f(x + hv) − f(x)|. */
  readonly without: number;
  /** |f(x + hv) − f(x) − h⟨∇f, v⟩|. */
  readonly with: number;
  /** The part of the latter that changes its sign with h: h·(error of the gradient along v) + O(h³). */
  readonly odd: number;
  /** The part that keeps it: O(h²), or h·(half the jump of the slope) at a kink. */
  readonly even: number;
}

/** What was found along one direction. */
export interface TaylorLine {
  readonly verdict: Verdict;
  readonly reason: string;
  /** ⟨∇f, v⟩. */
  readonly slope: number;
  readonly steps: readonly TaylorStep[];
  /** Rates at which the two remainders shrink over the smallest steps that stand above rounding; NaN without such. */
  readonly rates: { readonly without: number; readonly with: number };
  /** Remainders below this are rounding. */
  readonly noise: number;
  /** Relative errors of ⟨∇f, v⟩ from here on are seen. */
  readonly sees: number;
  /** The error of ⟨∇f, v⟩, relative, as measured at the best step. */
  readonly error: number;
}

/** A remainder counts if it is so many times the noise. */
const ABOVE_NOISE = 30;
/** Steps over which a rate is fitted. */
const WINDOW = 4;

/**
 * @param size what an error of the slope is relative to
 * @param noise what rounding can do to a difference of two values
 */
export function judgeLine(
  slope: number,
  size: number,
  all: readonly TaylorStep[],
  noise: number,
  rtol: number,
): TaylorLine {
  const steps = all.filter((s) => [s.without, s.with, s.odd, s.even].every(Number.isFinite));
  const part = (name: "without" | "with" | "odd" | "even") => ({
    rate: rateOf(steps, name, noise),
    left: leftOf(steps, name, noise),
  });
  const [without, taken, odd, even] = [part("without"), part("with"), part("odd"), part("even")];
  // A function whose values do not change at all has slopes of size zero; then rounding is the measure.
  const scale = size > 0 ? size : Math.max(without.left, Number.MIN_VALUE);
  const [error, jump] = [odd.left / scale, even.left / scale];
  const result = (verdict: Verdict, reason: string): TaylorLine => ({
    verdict,
    reason,
    slope,
    steps: all,
    rates: { without: without.rate, with: taken.rate },
    noise,
    sees: Math.max(rtol, verdict === "fail" ? noise / (scale * (steps.at(-1)?.h ?? 0)) : error),
    error,
  });
  if (!Number.isFinite(slope))
    return result("fail", `the analytic derivative along the direction is ${slope}`);
  if (steps.length < WINDOW) {
    return result("inconclusive", "the function is not finite on both sides of the point for enough steps");
  }
  const isConstant = steps.every((s) => s.without <= ABOVE_NOISE * noise);
  if (isConstant && Math.abs(slope) * (steps[0]?.h ?? 0) <= ABOVE_NOISE * noise) {
    return slope === 0
      ? result("pass", "the function does not change along the direction, and the gradient says so")
      : result("inconclusive", "what the gradient says would change along the direction is lost in rounding");
  }
  if (jump > rtol && even.rate < 1.5) {
    return result(
      "inconclusive",
      "the slope jumps at the point (a kink): Taylor's theorem does not hold there",
    );
  }
  if (error > rtol) {
    if (Math.abs(odd.rate - 1) < 0.25) {
      return result(
        "fail",
        `with the gradient the remainder keeps rate 1: ⟨∇f, v⟩ is off by ${error.toExponential(1)}, relative`,
      );
    }
    return result(
      "inconclusive",
      "the remainders follow no rate above rounding: the function is not smooth here, or too coarse",
    );
  }
  if (Number.isNaN(taken.rate)) {
    return result("pass", "with the gradient the remainder is pure rounding: the function is linear here");
  }
  return result("pass", `with the gradient the remainder shrinks at rate ${taken.rate.toFixed(2)}`);
}

/**
 * What is left of |part|/h as h → 0, with the room that noise needs: the smallest over three steps in a row, of which the
 * largest counts, as terms of different order may cancel at a single step.
 */
function leftOf(
  steps: readonly TaylorStep[],
  name: "without" | "with" | "odd" | "even",
  noise: number,
): number {
  const ratios = steps.map((s) => (Math.abs(s[name]) + noise) / s.h);
  return ratios.reduce((min, r, k) => {
    const [next, last] = [ratios[k + 1], ratios[k + 2]];
    return next === undefined || last === undefined ? min : Math.min(min, Math.max(r, next, last));
  }, Infinity);
}

/** The slope of log |part| over log h, by least squares over the smallest steps that count; NaN without enough of them. */
function rateOf(
  steps: readonly TaylorStep[],
  name: "without" | "with" | "odd" | "even",
  noise: number,
): number {
  // From the largest step down to the first that drowns: what follows is rounding, even where it looks large.
  const drowned = steps.findIndex((s) => !(Math.abs(s[name]) > ABOVE_NOISE * noise));
  const points = (drowned < 0 ? steps : steps.slice(0, drowned)).slice(-WINDOW);
  if (points.length < 3) return NaN;
  const [xs, ys] = [points.map(({ h }) => Math.log(h)), points.map((s) => Math.log(Math.abs(s[name])))];
  const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const top = xs.reduce((sum, x, i) => sum + (x - mx) * ((ys[i] ?? NaN) - my), 0);
  return top / xs.reduce((sum, x) => sum + (x - mx) ** 2, 0);
}
