import { ShapeError } from "../errors.js";

/** Sizes of a tensor's axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

export const MAX_RANK = 8;
/** Elements a tensor may hold: the range in which typed arrays and 32-bit offsets are safe everywhere. */
export const MAX_SIZE = 2 ** 31 - 1;

export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** Number of elements; `1` for a scalar. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}

/** Throws ShapeError unless `shape` has whole non-negative sizes, rank ≤ 8 and a product that fits. */
export function checkShape(op: string, shape: Shape): void {
  if (!Array.isArray(shape)) {
    throw new ShapeError(`${op}: got ${String(shape)} as shape, expected an array of sizes, such as [2, 3]`);
  }
  if (shape.length > MAX_RANK) {
    throw new ShapeError(
      `${op}: got rank ${shape.length} ${formatShape(shape)}, expected at most ${MAX_RANK} axes`,
    );
  }
  for (const n of shape) {
    if (!Number.isSafeInteger(n) || n < 0) {
      throw new ShapeError(`${op}: got shape ${formatShape(shape)}, expected whole sizes of 0 or more`);
    }
  }
  if (!shape.includes(0) && sizeOf(shape) > MAX_SIZE) {
    throw new ShapeError(
      `${op}: shape ${formatShape(shape)} has ${sizeOf(shape)} elements, expected at most ${MAX_SIZE}`,
    );
  }
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/** Strides, in elements, of a row-major tensor. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis] ?? 1;
  }
  return strides;
}

/** NumPy broadcasting of two shapes: aligned at the last axis, size 1 stretches. Throws ShapeError. */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const m = a[a.length - i] ?? 1;
    const n = b[b.length - i] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      const axis = rank - i;
      throw new ShapeError(
        `${op}: shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast: axis ${axis} is ${m} against ${n}`,
      );
    }
    out[rank - i] = m === 1 ? n : m;
  }
  checkShape(op, out);
  return out;
}

/** One axis as 0 … rank − 1; negative axes count from the end. Throws ShapeError. */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    const range = rank === 0 ? "no axis: the tensor is a scalar" : `−${rank} … ${rank - 1}`;
    throw new ShapeError(`${op}: got axis ${axis}, expected ${range}`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** Axes, sorted and without repeats; `undefined` means all of them. Throws ShapeError on a repeat. */
export function normalizeAxes(op: string, axes: number | Shape | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = (typeof axes === "number" ? [axes] : axes).map((axis) => normalizeAxis(op, axis, rank));
  if (new Set(list).size !== list.length)
    throw new ShapeError(`${op}: got axes ${formatShape(list)}, expected no repeats`);
  return list.sort((a, b) => a - b);
}

/** `shape` after reducing over `axes` (normalized). */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  return keepDims
    ? shape.map((n, i) => (axes.includes(i) ? 1 : n))
    : shape.filter((_, i) => !axes.includes(i));
}
