import { grouped, only, pathsOf, sourcesOf, type BatchInfluence, type Found } from "./batch-influences.js";
import type { Dependence, Rows, Touched } from "./dependence.js";

/** For large batches: any two elements differ in a bit. What is found is traced to elements. */
export function byBits(ask: Dependence, size: number): Found {
  let isAlive = false;
  for (let bit = 1; bit < size; bit *= 2) {
    for (const side of [0, bit]) {
      const inside: Rows = (row) => (row & bit) === side;
      const outside = (t: Touched): boolean => t.row !== undefined && !inside(t.row);
      const reached = ask.reached(inside);
      const moved = ask.moved(inside);
      isAlive ||= reached.length > 0 || moved.length > 0;
      const [stray] = reached.filter(outside);
      if (stray?.row !== undefined)
        return { influences: trace(ask, size, inside, stray.row, "derivative"), isAlive };
      const [changed] = moved.filter(outside);
      if (changed?.row !== undefined)
        return { influences: trace(ask, size, inside, changed.row, "value"), isAlive };
    }
  }
  return { influences: [], isAlive };
}

/**
 * From "some element of a part has to do with this one" to elements, by halving the part.
 *
 * @param row by "derivative", the input on which a result of the part depends; by "value", the result that an input of
 *   the part changes
 */
function trace(
  ask: Dependence,
  size: number,
  part: Rows,
  row: number,
  by: "derivative" | "value",
): BatchInfluence[] {
  let rows = Array.from({ length: size }, (_, r) => r).filter(part);
  while (rows.length > 1) {
    const half = new Set(rows.slice(0, rows.length >> 1));
    const isIn: Rows = (r) => half.has(r);
    const touched = by === "derivative" ? ask.reached(isIn) : ask.moved(isIn);
    rows = touched.some((t) => t.row === row) ? [...half] : rows.slice(rows.length >> 1);
  }
  const [culprit = row] = rows;
  const output = by === "derivative" ? culprit : row;
  const outputPath = pathsOf(ask);
  const found = grouped(ask.reached(only(output)))
    .map(([inputPath, inputs]) => [inputPath, inputs.filter((r) => r !== output)] as const)
    .filter(([, inputs]) => inputs.length > 0);
  if (found.length > 0)
    return found.map(([inputPath, inputs]) => ({ outputPath, output, inputPath, inputs, by: "derivative" }));
  return [{ outputPath, output, inputPath: sourcesOf(ask), inputs: [culprit], by }];
}
