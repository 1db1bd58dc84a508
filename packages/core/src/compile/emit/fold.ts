import {
  f32x4,
  f64x2,
  i32,
  i32x4,
  i8x16,
  v128,
  type FunctionBuilder,
  type Local,
  type Value,
} from "../../wasm/index.js";
import type { Dtype } from "../../tensor/dtype.js";
import { elementBytes } from "../ir.js";
import type { PlannedFold } from "./fused-plan.js";
import { highHalf, literalVector, loadApart, loadLanes, storeLanes, type LaneCount } from "./lanes.js";

type Vector = Local<"v128">;

/** What a fold has gathered so far in registers. */
export interface RunningFold {
  readonly parts: readonly Vector[];
}

/** Sums and products of float32 are gathered in float64 and rounded once. */
function accumulatorDtype({ isWide, dtype }: PlannedFold): Dtype {
  return isWide ? "float64" : dtype;
}

/** The value that changes nothing. */
function neutral({ kind, dtype }: PlannedFold): number {
  switch (kind) {
    case "sum":
    case "any":
      return 0;
    case "prod":
    case "all":
      return 1;
    case "max":
      return dtype === "int32" ? -(2 ** 31) : -Infinity;
    case "min":
      return dtype === "int32" ? 2 ** 31 - 1 : Infinity;
  }
}

function combine({ kind }: PlannedFold, dtype: Dtype, a: Value<"v128">, b: Value<"v128">): Value<"v128"> {
  if (kind === "any") return v128.or(a, b);
  if (kind === "all") return v128.and(a, b);
  if (!(dtype === "float32" || dtype === "float64")) {
    if (kind === "sum") return i32x4.add(a, b);
    if (kind === "prod") return i32x4.mul(a, b);
    return kind === "max" ? i32x4.max_s(a, b) : i32x4.min_s(a, b);
  }
  const set = dtype === "float64" ? f64x2 : f32x4;
  if (kind === "sum") return set.add(a, b);
  if (kind === "prod") return set.mul(a, b);
  return kind === "max" ? set.max(a, b) : set.min(a, b);
}

/** Sets all results in memory to the neutral value. */
export function clearFold(f: FunctionBuilder, fold: PlannedFold, base: Local<"i32">): void {
  const dtype = fold.to;
  const at = f.keep(base);
  const value = f.keep(literalVector(neutral(fold), dtype));
  const bytes = elementBytes[dtype];
  f.for(i32.const(0), i32.const(fold.results), 1, () => {
    storeLanes(f, dtype, dtype === "float64" ? 2 : 4, at, value, 1, 1);
    f.set(at, i32.add(at, i32.const(bytes)));
  });
}

/** Starts a fold whose last axes are folded: it is gathered in registers. */
export function beginFold(f: FunctionBuilder, fold: PlannedFold): RunningFold {
  const start = literalVector(neutral(fold), accumulatorDtype(fold));
  return { parts: (fold.isWide ? [0, 1] : [0]).map(() => f.keep(start)) };
}

/** Takes in `count` elements. */
export function foldInto(
  f: FunctionBuilder,
  fold: PlannedFold,
  running: RunningFold | undefined,
  base: Local<"i32">,
  elements: Vector,
  lanes: LaneCount,
  count: number,
): void {
  if (running === undefined) {
    foldIntoMemory(f, fold, base, elements, lanes, count);
    return;
  }
  const dtype = accumulatorDtype(fold);
  parts(f, fold, masked(f, fold, elements, count), lanes).forEach((part, i) => {
    const total = running.parts[i];
    if (total !== undefined) f.set(total, combine(fold, dtype, total, part));
  });
}

/** One result per element: neighbours of it lie beside it in memory. */
function foldIntoMemory(
  f: FunctionBuilder,
  fold: PlannedFold,
  base: Local<"i32">,
  elements: Vector,
  lanes: LaneCount,
  count: number,
): void {
  const dtype = accumulatorDtype(fold);
  const width: LaneCount = dtype === "float64" ? 2 : lanes;
  parts(f, fold, elements, lanes).forEach((part, i) => {
    const here = Math.min(width, count - i * width);
    if (here <= 0) return;
    const at = i === 0 ? base : f.keep(i32.add(base, i32.const(16 * i)));
    const total = f.keep(combine(fold, dtype, loadLanes(f, dtype, width, { base: at }), part));
    storeLanes(f, dtype, width, at, total, here, 1);
  });
}

/** Brings what registers hold to memory: as the result, or added to what is there. */
export function endFold(
  f: FunctionBuilder,
  fold: PlannedFold,
  running: RunningFold,
  base: Local<"i32">,
): void {
  const dtype = accumulatorDtype(fold);
  const [first, second] = running.parts;
  if (first === undefined) return;
  let total = second === undefined ? first : f.keep(combine(fold, dtype, first, second));
  total = f.keep(combine(fold, dtype, total, highHalf(total)));
  if (dtype !== "float64")
    total = f.keep(combine(fold, dtype, total, i8x16.shuffle(total, total, secondLane)));
  if (fold.gathers) total = f.keep(combine(fold, dtype, total, loadApart(f, fold.to, base, 1, 1)));
  const rounded = fold.to === "float32" && dtype === "float64";
  const result = rounded ? f.keep(f32x4.demote_f64x2_zero(total)) : total;
  storeLanes(f, fold.to, fold.to === "float64" ? 2 : 4, base, result, 1, 1);
}
const secondLane = [4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7];

/** Elements as the accumulators take them: float32 as two halves in float64 where sums are taken. */
function parts(f: FunctionBuilder, fold: PlannedFold, elements: Vector, lanes: LaneCount): Vector[] {
  if (!fold.isWide) return [elements];
  const low = f.keep(f64x2.promote_low_f32x4(elements));
  return lanes === 2 ? [low] : [low, f.keep(f64x2.promote_low_f32x4(highHalf(elements)))];
}

/** Lanes beyond `count` as the neutral value. */
function masked(f: FunctionBuilder, fold: PlannedFold, elements: Vector, count: number): Vector {
  const { dtype } = fold;
  const width = dtype === "float64" ? 2 : 4;
  if (count >= width) return elements;
  const mask =
    width === 2 ? i32x4.const(-1, -1, 0, 0) : i32x4.const(-1, count > 1 ? -1 : 0, count > 2 ? -1 : 0, 0);
  return f.keep(v128.bitselect(elements, f.constant(literalVector(neutral(fold), dtype)), f.constant(mask)));
}
