import type { FunctionBuilder } from "../../wasm/index.js";
import { plus, repeat } from "./emit.js";
import { writeTile, type Pointers, type Tile } from "./tile.js";

/** Rows of a tile that is `vectors` wide: sums, vectors of B and an element of A fit into 15 registers. */
export function tileRows(vectors: number): number {
  if (vectors === 1) return 8;
  return Math.max(1, Math.floor(8 / vectors));
}

/** Vectors in a full tile's row, for a product of `m` rows: fewer rows, wider tiles. */
export function tileVectors(m: number): number {
  if (m >= 3) return 2;
  return m === 2 ? 4 : 8;
}

/** Writes all rows of a column of tiles: the tile's `rows` are those of the matrix. */
export function writePanel(f: FunctionBuilder, panel: Tile, at: Pointers): void {
  const { element, rows, width, a, c, initial } = panel;
  const most = tileRows(Math.ceil(width / element.lanes));
  const [full, rest] = split(rows, most);
  const end = repeat(
    f,
    full,
    {
      a: { from: at.a, step: a.at(most) },
      c: { from: at.c, step: most * c },
      initial: { from: at.initial, step: most * (initial?.row ?? 0) },
    },
    (moving) => writeTile(f, { ...panel, rows: most }, { ...moving, b: at.b }),
  );
  let done = 0;
  for (const count of rest) {
    const start = done;
    writeTile(
      f,
      { ...panel, rows: count, a: { ...a, at: (row) => a.at(start + row) } },
      {
        a: end.a,
        b: at.b,
        c: plus(end.c, start * c),
        initial: plus(end.initial, start * (initial?.row ?? 0)),
      },
    );
    done += count;
  }
}

/** How many full tiles, and the rows of those after them: a last tile of one row would wait for its own sums. */
export function split(rows: number, most: number): [full: number, rest: readonly number[]] {
  const full = Math.floor(rows / most);
  const left = rows % most;
  if (left === 0) return [full, []];
  if (left === 1 && full > 0 && most > 2) {
    const both = most + 1;
    return [full - 1, [Math.ceil(both / 2), Math.floor(both / 2)]];
  }
  return [full, [left]];
}
