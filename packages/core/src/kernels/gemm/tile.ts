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

/**
 * So many steps of k at most make one run of the loop. Between stretches of few steps the loop may be left: V8 moves
 * arithmetic to where its result is read, but not past a place from which the sums may go elsewhere.
 */
const stepsOfLoop = 8;

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
  /** Step `index` of k, counted from A's pointer and from `done` bytes after B's; the first steps may begin the sums. */
  const step = (pa: Value<"i32">, pb: Value<"i32">, index: number, done = 0, first = false) => {
    for (const [v, x] of xs.entries()) {
      f.set(x, v128.load({ base: pb, offset: done + index * b.step + b.at(v) }));
    }
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
    for (let index = 0; index < k; index++) step(at.a, at.b, index, 0, index < sums.length);
    return;
  }
  const parts = sums.length;
  const stretch = parts * Math.max(1, Math.floor((registers - parts * perStep) / (rows + vectors) / parts));
  const stretches = Math.floor(k / stretch);
  // Zeroed anew: locals keep what the last tile left.
  for (const sum of sums.flat(2)) f.set(sum, v128.zero());
  if (stretches === 0) {
    for (let index = 0; index < k; index++) step(at.a, at.b, index);
    return;
  }
  const pa = f.keep(at.a);
  const pb = f.keep(at.b);
  const bytes = stretch * b.step;
  const most = vectors === 1 ? 1 : Math.max(1, Math.floor(stepsOfLoop / stretch));
  const once = Math.min(stretches, most);
  // Where B's pointer is if a run ends after its first, second, … stretch, and after the last run.
  const ends = range(once - 1).map((done) => f.keep(plus(pb, (stretches - 1 - done) * bytes)));
  const last = f.keep(plus(pb, stretches * bytes));
  f.doWhile(
    (leave) => {
      for (let done = 0; done < once; done++) {
        for (let index = 0; index < stretch; index++) step(pa, pb, index, done * bytes);
        f.set(pa, plus(pa, stretch * a.step));
        const end = ends[done];
        if (end !== undefined) leave(i32.eq(pb, end));
      }
      f.set(pb, plus(pb, once * bytes));
    },
    () => i32.ne(pb, last),
  );
  const rest = plus(at.b, stretches * bytes);
  for (let index = 0; index < k % stretch; index++) step(pa, rest, index);
}
