import { nearly } from "./least-squares.js";
import { add, div, long, mul, sub, type Long } from "./number.js";
import { bottomAt, errorAt, terms, type Problem, type Solution } from "./problem.js";
import { largestErrorOf, pointsOf, type Minimax } from "./remez.js";

interface Format {
  readonly round: (x: number) => number;
  /** Bits after the first. */
  readonly fraction: number;
}

export const formats = {
  float32: { round: Math.fround, fraction: 23 },
  float64: { round: (x) => x, fraction: 52 },
} satisfies Record<string, Format>;

/** Choices of the coefficients rounded so far that are followed further. */
const WIDTH = 3;
/** When the last places of all that is left weigh less than this share of the error, the search ends. */
const NEGLIGIBLE = 1e-3;

/** Differences from the minimax coefficients: those rounded so far, and what the others are to make of it. */
interface Choice {
  readonly fixed: readonly number[];
  readonly others: readonly number[];
  readonly error: number;
}

/** Every coefficient to the nearest number of the format. */
export function roundedEach({ top, bottom }: Solution, { round }: Format): Solution {
  const of = (coefficients: readonly Long[]) => coefficients.map(({ hi }) => long(round(hi)));
  return { top: of(top), bottom: of(bottom) };
}

/**
 * Rounds one coefficient after the other, those first whose last place weighs most, and solves for the others each
 * time, so that they make up for it; both neighbours are tried.
 */
export function rounded(problem: Problem, solution: Minimax, format: Format): Solution {
  const exact = [...solution.top, ...solution.bottom];
  const { errors, slopes } = linearized(problem, solution);
  const weights = exact.map(({ hi }, k) => unitOf(hi, format) * Math.max(...(slopes[k] ?? []).map(Math.abs)));
  const weight = (k: number) => weights[k] ?? 0;
  const order = exact.map((_, k) => k).sort((a, b) => weight(b) - weight(a));
  const columns = order.map((k) => slopes[k] ?? new Float64Array());

  const solved = (fixed: readonly number[]): Choice => {
    const moved = errors.map((e, i) => fixed.reduce((sum, d, j) => sum + d * (columns[j]?.[i] ?? 0), e));
    const { x, error } = nearly(
      columns.slice(fixed.length),
      moved.map((e) => -e),
    );
    return { fixed, others: x, error };
  };
  const branches = ({ fixed, others }: Choice, c: Long): Choice[] => {
    const near = neighbours(add(c, long(others[0] ?? 0)), format);
    return near.map((x) => solved([...fixed, sub(long(x), c).hi]));
  };
  let choices: readonly Choice[] = [solved([])];
  for (const [i, k] of order.entries()) {
    const left = order.slice(i).reduce((sum, each) => sum + weight(each), 0);
    if (left < NEGLIGIBLE * solution.error) break;
    choices = choices
      .flatMap((choice) => branches(choice, exact[k] ?? long(0)))
      .sort((a, b) => a.error - b.error)
      .slice(0, WIDTH);
  }

  const candidates = choices.map(({ fixed, others }): Solution => {
    const differences = [...fixed, ...others];
    const moved = exact.map((c, k) => add(c, long(differences[order.indexOf(k)] ?? 0)));
    const tops = solution.top.length;
    return roundedEach({ top: moved.slice(0, tops), bottom: moved.slice(tops) }, format);
  });
  return bestOf(problem, [roundedEach(solution, format), ...candidates]);
}

function bestOf(problem: Problem, candidates: readonly Solution[]): Solution {
  const errorOf = largestErrorOf(problem);
  const measured = candidates.map((solution) => ({ solution, error: errorOf(solution) }));
  return measured.reduce((a, b) => (b.error < a.error ? b : a)).solution;
}

/** The errors at points of the domain, and what a unit of each coefficient adds to them. */
function linearized(problem: Problem, solution: Solution): { errors: Float64Array; slopes: Float64Array[] } {
  const points = pointsOf(problem).filter(({ scale }, i) => i % 3 === 0 && scale.hi !== 0);
  const slopesAt = points.map((at) => {
    const unit = div(long(-1), mul(bottomAt(at, solution), at.scale));
    const ofTop = terms(at.top, at.variable, solution.top.length).map((t) => mul(t, unit).hi);
    const ofBottom = terms(at.bottom, at.variable, solution.bottom.length);
    return [...ofTop, ...ofBottom.map((t) => -mul(mul(t, at.target), unit).hi)];
  });
  const count = solution.top.length + solution.bottom.length;
  return {
    errors: Float64Array.from(points, (at) => errorAt(at, solution)),
    slopes: Array.from({ length: count }, (_, k) => Float64Array.from(slopesAt, (row) => row[k] ?? 0)),
  };
}

/** A unit in the last place of x. */
function unitOf(x: number, { fraction }: Format): number {
  return 2 ** (Math.floor(Math.log2(Math.abs(x))) - fraction);
}

/** The nearest number of the format, and the one on the other side of x. */
function neighbours(x: Long, format: Format): number[] {
  const nearest = format.round(x.hi);
  const side = sub(x, long(nearest)).hi < 0 ? -1 : 1;
  return [nearest, format.round(nearest + side * unitOf(nearest, format))];
}
