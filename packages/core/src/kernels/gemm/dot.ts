import { v128, type FunctionBuilder, type Local, type Value } from "../../wasm/index.js";
import { storeFirst } from "./element.js";
import { range, repeat } from "./emit.js";
import { sumLanes } from "./lanes.js";
import type { Plan } from "./plan.js";
import type { GemmSpec } from "./spec.js";
import type { Pointers } from "./tile.js";

/**
 * A vector times rows: y[i] = initial[i] + Σ x[l]·rows[i, l], with both contiguous along k. This is A·B for n = 1 (x is B)
 * and for m = 1 with B transposed (x is A).
 */
export interface Dots {
  /** How many rows there are. */
  readonly count: number;
  /** Elements between rows. */
  readonly stride: number;
  /** Elements between results, and between what the sums start from. */
  readonly to: number;
  readonly initial: number;
}

/** The product as dot products, if it is one that they are good for. */
export function dotsOf(spec: GemmSpec, { m, k, n, a, b, element }: Plan): Dots | undefined {
  if (spec.packed === true || k < element.lanes || a.column !== 1 || (b.row !== 1 && k > 1)) return undefined;
  if (n === 1) return { count: m, stride: a.row, to: spec.c.row, initial: spec.initial?.row ?? 0 };
  if (m === 1) return { count: n, stride: b.column, to: 1, initial: spec.initial?.column ?? 0 };
  return undefined;
}

interface DotPointers {
  readonly x: Value<"i32">;
  readonly rows: Value<"i32">;
  readonly to: Value<"i32">;
  readonly initial: Value<"i32">;
}

/** Writes the product as dot products, four rows at a time. */
export function writeDots(f: FunctionBuilder, spec: GemmSpec, plan: Plan, dots: Dots, at: Pointers): void {
  const { bytes } = plan.element;
  const [x, rows] = spec.n === 1 ? [at.b, at.a] : [at.a, at.b];
  const group = 4;
  const step = (stride: number) => group * stride * bytes;
  const end = repeat(
    f,
    Math.floor(dots.count / group),
    {
      rows: { from: rows, step: step(dots.stride) },
      to: { from: at.c, step: step(dots.to) },
      initial: { from: at.initial, step: step(dots.initial) },
    },
    (moving) => writeGroup(f, spec, plan, dots, group, { x, ...moving }),
  );
  if (dots.count % group > 0) writeGroup(f, spec, plan, dots, dots.count % group, { x, ...end });
}

/** Writes the dot products of `count` ≤ 4 rows. */
function writeGroup(
  f: FunctionBuilder,
  spec: GemmSpec,
  { element, k }: Plan,
  dots: Dots,
  count: number,
  at: DotPointers,
): void {
  const { lanes, bytes } = element;
  const sums = range(count).map(() => f.local("v128"));
  const xs = f.local("v128");
  const step = (px: Value<"i32">, pr: Value<"i32">, index: number, left: number) => {
    const vector = (address: { base: Value<"i32">; offset: number }): Value<"v128"> => {
      if (left >= lanes) return v128.load(address);
      let tail: Value<"v128"> = element.loadFirst(address);
      for (const lane of range(left).slice(1)) {
        tail = element.loadLane({ ...address, offset: address.offset + lane * bytes }, tail, lane);
      }
      return tail;
    };
    f.set(xs, vector({ base: px, offset: 16 * index }));
    for (const [r, sum] of sums.entries()) {
      const row = vector({ base: pr, offset: r * dots.stride * bytes + 16 * index });
      if (spec.relaxed === true) f.set(sum, element.relaxedMultiplyAdd(row, xs, sum));
      else f.set(sum, element.add(sum, element.mul(row, xs)));
    }
  };
  for (const sum of sums) f.set(sum, v128.zero());
  const end = repeat(
    f,
    Math.floor(k / (2 * lanes)),
    { x: { from: at.x, step: 32 }, rows: { from: at.rows, step: 32 } },
    ({ x, rows }) => {
      step(x, rows, 0, lanes);
      step(x, rows, 1, lanes);
    },
  );
  const left = k % (2 * lanes);
  for (let done = 0; done < left; done += lanes) step(end.x, end.rows, done / lanes, left - done);
  writeSums(f, spec, element, dots, sums, at);
}

/** Adds the lanes of each sum and stores the results. */
function writeSums(
  f: FunctionBuilder,
  spec: GemmSpec,
  element: Plan["element"],
  dots: Dots,
  sums: readonly Local<"v128">[],
  at: DotPointers,
): void {
  const { lanes, bytes } = element;
  for (let first = 0; first < sums.length; first += lanes) {
    const some = sums.slice(first, first + lanes);
    const total = f.keep(sumLanes(f, element, some));
    if (spec.initial !== undefined) {
      let start: Value<"v128"> = element.splat({ base: at.initial, offset: first * dots.initial * bytes });
      for (const lane of range(some.length).slice(1)) {
        const offset = (first + lane) * dots.initial * bytes;
        start = element.loadLane({ base: at.initial, offset }, start, lane);
      }
      f.set(total, element.add(start, total));
    }
    if (dots.to === 1)
      f.run(...storeFirst(element, { base: at.to, offset: first * bytes }, total, some.length));
    else {
      for (const lane of range(some.length)) {
        f.run(element.storeLane({ base: at.to, offset: (first + lane) * dots.to * bytes }, total, lane));
      }
    }
  }
}
