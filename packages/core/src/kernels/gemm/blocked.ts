import type { FunctionBuilder, FunctionRef, ModuleBuilder } from "../../wasm/index.js";
import { plus, repeat, shared } from "./emit.js";
import { writePack } from "./pack.js";
import { writePanel } from "./panel.js";
import { rowsFirst, writeRowsFirst } from "./rows.js";
import { tileOf } from "./tile-of.js";
import { packedBlock, packedRows, panelRows, type Plan } from "./plan.js";
import type { GemmSpec } from "./spec.js";
import type { Pointers, Tile } from "./tile.js";

export interface SlabPointers extends Pointers {
  readonly scratch: Pointers["a"];
}

/** Writes C = initial + A·B for `k` steps of the product's k, as many as a block has at most. */
export function writeSlab(
  f: FunctionBuilder,
  module: ModuleBuilder,
  spec: GemmSpec,
  plan: Plan,
  k: number,
  at: SlabPointers,
): void {
  const { element, m, n, a, b, width, mBlock, packA, packB } = plan;
  const { bytes } = element;
  const packedB = plan.packB ? plus(at.scratch, packA ? packedBlock(plan) : 0) : at.b;
  if (packB) writePack(f, { element, k, n, from: b, width, padded: false }, at.b, packedB);
  if (rowsFirst(plan, k)) {
    writeRowsFirst(f, spec, plan, k, { ...at, b: packedB });
    return;
  }
  const initialRow = (spec.initial?.row ?? 0) * bytes;
  const rows = (count: number, from: SlabPointers) => {
    if (packA) {
      const transposed = { row: a.column, column: a.row };
      const panels = { element, k, n: count, from: transposed, width: panelRows, padded: true };
      writePack(f, panels, from.a, from.scratch);
    }
    writeColumns(f, module, spec, plan, { rows: count, k }, packA ? { ...from, a: from.scratch } : from);
  };
  const blocks = Math.floor(m / mBlock);
  const end = repeat(
    f,
    blocks,
    {
      a: { from: at.a, step: mBlock * a.row * bytes },
      c: { from: at.c, step: mBlock * spec.c.row * bytes },
      initial: { from: at.initial, step: mBlock * initialRow },
    },
    (moving) => rows(mBlock, { ...moving, b: packedB, scratch: at.scratch }),
  );
  if (m % mBlock > 0) rows(m % mBlock, { ...end, b: packedB, scratch: at.scratch });
}

/** Writes the tiles of a block of rows, one column of tiles after another. */
function writeColumns(
  f: FunctionBuilder,
  module: ModuleBuilder,
  spec: GemmSpec,
  plan: Plan,
  { rows, k }: { readonly rows: number; readonly k: number },
  at: Pointers,
): void {
  const { element, n, width } = plan;
  const inPanels = spec.packed === true || plan.packB;
  const full = Math.floor(n / width);
  const initialColumn = (spec.initial?.column ?? 0) * element.bytes;
  const panel = (columns: number, from: Pointers) => {
    const tile = tileOf(spec, plan, rows, columns, k);
    if (n <= width && rows === plan.m) writePanel(f, tile, from);
    else f.call(panelFunction(module, spec, plan, tile), [from.a, from.b, from.c, from.initial]);
  };
  const end = repeat(
    f,
    full,
    {
      b: { from: at.b, step: width * element.bytes * (inPanels ? k : 1) },
      c: { from: at.c, step: width * element.bytes },
      initial: { from: at.initial, step: width * initialColumn },
    },
    (moving) => panel(width, { ...moving, a: at.a }),
  );
  if (n % width > 0) panel(n % width, { ...end, a: at.a });
}

function panelFunction(module: ModuleBuilder, spec: GemmSpec, plan: Plan, tile: Tile): FunctionRef {
  const { rows, width, k, a, b, c, initial, relaxed } = tile;
  const offsets = [a.at(1), a.at(panelRows), a.step, b.step, c, initial ?? null];
  const key = ["panel", spec.dtype, relaxed, rows, width, k, plan.packA, offsets];
  return shared(module, key, () =>
    module.func(`gemm.panel ${rows}x${k}x${width}`, ["i32", "i32", "i32", "i32"], (f) => {
      const [pa, pb, pc, pi] = [f.param(0, "i32"), f.param(1, "i32"), f.param(2, "i32"), f.param(3, "i32")];
      writePanel(f, tile, { a: pa, b: pb, c: pc, initial: pi });
    }),
  );
}

/** Scratch bytes that the blocks take: those of A, then those of B. */
export function blockedScratch(plan: Plan): number {
  return (plan.packA ? packedBlock(plan) : 0) + (plan.packB ? packedRows(plan, plan.kBlock) : 0);
}

/** Writes the whole product: block after block of k; from the second on, C accumulates. */
export function writeBlocked(
  f: FunctionBuilder,
  module: ModuleBuilder,
  spec: GemmSpec,
  plan: Plan,
  at: SlabPointers,
): void {
  const { k, kBlock, a, b, element } = plan;
  if (kBlock === k) {
    writeSlab(f, module, spec, plan, k, at);
    return;
  }
  writeFill(f, module, spec, plan, at);
  const later: GemmSpec = { ...spec, initial: { row: spec.c.row, column: 1 } };
  const slab = (count: number, from: Pick<Pointers, "a" | "b">) => {
    const call = shared(module, ["slab", later, count], () =>
      module.func(`gemm.slab ${spec.m}x${count}x${spec.n}`, ["i32", "i32", "i32", "i32"], (g) => {
        const [pa, pb, pc, ps] = [g.param(0, "i32"), g.param(1, "i32"), g.param(2, "i32"), g.param(3, "i32")];
        writeSlab(g, module, later, plan, count, { a: pa, b: pb, c: pc, initial: pc, scratch: ps });
      }),
    );
    f.call(call, [from.a, from.b, at.c, at.scratch]);
  };
  const end = repeat(
    f,
    Math.floor(k / kBlock),
    {
      a: { from: at.a, step: kBlock * a.column * element.bytes },
      b: {
        from: at.b,
        step: spec.packed === true ? packedRows(plan, kBlock) : kBlock * b.row * element.bytes,
      },
    },
    (moving) => slab(kBlock, moving),
  );
  if (k % kBlock > 0) slab(k % kBlock, end);
}

/** Sets C to what the sums start from. */
export function writeFill(
  f: FunctionBuilder,
  module: ModuleBuilder,
  spec: GemmSpec,
  plan: Plan,
  at: Pointers,
): void {
  writeColumns(f, module, spec, plan, { rows: plan.m, k: 0 }, at);
}
