import type { TypedArray } from "./dtype.js";
import { contiguousStrides, sizeOf, type Shape } from "./shape.js";

/** How a view finds its elements: element (i, j, …) is at `offset + i·strides[0] + j·strides[1] + …`. */
export interface Layout {
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Whether the elements lie in row-major order without gaps (the offset may be anything). */
export function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const n = shape[axis] ?? 1;
    if (n !== 1 && strides[axis] !== step) return shape.includes(0);
    step *= n;
  }
  return true;
}

/** Strides of `strides` seen through broadcasting from `shape` to `target`: stretched axes stand still. */
export function broadcastStrides(shape: Shape, strides: readonly number[], target: Shape): number[] {
  const lead = target.length - shape.length;
  return target.map((_, i) => (i < lead || shape[i - lead] === 1 ? 0 : (strides[i - lead] ?? 0)));
}

/**
 * Walks several views of one shape together. `visit` is called once per innermost run with the length of the run;
 * `starts[k]` is where operand k's run begins and `steps[k]` its stride. Axes that are adjacent in every operand
 * are merged first, so contiguous operands are one single run.
 */
export function eachRun(
  shape: Shape,
  operands: readonly Layout[],
  visit: (length: number, starts: readonly number[], steps: readonly number[]) => void,
): void {
  if (shape.includes(0)) return;
  const even = evenSteps(shape, operands);
  if (even !== undefined) {
    visit(
      sizeOf(shape),
      operands.map((o) => o.offset),
      even,
    );
    return;
  }
  const { sizes, strides } = mergeAxes(shape, operands);
  const last = sizes.length - 1;
  const length = sizes[last] ?? 1;
  const steps = strides.map((s) => s[last] ?? 0);
  const starts = operands.map((o) => o.offset);
  const index = new Array<number>(Math.max(last, 0)).fill(0);
  let runs = sizeOf(sizes) / length;
  while (true) {
    visit(length, starts, steps);
    if (--runs === 0) return;
    for (let axis = last - 1; axis >= 0; axis--) {
      const n = sizes[axis] ?? 1;
      const i = (index[axis] ?? 0) + 1;
      const wrapped = i === n;
      index[axis] = wrapped ? 0 : i;
      for (let k = 0; k < starts.length; k++) {
        const stride = strides[k]?.[axis] ?? 0;
        starts[k] = (starts[k] ?? 0) + (wrapped ? -stride * (n - 1) : stride);
      }
      if (!wrapped) break;
    }
  }
}

/** The steps with which one single run walks every operand, or `undefined`: the common case, found cheaply. */
function evenSteps(shape: Shape, operands: readonly Layout[]): number[] | undefined {
  const steps: number[] = [];
  for (const { strides } of operands) {
    let step = 0;
    let count = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const n = shape[axis] ?? 1;
      if (n === 1) continue;
      if (count === 1) step = strides[axis] ?? 0;
      else if (strides[axis] !== step * count) return undefined;
      count *= n;
    }
    steps.push(step);
  }
  return steps;
}

/** Drops axes of size 1 and joins neighbours that are evenly spaced in every operand. */
export function mergeAxes(
  shape: Shape,
  operands: readonly Layout[],
): { sizes: number[]; strides: number[][] } {
  const sizes: number[] = [];
  const strides: number[][] = operands.map(() => []);
  for (let axis = 0; axis < shape.length; axis++) {
    const n = shape[axis] ?? 1;
    if (n === 1) continue;
    const last = sizes.length - 1;
    const joins = last >= 0 && continues(operands, strides, axis, n, last);
    const at = joins ? last : last + 1;
    sizes[at] = joins ? (sizes[last] ?? 1) * n : n;
    for (let k = 0; k < operands.length; k++) {
      const merged = strides[k];
      if (merged !== undefined) merged[at] = operands[k]?.strides[axis] ?? 0;
    }
  }
  return { sizes, strides };
}

/** Whether `axis`, of size n, goes on in every operand where the merged axis `last` steps. */
function continues(
  operands: readonly Layout[],
  strides: readonly number[][],
  axis: number,
  n: number,
  last: number,
): boolean {
  for (let k = 0; k < operands.length; k++) {
    if (strides[k]?.[last] !== (operands[k]?.strides[axis] ?? 0) * n) return false;
  }
  return true;
}

/** The layout of a fresh row-major tensor. */
export function rowMajor(shape: Shape): Layout {
  return { strides: contiguousStrides(shape), offset: 0 };
}

/** Shorter runs are copied faster by a loop than by the two calls that move a block. */
const BLOCK = 32;

/** Copies the elements of a view of `shape` to where `layout` says in `target`, an array of the same kind. */
export function copyElements(
  shape: Shape,
  source: Layout & { readonly buffer: TypedArray },
  target: TypedArray,
  layout: Layout,
): void {
  const { buffer } = source;
  eachRun(shape, [layout, source], (n, [to = 0, from = 0], [step = 0, stride = 0]) => {
    if (n >= BLOCK && step === 1 && stride === 1) target.set(buffer.subarray(from, from + n), to);
    else for (let i = 0; i < n; i++) target[to + i * step] = buffer[from + i * stride] ?? 0;
  });
}

/**
 * The strides with which the elements of a view, in row-major order, are seen in another shape of the same size;
 * `undefined` when only a copy can give them that shape.
 */
export function reshapeStrides(shape: Shape, strides: readonly number[], to: Shape): number[] | undefined {
  if (to.includes(0)) return contiguousStrides(to);
  const merged = mergeAxes(shape, [{ strides, offset: 0 }]);
  const result = new Array<number>(to.length).fill(0);
  // A merged axis is evenly spaced: it can be cut up at will, but not joined with its neighbour.
  let axis = to.length - 1;
  for (let group = merged.sizes.length - 1; group >= 0; group--) {
    let rest = merged.sizes[group] ?? 1;
    let stride = merged.strides[0]?.[group] ?? 0;
    for (; axis >= 0 && rest > 1; axis--) {
      const n = to[axis] ?? 1;
      if (rest % n !== 0) return undefined;
      result[axis] = stride;
      stride *= n;
      rest /= n;
    }
  }
  return result;
}
