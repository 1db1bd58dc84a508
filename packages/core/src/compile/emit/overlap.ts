import { sizeOf } from "../../tensor/shape.js";
import { elementBytes, resolve, type Move, type View } from "../ir.js";

/** Whether two views may show the same memory at one moment. Says no only if that is certain. */
export function mayOverlap(x: View, y: View): boolean {
  if (sizeOf(x.shape) === 0 || sizeOf(y.shape) === 0) return false;
  const [a, b] = [resolve(x), resolve(y)];
  const between = movesBetween(a.moves, b.moves);
  if (between === undefined || elementBytes[a.buffer.dtype] !== elementBytes[b.buffer.dtype]) {
    return meet(bytesOf(a), bytesOf(b));
  }
  // Loops move both alike, so what matters is where they begin.
  const origin = Math.min(a.buffer.address ?? 0, b.buffer.address ?? 0);
  const [from, other] = [seenFrom(origin, a), seenFrom(origin, b)];
  return between.some((by) => {
    const to = { ...other, offset: other.offset + by };
    return meet(spanOf(from), spanOf(to)) && !inOtherCells(from, to);
  });
}

/**
 * How many elements loops may have moved the second view further than the first; undefined if that changes with time.
 * Views that move to and fro in turn are once this way round, once that way.
 */
function movesBetween(a: readonly Move[], b: readonly Move[]): readonly number[] | undefined {
  if (a.length !== b.length) return undefined;
  let between = [0];
  for (const [i, { loop, stride, phase }] of a.entries()) {
    const other = b[i];
    if (loop !== other?.loop || stride !== other.stride) return undefined;
    if (phase === other.phase) continue;
    if (phase === undefined || other.phase === undefined) return undefined;
    between = between.flatMap((by) => [by - stride, by + stride]);
  }
  return between;
}

/** A view whose offset counts from an address, the lower of two; all are multiples of 32. */
function seenFrom(origin: number, view: View): View {
  const { address = 0, dtype } = view.buffer;
  return { ...view, offset: view.offset + (address - origin) / elementBytes[dtype] };
}

type Range = readonly [from: number, end: number];

function meet(a: Range, b: Range): boolean {
  return a[0] < b[1] && b[0] < a[1];
}

/** All of a view's buffer; buffers that are not alive at the same time may share memory. */
function bytesOf({ buffer }: View): Range {
  const from = buffer.address ?? 0;
  return [from, from + buffer.elements * elementBytes[buffer.dtype]];
}

function spanOf({ shape, strides, offset }: View): Range {
  let [from, end] = [offset, offset + 1];
  shape.forEach((size, axis) => {
    const reach = (size - 1) * (strides[axis] ?? 0);
    if (reach < 0) from += reach;
    else end += reach;
  });
  return [from, end];
}

/**
 * Whether two views lie in different rows or columns of one grid: written as i·s₀ + j·s₁ + … with the steps s of both,
 * largest first, and each part less than the step before, an element's place tells its indices, so that views with
 * different indices along one axis have no element in common.
 */
function inOtherCells(a: View, b: View): boolean {
  const steps = [...new Set([...stepsOf(a), ...stepsOf(b)])].sort((x, y) => y - x);
  const [one, other] = [cellsOf(a, steps), cellsOf(b, steps)];
  if (one === undefined || other === undefined) return false;
  return one.some((range, i) => {
    const opposite = other[i];
    return opposite !== undefined && !meet(range, opposite);
  });
}

function stepsOf({ shape, strides }: View): number[] {
  return strides.filter((stride, axis) => stride !== 0 && shape[axis] !== 1);
}

/** The indices that a view takes along each step, and last what is left; undefined if they are not told by the place. */
function cellsOf({ shape, strides, offset }: View, steps: readonly number[]): Range[] | undefined {
  let rest = offset;
  const cells: Range[] = [];
  for (const step of steps) {
    if (step < 0) return undefined;
    const axes = [...shape.keys()].filter((axis) => strides[axis] === step && shape[axis] !== 1);
    if (axes.length > 1) return undefined;
    const first = Math.floor(rest / step);
    rest -= first * step;
    cells.push([first, first + (shape[axes[0] ?? -1] ?? 1)]);
  }
  // From the smallest step up: what lies below a step is less than it.
  let below = rest;
  for (let i = steps.length - 1; i >= 0; i--) {
    const [step = 1, cell = [0, 1]] = [steps[i], cells[i]];
    if (below >= step) return undefined;
    below += (cell[1] - 1) * step;
  }
  return [...cells, [rest, rest + 1]];
}
