import { add, slice, tensor, treeTensors, vjp, type Tensor } from "@tapeloop/core";
import { unroll, type Cell, type CellSizes } from "@tapeloop/nn";
import type { Point } from "./sample-point.js";

/** How well two ways to compute the same agree. */
export interface Agreement {
  /** The largest difference, as a part of the largest value of the same tensor (at least 1). */
  readonly difference: number;
  readonly passed: boolean;
}

/** Room for a different order of summation, in float64. */
const ROUNDING = 1e-11;

/** Outputs, last state and gradients by `scan` beside those by a plain loop over time. */
export function compareModes(cell: Cell, sizes: CellSizes, point: Point): Agreement {
  const [scan, loop] = (["scan", "loop"] as const).map((mode) => {
    const run = ({ params, state, xs }: Point) => unroll(cell, params, xs, { state, sizes, mode });
    const [outputs, pullback] = vjp(run, point);
    // The outputs weigh themselves: the gradient of ½ Σ output².
    return [...treeTensors(outputs), ...treeTensors(pullback(outputs))];
  });
  const differences = (scan ?? []).map((a, i) => difference(a, loop?.[i]));
  const worst = differences.reduce((max, each) => (each > max || Number.isNaN(each) ? each : max), 0);
  return { difference: worst, passed: worst <= ROUNDING };
}

function difference(a: Tensor, b: Tensor | undefined): number {
  let largest = 1;
  let worst = 0;
  a.data.forEach((x, i) => {
    const apart = Math.abs(x - (b?.data[i] ?? NaN));
    largest = Math.max(largest, Math.abs(x));
    if (!(apart <= worst)) worst = apart;
  });
  return worst / largest;
}

/**
 * Whether a sequence of a batch has an influence on the outputs of the others, as a product over the wrong axis would
 * give it: the first sequence is changed, and the others must come out as before, bit for bit.
 */
export function isMixed(cell: Cell, sizes: CellSizes, { params, state, xs }: Point): boolean {
  const [, batch = 0] = xs.shape;
  const first = tensor(
    Array.from({ length: batch }, (_, i) => [i === 0 ? 1 : 0]),
    { dtype: "float64" },
  );
  const [before, after] = [xs, add(xs, first)].map((data) => {
    const { outputs } = unroll(cell, params, data, { state, sizes });
    return slice(outputs, { axis: 1, start: 1 }).data;
  });
  return before?.some((value, i) => !Object.is(value, after?.[i])) ?? false;
}
