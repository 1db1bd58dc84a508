import { i32, v128, type FunctionBuilder, type Local, type Value } from "../../wasm/index.js";
import { storeFirst, type Element } from "./element.js";
import { plus, range } from "./emit.js";

/** Bytes from the first element to another one; all known when the program is made. */
export interface Offsets {
  /** Of the tile's row or vector `index` in step 0 of k. */
  readonly at: (index: number) => number;
  /** From one step of k to the next. */
  readonly step: number;
}

/** A tile of C: `rows` rows of `width` elements, kept in registers while k runs. */
export interface Tile {
  readonly element: Element;
  readonly relaxed: boolean;
  readonly rows: number;
  readonly width: number;
  readonly k: number;
  /** Rows of A. */
  readonly a: Offsets;
  /** Vectors of B. */
  readonly b: Offsets;
  /** Bytes between the rows of C. */
  readonly c: number;
  /** What the sums are added to, in bytes between rows, and whether columns differ; undefined for zero. */
  readonly initial: { readonly row: number; readonly columns: boolean } | undefined;
}

export interface Pointers {
  readonly a: Value<"i32">;
  readonly b: Value<"i32">;
  readonly c: Value<"i32">;
  readonly initial: Value<"i32">;
}

/** At most this many vector multiplications are written out one after another. */
const unrolledOperations = 64;

/**
 * Vector registers to plan with, of the 16 that x64 has. V8 does all loads of a stretch of code before its arithmetic:
 * longer stretches spill what they loaded.
 */
const registers = 14;

/** Writes one tile: sums over k in registers, then what they start from, then the stores. */
export function writeTile(f: FunctionBuilder, tile: Tile, at: Pointers): void {
  const { element, rows, width, k, c } = tile;
  const vectors = Math.ceil(width / element.lanes);
  // A sum waits for the one before it: few sums are split in parts that do not wait for each other.
  const parts = Math.max(1, Math.min(k, Math.floor(4 / (rows * vectors))));
  const sums = range(parts).map(() => range(rows).map(() => range(vectors).map(() => f.local("v128"))));
  if (k === 0) for (const sum of sums.flat(2)) f.set(sum, v128.zero());
  else accumulate(f, tile, at, sums);
  const [total = [], ...others] = sums;
  for (const [r, row] of total.entries()) {
    for (const [v, sum] of row.entries()) {
      let x: Value<"v128"> = sum;
      for (const other of others) x = element.add(x, other[r]?.[v] ?? sum);
      const start = initialVector(tile, at.initial, r, v);
      f.set(sum, start === undefined ? x : element.add(start, x));
      const to = { base: at.c, offset: r * c + 16 * v };
      f.run(...storeFirst(element, to, sum, width - v * element.lanes));
    }
  }
}

function initialVector(
  { element, initial }: Tile,
  base: Value<"i32">,
  r: number,
  v: number,
): Value<"v128"> | undefined {
  if (initial === undefined) return undefined;
  const row = r * initial.row;
  return initial.columns ? v128.load({ base, offset: row + 16 * v }) : element.splat({ base, offset: row });
}

type Sums = readonly (readonly (readonly Local<"v128">[])[])[];

/** Adds A·B, over all of k, to the sums; the parts take turns. */
function accumulate(f: FunctionBuilder, tile: Tile, at: Pointers, sums: Sums): void {
  const { element, relaxed, rows, k, a, b } = tile;
  const vectors = sums[0]?.[0]?.length ?? 0;
  const xs = range(vectors).map(() => f.local("v128"));
  const y = f.local("v128");
  /** Step `index` of k, counted from the pointers; the very first multiplications begin the sums. */
  const step = (pa: Value<"i32">, pb: Value<"i32">, index: number, first: boolean) => {
    for (const [v, x] of xs.entries()) f.set(x, v128.load({ base: pb, offset: index * b.step + b.at(v) }));
    for (let r = 0; r < rows; r++) {
      f.set(y, element.splat({ base: pa, offset: index * a.step + a.at(r) }));
      const row = sums[index % sums.length]?.[r] ?? [];
      for (const [v, sum] of row.entries()) {
        const x = xs[v] ?? y;
        if (first) f.set(sum, element.mul(y, x));
        else if (relaxed) f.set(sum, element.relaxedMultiplyAdd(y, x, sum));
        else f.set(sum, element.add(sum, element.mul(y, x)));
      }
    }
  };
  const perStep = rows * vectors;
  if (k * perStep <= unrolledOperations) {
    for (let index = 0; index < k; index++) step(at.a, at.b, index, index < sums.length);
    return;
  }
  const parts = sums.length;
  const unrolled = parts * Math.max(1, Math.floor((registers - parts * perStep) / (rows + vectors) / parts));
  const times = Math.floor(k / unrolled);
  // Zeroed anew: locals keep what the last tile left.
  for (const sum of sums.flat(2)) f.set(sum, v128.zero());
  if (times === 0) {
    for (let index = 0; index < k; index++) step(at.a, at.b, index, false);
    return;
  }
  const pa = f.keep(at.a);
  const pb = f.keep(at.b);
  const end = f.keep(plus(pb, times * unrolled * b.step));
  f.doWhile(
    () => {
      for (let index = 0; index < unrolled; index++) step(pa, pb, index, false);
      f.set(pa, plus(pa, unrolled * a.step));
      f.set(pb, plus(pb, unrolled * b.step));
    },
    () => i32.ne(pb, end),
  );
  for (let index = 0; index < k % unrolled; index++) step(pa, pb, index, false);
}
