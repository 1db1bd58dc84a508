import { elementOf, type Element } from "./element.js";
import { tileVectors } from "./panel.js";
import type { GemmSpec, Strides } from "./spec.js";

/** How a product is blocked: what stays in which cache, and what is packed. */
export interface Plan {
  readonly element: Element;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** The sizes by which is decided how: of the whole product, if this is a part of one. */
  readonly whole: { readonly m: number; readonly n: number };
  readonly a: Strides;
  readonly b: Strides;
  /** Columns of a tile. */
  readonly width: number;
  /** Rows of B in a block: a panel of them stays in the first cache. */
  readonly kBlock: number;
  /** Rows of A in a block, which stays in the second cache. */
  readonly mBlock: number;
  readonly packA: boolean;
  /** B is packed into scratch, block by block. */
  readonly packB: boolean;
}

/** Rows of a panel of A. */
export const panelRows = 4;

/** Rows that make up whole tiles, however wide those are. */
export const rowCut = 8;

export function planOf(spec: GemmSpec): Plan {
  const { m, k, n } = spec;
  const whole = { m: spec.whole?.m ?? m, n: spec.whole?.n ?? n };
  const element = elementOf(spec.dtype);
  const { bytes, lanes } = element;
  const width = tileVectors(whole.m) * lanes;
  // Strides of sizes 1 mean nothing: take those that suit.
  const a = { row: m === 1 ? k : spec.a.row, column: k === 1 ? 1 : spec.a.column };
  const b = { row: k === 1 ? n : spec.b.row, column: n === 1 ? 1 : spec.b.column };
  // Short blocks bear A's far steps better; large C's are read and written anew for each block.
  const short = a.column !== 1 && whole.m * whole.n * bytes <= 2 ** 18;
  const kBlock = evenly(k, short ? 96 : 320, 8);
  const mBlock = whole.n <= width ? m : rowsOf(m, Math.max(64, Math.floor(2 ** 18 / (kBlock * bytes))));
  // Steps of k this near to each other share cache lines with what the neighbouring tiles read: no need to pack.
  const near = (stride: number) => stride * bytes <= 256;
  const packA = a.column !== 1 && !near(a.column) && whole.n > 2 * width && whole.m >= 2 * panelRows;
  const direct = b.column === 1 && (b.row > 0 || k === 0);
  const worthwhile = !near(b.row) && kBlock * whole.n * bytes > 2 ** 14 && whole.m >= 16;
  const packB = spec.packed !== true && (!direct || worthwhile);
  return { element, m, k, n, whole, a, b, width, kBlock, mBlock, packA, packB };
}

/** Parts of `total`, all but the last of one size, a multiple of `multiple` and not much above `most`. */
function evenly(total: number, most: number, multiple: number): number {
  const parts = Math.max(1, Math.ceil(total / most));
  return parts === 1 ? total : Math.ceil(total / parts / multiple) * multiple;
}

/** Rows of a block of A: a last block of few rows would be cut into other tiles than they are as part of a larger one. */
function rowsOf(m: number, most: number): number {
  let rows = evenly(m, most, rowCut);
  while (rows < m && m % rows > 0 && m % rows <= rowCut) rows += rowCut;
  return rows;
}

/** Bytes that B's first `k` rows take when packed. */
export function packedRows({ element, n }: Plan, k: number): number {
  return k * Math.ceil(n / element.lanes) * 16;
}

/** Bytes that a block of A takes when packed. */
export function packedBlock({ element, kBlock, mBlock }: Plan): number {
  return Math.ceil(mBlock / panelRows) * panelRows * kBlock * element.bytes;
}
