import type { FunctionBuilder } from "../../wasm/index.js";
import { repeat } from "./emit.js";
import { split, tileRows } from "./panel.js";
import { packedRows, type Plan } from "./plan.js";
import type { GemmSpec } from "./spec.js";
import { tileOf } from "./tile-of.js";
import { writeTile, type Pointers } from "./tile.js";

/** Whether B is so small that all of it stays in the first cache: then A and C are gone through once, in order. */
export function rowsFirst(plan: Plan, k: number): boolean {
  const { whole } = plan;
  return !plan.packA && whole.n > plan.width && packedRows({ ...plan, n: whole.n }, k) <= 2 ** 14;
}

/** Writes C = initial + A·B row of tiles after row of tiles. */
export function writeRowsFirst(
  f: FunctionBuilder,
  spec: GemmSpec,
  plan: Plan,
  k: number,
  at: Pointers,
): void {
  const { element, m, n, width, a } = plan;
  const { bytes } = element;
  const most = tileRows(width / element.lanes);
  const inPanels = spec.packed === true || plan.packB;
  const initial = spec.initial ?? { row: 0, column: 0 };
  const row = (rows: number, from: Pick<Pointers, "a" | "c" | "initial">) => {
    const end = repeat(
      f,
      Math.floor(n / width),
      {
        b: { from: at.b, step: width * bytes * (inPanels ? k : 1) },
        c: { from: from.c, step: width * bytes },
        initial: { from: from.initial, step: width * initial.column * bytes },
      },
      (moving) => writeTile(f, tileOf(spec, plan, rows, width, k), { ...moving, a: from.a }),
    );
    if (n % width > 0) writeTile(f, tileOf(spec, plan, rows, n % width, k), { ...end, a: from.a });
  };
  const over = (times: number, rows: number, from: Pick<Pointers, "a" | "c" | "initial">) =>
    repeat(
      f,
      times,
      {
        a: { from: from.a, step: rows * a.row * bytes },
        c: { from: from.c, step: rows * spec.c.row * bytes },
        initial: { from: from.initial, step: rows * initial.row * bytes },
      },
      (moving) => row(rows, moving),
    );
  const [full, rest] = split(m, most);
  let end = over(full, most, at);
  for (const rows of rest) end = over(1, rows, end);
}
