import type { Tensor } from "@tapeloop/core";
import type { Statistics } from "../page-data.js";

/** Statistics of a tensor's elements; `undefined` when it has no values, or none at all. */
export function statisticsOf(t: Tensor): Statistics | undefined {
  if (t.isAbstract || t.size === 0) return undefined;
  let [min, max, sum, squares, nan, infinite] = [Infinity, -Infinity, 0, 0, 0, 0];
  for (const x of t.data) {
    if (Number.isNaN(x)) nan++;
    else if (!Number.isFinite(x)) infinite++;
    else {
      min = Math.min(min, x);
      max = Math.max(max, x);
      sum += x;
      squares += x * x;
    }
  }
  const finite = t.size - nan - infinite;
  if (finite === 0) return { min: null, max: null, mean: null, norm: null, nan, infinite };
  return {
    min: short(min),
    max: short(max),
    mean: short(sum / finite),
    norm: short(Math.sqrt(squares)),
    nan,
    infinite,
  };
}

/** To the digits that a reader compares; `null` beyond the largest number. */
function short(x: number): number | null {
  return Number.isFinite(x) ? Number(x.toPrecision(5)) : null;
}
