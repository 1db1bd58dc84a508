import { ArgumentError, ShapeError } from "../errors.js";
import { checkList, kindOf, shown } from "../expect.js";
import type { TensorType } from "./tensor.js";

/** Sizes of a tensor's axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

export const MAX_RANK = 8;
/** Elements a tensor may hold: the range in which typed arrays and 32-bit offsets are safe everywhere. */
export const MAX_SIZE = 2 ** 31 - 1;

export function formatShape(shape: Shape): string {
  checkSizes("formatShape", shape);
  return `[${shape.map((n) => (typeof n === "number" ? n : shown(n))).join(", ")}]`;
}

/** Number of elements; `1` for a scalar. */
export function sizeOf(shape: Shape): number {
  checkSizes("sizeOf", shape);
  let size = 1;
  for (const n of shape) {
    if (typeof n !== "number") checkShape("sizeOf", shape);
    size *= n;
  }
  return size;
}

/** Throws ArgumentError unless `x` is a tensor, or at least has a shape and a dtype. */
export function checkType(op: string, x: unknown): TensorType {
  if (isType(x)) return x;
  throw new ArgumentError(`${op}: got ${kindOf(x)}, expected a tensor, or { shape, dtype }`);
}

function isType(x: unknown): x is TensorType {
  return typeof x === "object" && x !== null && "shape" in x && "dtype" in x && Array.isArray(x.shape);
}

/** Throws ShapeError unless `shape` is a list; what is in it is not looked at. */
export function checkSizes(op: string, shape: Shape): void {
  if (Array.isArray(shape)) return;
  throw new ShapeError(`${op}: got ${shown(shape)} as shape, expected an array of sizes, such as [2, 3]`);
}

/** Throws ShapeError unless `shape` has whole non-negative sizes, rank ≤ 8 and a product that fits. */
export function checkShape(op: string, shape: Shape): void {
  checkSizes(op, shape);
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
  checkSizes("sameShape", a);
  checkSizes("sameShape", b);
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
  checkSizes(op, a);
  checkSizes(op, b);
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const m = a[a.length - i] ?? 1;
    const n = b[b.length - i] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      const axis = rank - i;
      throw new ShapeError(
        `${op}: shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast: axis ${axis} is ${shown(m)} against ${shown(n)}`,
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
    throw new ShapeError(`${op}: got axis ${shown(axis)}, expected ${range}`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** Axes, sorted and without repeats; `undefined` means all of them. Throws ShapeError on a repeat. */
export function normalizeAxes(op: string, axes: number | Shape | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  if (typeof axes !== "number") checkList(op, "axes", axes, "an axis or an array of axes");
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
