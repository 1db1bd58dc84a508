import { panelRows, type Plan } from "./plan.js";
import type { GemmSpec } from "./spec.js";
import type { Tile } from "./tile.js";

/** Tiles of `rows` rows, `width` columns and `k` steps: where they find their numbers, as the plan lays them out. */
export function tileOf(spec: GemmSpec, plan: Plan, rows: number, width: number, k: number): Tile {
  const { element, a, b, packA } = plan;
  const { bytes } = element;
  const inPanels = spec.packed === true || plan.packB;
  const panel = panelRows * bytes;
  return {
    element,
    relaxed: spec.relaxed === true,
    rows,
    width,
    k,
    a: packA
      ? { at: (r) => Math.floor(r / panelRows) * k * panel + (r % panelRows) * bytes, step: panel }
      : { at: (r) => r * a.row * bytes, step: a.column * bytes },
    b: { at: (v) => 16 * v, step: inPanels ? 16 * Math.ceil(width / element.lanes) : b.row * bytes },
    c: spec.c.row * bytes,
    initial: spec.initial && { row: spec.initial.row * bytes, columns: spec.initial.column === 1 },
  };
}
