import { weightedSum } from "../numeric/line.js";
import type { Comparison } from "../report.js";
import { unravel } from "../sampling.js";
import type { DoubleDouble } from "./double-double.js";
import type { StudyPlan } from "./study.js";

/** What rounding may do to a gradient in float64, relative to the entry and to the largest entry. */
const [RTOL, ATOL] = [1e-7, 1e-9];
/** What it may leave of a gradient that is zero, relative to the function's values and to the cotangent. */
const CANCELLED = 1e-12;

/**
 * The gradient in float64 beside the same sweep in double-double: rules that are right may still lose digits. For
 * each cotangent the entry that is furthest off, by the reverse sweep.
 */
export function compareRounding(
  laboratory: DoubleDouble,
  weights: readonly Float64Array[],
  { settings, over }: Pick<StudyPlan, "settings" | "over">,
): Comparison[] {
  if (settings.mode === "forward") return [];
  const pull = laboratory.subject.reverse();
  const { variables } = laboratory.subject;
  return weights.flatMap((w, probe) => {
    const gradient = pull(w);
    const exact = laboratory.gradient(w);
    const largest = exact.reduce((max, { hi }) => hi.reduce((m, v) => Math.max(m, Math.abs(v)), max), 0);
    const magnitude = weightedSum(
      w.map(Math.abs),
      laboratory.outputs.map((v) => 1 + Math.abs(v)),
    );
    let worst: Comparison | undefined;
    let ratio = -1;
    gradient.forEach((part, i) => {
      const { path, tensor } = variables[i] ?? { path: "", tensor: undefined };
      part.forEach((analytic, k) => {
        const numeric = exact[i]?.hi[k] ?? NaN;
        const error = Math.abs(analytic - numeric);
        const tolerance = ATOL * largest + RTOL * Math.abs(numeric) + CANCELLED * magnitude;
        // NaN is worse than everything.
        const off = error === 0 ? 0 : Number.isNaN(error) ? Infinity : error / tolerance;
        if (off <= ratio) return;
        ratio = off;
        worst = {
          path,
          index: unravel(k, tensor?.shape ?? []),
          isDirection: false,
          sweep: `reverse${over} in float64`,
          probe,
          output: undefined,
          analytic,
          numeric,
          sides: undefined,
          error,
          bound: 0,
          tolerance,
          step: 0,
          kinks: [],
          verdict: off <= 1 ? "pass" : "fail",
          reason:
            off <= 1
              ? ""
              : "the sweep is right, but its rounding in float64 is not; numeric is the same sweep in double-double",
        };
      });
    });
    return worst === undefined ? [] : [worst];
  });
}
