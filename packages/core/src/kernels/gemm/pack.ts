import { v128, type FunctionBuilder, type Local, type Value } from "../../wasm/index.js";
import type { Element } from "./element.js";
import { plus, range, repeat } from "./emit.js";
import { pick } from "./lanes.js";
import type { Strides } from "./spec.js";

/** A matrix [k, n] to be laid out as panels: each holds `width` columns of it, one row after another. */
export interface Packing {
  readonly element: Element;
  readonly k: number;
  readonly n: number;
  readonly from: Strides;
  /** Columns of a panel. */
  readonly width: number;
  /** Whether a last panel of fewer columns has the others' size. */
  readonly padded: boolean;
}

interface Ends {
  readonly from: Value<"i32">;
  readonly to: Value<"i32">;
}

/** Rows that are packed together: a cache line or two of a panel. */
const together = 4;

/** Writes the packing of one matrix. What lies in the columns after the last is any number. */
export function writePack(f: FunctionBuilder, packing: Packing, from: Value<"i32">, to: Value<"i32">): void {
  const { element, k, n, width } = packing;
  const { bytes } = element;
  const full = Math.floor(n / width);
  const rest = n % width;
  const count = Math.min(k, together);
  const groups = Math.floor(k / count);
  const panel = { from: width * packing.from.column * bytes, to: k * width * bytes };
  const lastPanel = { from: plus(from, full * panel.from), to: plus(to, full * panel.to) };
  const down = (rows: number, columns: number) => ({
    from: rows * packing.from.row * bytes,
    to: rows * rowBytes(packing, columns),
  });
  /** Some rows of a number of panels, beginning where `at` says. */
  const across = (rows: number, at: Ends) => {
    const steps = { from: { from: at.from, step: panel.from }, to: { from: at.to, step: panel.to } };
    repeat(f, full, steps, (moving) => writeRows(f, packing, rows, width, moving));
  };
  /** All rows of one panel. */
  const along = (columns: number, at: Ends) => {
    const step = down(count, columns);
    const steps = { from: { from: at.from, step: step.from }, to: { from: at.to, step: step.to } };
    const end = repeat(f, groups, steps, (moving) => writeRows(f, packing, count, columns, moving));
    writeRows(f, packing, k % count, columns, end);
  };
  if (packing.from.column === 1) {
    // Rows are read in order, once.
    const step = down(count, width);
    const steps = { from: { from, step: step.from }, to: { from: to, step: step.to } };
    const end = repeat(f, groups, steps, (at) => across(count, at));
    if (k % count > 0) across(k % count, end);
  } else {
    const steps = { from: { from, step: panel.from }, to: { from: to, step: panel.to } };
    repeat(f, full, steps, (at) => along(width, at));
  }
  if (rest > 0) along(rest, lastPanel);
}

function rowBytes({ element, width, padded }: Packing, columns: number): number {
  return padded ? width * element.bytes : 16 * Math.ceil(columns / element.lanes);
}

/** Some rows of one panel. */
function writeRows(f: FunctionBuilder, packing: Packing, rows: number, columns: number, at: Ends): void {
  const { element, from } = packing;
  const { bytes, lanes } = element;
  const step = rowBytes(packing, columns);
  for (let first = 0; first < columns; first += lanes) {
    const some = Math.min(lanes, columns - first);
    const offset = first * from.column * bytes;
    const to = { base: at.to, offset: 16 * (first / lanes) };
    if (from.row === 1 && from.column !== 1 && rows === 4 && lanes === 4 && some === 4) {
      writeTransposed(f, element, from.column * bytes, { base: at.from, offset }, to, step);
      continue;
    }
    const x = f.local("v128");
    for (const row of range(rows)) {
      gather(f, element, from.column, x, { base: at.from, offset: offset + row * from.row * bytes }, some);
      f.run(v128.store({ base: to.base, offset: to.offset + row * step }, x));
    }
  }
}

interface Place {
  readonly base: Value<"i32">;
  readonly offset: number;
}

/** Four rows of four float32, from four columns that are `stride` bytes apart. */
function writeTransposed(
  f: FunctionBuilder,
  element: Element,
  stride: number,
  from: Place,
  to: Place,
  step: number,
): void {
  const column = (index: number) =>
    f.keep(v128.load({ base: from.base, offset: from.offset + index * stride }));
  const [a, b, c, d] = [column(0), column(1), column(2), column(3)];
  const [ab, cd] = [f.keep(pick(element, a, b, 0, 4, 1, 5)), f.keep(pick(element, c, d, 0, 4, 1, 5))];
  const [ef, gh] = [f.keep(pick(element, a, b, 2, 6, 3, 7)), f.keep(pick(element, c, d, 2, 6, 3, 7))];
  const rows = [
    pick(element, ab, cd, 0, 1, 4, 5),
    pick(element, ab, cd, 2, 3, 6, 7),
    pick(element, ef, gh, 0, 1, 4, 5),
    pick(element, ef, gh, 2, 3, 6, 7),
  ];
  for (const [index, row] of rows.entries()) {
    f.run(v128.store({ base: to.base, offset: to.offset + index * step }, row));
  }
}

/** Sets x to `lanes` elements that are `stride` elements apart. */
function gather(
  f: FunctionBuilder,
  element: Element,
  stride: number,
  x: Local<"v128">,
  { base, offset }: Place,
  lanes: number,
): void {
  if (stride === 1) {
    f.set(x, v128.load({ base, offset }));
    return;
  }
  f.set(x, element.splat({ base, offset }));
  if (stride === 0) return;
  for (const lane of range(lanes).slice(1)) {
    f.set(x, element.loadLane({ base, offset: offset + lane * stride * element.bytes }, x, lane));
  }
}
