import { solve } from "./linear.js";
import { add, long, mul, sub, ZERO } from "./number.js";
import {
  bottomAt,
  errorAt,
  free,
  point,
  sample,
  terms,
  type Problem,
  type Sample,
  type Solution,
} from "./problem.js";

/** The minimax approximation of a form. */
export interface Minimax extends Solution {
  /** Largest error, relative to the problem's scale. */
  readonly error: number;
  /** No approximation of this form has a smaller one (de La Vallée Poussin): the smallest of the alternating extremes. */
  readonly atLeast: number;
}

/** An extreme of an error curve, at the parameter u of {@link point}. */
interface Extreme {
  readonly u: number;
  readonly error: number;
}

/** Points of the error curve for each of its extremes. */
const DENSITY = 24;
const ROUNDS = 60;

/**
 * The exchange of E. Y. Remez (1934), in the form for weighted and rational approximation of W. Fraser and J. F. Hart,
 * "On the computation of rational approximations to continuous functions", Comm. ACM 5 (1962), 401–403: solve for
 * coefficients whose errors at n + 1 points are equal with alternating signs, take the extremes of the error that they
 * have as the next points.
 */
export function minimax(problem: Problem): Minimax {
  const curve = curveOf(problem);
  const count = curve.unknowns + 1;
  // Short of the upper end, so that no point is the middle: in an odd function's domain all rows would be 0 there.
  let at = Array.from({ length: count }, (_, i) => (0.999 * i) / (count - 1));
  let solution: Solution = { top: [], bottom: free(problem.bottom).map(() => ZERO) };
  let level = 0;
  for (let round = 0; round < ROUNDS; round++) {
    solution = levelled(problem, at.map(curve.sample), solution, level);
    const extremes = longest(curve.extremes(solution), count);
    if (extremes.length < count) throw new Error("the error does not alternate often enough");
    const sizes = extremes.map(({ error }) => Math.abs(error));
    const [error, atLeast] = [Math.max(...sizes), Math.min(...sizes)];
    if (error <= atLeast * (1 + 1e-9)) return { ...solution, error, atLeast };
    at = extremes.map(({ u }) => u);
    level = extremes[0]?.error ?? 0;
  }
  throw new Error("the exchange does not converge");
}

/** Finds the largest error of given coefficients. */
export function largestErrorOf(problem: Problem): (solution: Solution) => number {
  const { extremes } = curveOf(problem);
  return (solution) => Math.max(...extremes(solution).map(({ error }) => Math.abs(error)));
}

/** Points that are crowded where errors have their extremes. */
export function pointsOf(problem: Problem): Sample[] {
  const count = DENSITY * (free(problem.top).length + free(problem.bottom).length + 1);
  return Array.from({ length: count + 1 }, (_, i) => sample(problem, point(problem.domain, i / count)));
}

interface Curve {
  readonly unknowns: number;
  readonly sample: (u: number) => Sample;
  /** The largest error of each stretch of one sign. */
  readonly extremes: (solution: Solution) => Extreme[];
}

function curveOf(problem: Problem): Curve {
  const unknowns = free(problem.top).length + free(problem.bottom).length;
  const points = pointsOf(problem);
  const step = 1 / (points.length - 1);
  const at = (u: number) => sample(problem, point(problem.domain, u));
  const extremes = (solution: Solution): Extreme[] => {
    const found: Extreme[] = [];
    points.forEach((each, i) => {
      const next = { u: i * step, error: errorAt(each, solution) };
      if (next.error === 0) return;
      const last = found.at(-1);
      if (last === undefined || Math.sign(last.error) !== Math.sign(next.error)) found.push(next);
      else if (Math.abs(next.error) > Math.abs(last.error)) found[found.length - 1] = next;
    });
    return found.map((each) => refined(each, step, (u) => errorAt(at(u), solution)));
  };
  return { unknowns, sample: at, extremes };
}

/** The extreme near one of a grid, by parabolas through three points that draw together. */
function refined(start: Extreme, step: number, errorOf: (u: number) => number): Extreme {
  let best = start;
  for (let h = step; h > step * 1e-3; h /= 8) {
    const [left, right] = [best.u - h, best.u + h];
    if (left < 0 || right > 1) return best;
    const [a, b] = [errorOf(left) - best.error, errorOf(right) - best.error];
    const u = best.u + (h * (a - b)) / (2 * (a + b));
    if (!(Math.abs(u - best.u) <= h)) return best;
    const next = { u, error: errorOf(u) };
    if (Math.abs(next.error) < Math.abs(best.error)) return best;
    best = next;
  }
  return best;
}

/**
 * `count` of alternating extremes: small ones go, with a neighbour so that signs still alternate (a place where rounding
 * errors hide the sign counts as an extreme), or at an end by themselves.
 */
function longest(extremes: readonly Extreme[], count: number): readonly Extreme[] {
  const left = [...extremes];
  const size = (i: number) => Math.abs(left[i]?.error ?? 0);
  while (left.length > count) {
    const end = left.length - 1;
    const smallest = left.reduce((best, _, i) => (size(i) < size(best) ? i : best), 0);
    const inside = smallest > 0 && smallest < end;
    if (inside && left.length > count + 1) {
      left.splice(size(smallest - 1) < size(smallest + 1) ? smallest - 1 : smallest, 2);
    } else left.splice(size(0) < size(end) ? 0 : end, 1);
  }
  return left;
}

/**
 * Coefficients whose errors at the points are ±level, so that top = (target ∓ level·scale)·bottom. The product of two
 * unknowns, level and bottom, is expanded about what they were before.
 */
function levelled(problem: Problem, at: readonly Sample[], before: Solution, level: number): Solution {
  const [tops, bottoms] = [free(problem.top).length, free(problem.bottom).length];
  const rows = at.map((each, i) => {
    const signed = i % 2 === 0 ? each.scale : sub(ZERO, each.scale);
    const shift = mul(signed, long(level));
    const wanted = sub(each.target, shift);
    const forLevel = mul(signed, bottomAt(each, before));
    const ofTop = terms(each.top, each.variable, tops);
    const ofBottom = terms(each.bottom, each.variable, bottoms).map((t) => sub(ZERO, mul(wanted, t)));
    const known = sub(mul(wanted, each.bottom.known), each.top.known);
    const right = add(known, mul(forLevel, long(level)));
    return { row: [...ofTop, ...ofBottom, forLevel], right };
  });
  const x = solve(
    rows.map(({ row }) => row),
    rows.map(({ right }) => right),
  );
  return { top: x.slice(0, tops), bottom: x.slice(tops, tops + bottoms) };
}
