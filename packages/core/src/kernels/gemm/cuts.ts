import { planOf, rowCut } from "./plan.js";
import type { GemmSpec } from "./spec.js";
import { turned } from "./turn.js";

/** Where a product may be cut into parts. */
export interface Cuts {
  /** Parts begin at multiples of this many rows, and the last one has at least as many; Infinity: they stay together. */
  readonly rows: number;
  /** The same for columns. */
  readonly columns: number;
}

/**
 * Where a product may be cut such that each part, made with the sizes of the `whole`, is in the same tiles as within
 * the whole, so that its sums are taken in the same order.
 */
export function cutsOf(spec: GemmSpec): Cuts {
  const turn = turned(spec);
  if (turn !== undefined) return { rows: planOf(turn).width, columns: Infinity };
  return { rows: spec.m < 3 ? Infinity : rowCut, columns: planOf(spec).width };
}
