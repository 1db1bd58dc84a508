import { concatOp, splitOp, stackOp, unstackOp } from "../../../ops/join.js";
import { reshapeOp } from "../../../ops/movement.js";
import { flipOp, indexOp, padOp, sliceGradOp, sliceOp } from "../../../ops/slice.js";
import type { TapeNode } from "../../../tape/tape.js";
import type { Where } from "../../../tape/where.js";
import type { Shape } from "../../../tensor/shape.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { isNode, type Draft } from "../rewrite/draft.js";

/*
 * What moves elements without computing, in terms of reshape, slice, concat, flip and pad. An unrolled loop has one of
 * these per step, so the nodes are written directly.
 */

/** Writes the node in simpler ones and returns what stands for its outputs; `undefined` if it is none of these. */
export function writeMovement(draft: Draft, node: TapeNode): readonly Tensor[] | undefined {
  const inputs = draft.all(node.inputs);
  const [x] = inputs;
  if (x === undefined) return undefined;
  const { where } = node;
  if (isNode(indexOp, node)) {
    const { axis, index } = node.attrs;
    return [element(draft, x, axis, index, where)];
  }
  if (isNode(unstackOp, node)) {
    return node.outputs.map((_, i) => element(draft, x, node.attrs.axis, i, where));
  }
  if (isNode(splitOp, node)) {
    const { axis, sizes } = node.attrs;
    let start = 0;
    return sizes.map((size) => part(draft, x, axis, (start += size) - size, size, where));
  }
  if (isNode(stackOp, node)) {
    const { axis } = node.attrs;
    const slabs = inputs.map((t) => reshaped(draft, t, t.shape.toSpliced(axis, 0, 1), where));
    return [slabs.length === 1 && slabs[0] ? slabs[0] : draft.add(concatOp, slabs, { axis }, where)];
  }
  if (isNode(sliceGradOp, node)) {
    const { shape, start, step } = node.attrs;
    return [embedded(draft, x, shape, start, step, where)];
  }
  return undefined;
}

export function reshaped(draft: Draft, x: Tensor, shape: Shape, where: Where): Tensor {
  return draft.add(reshapeOp, [x], { shape }, where);
}

/** `size` elements of an axis. */
export function part(
  draft: Draft,
  x: Tensor,
  axis: number,
  start: number,
  size: number,
  where: Where,
): Tensor {
  const starts = x.shape.map((_, i) => (i === axis ? start : 0));
  const step = x.shape.map(() => 1);
  return draft.add(sliceOp, [x], { size: x.shape.with(axis, size), start: starts, step }, where);
}

/** One element of an axis, which disappears. */
export function element(draft: Draft, x: Tensor, axis: number, i: number, where: Where): Tensor {
  return reshaped(draft, part(draft, x, axis, i, 1, where), x.shape.toSpliced(axis, 1), where);
}

/** y in zeros of `shape`, at the positions that a slice with this start and step has. */
function embedded(
  draft: Draft,
  y: Tensor,
  shape: Shape,
  start: readonly number[],
  step: readonly number[],
  where: Where,
): Tensor {
  if (y.size === 0) {
    const widths = shape.map((n, axis) => [0, n - (y.shape[axis] ?? 0)] as const);
    return draft.add(padOp, [y], { widths, value: 0 }, where);
  }
  const backwards = step.flatMap((by, axis) => (by < 0 && y.shape[axis] !== 1 ? [axis] : []));
  let x = backwards.length === 0 ? y : draft.add(flipOp, [y], { axes: backwards }, where);
  step.forEach((by, axis) => (x = spread(draft, x, axis, Math.abs(by), where)));
  const widths = shape.map((n, axis) => {
    const by = step[axis] ?? 1;
    const first = (start[axis] ?? 0) + (by < 0 ? by * ((y.shape[axis] ?? 1) - 1) : 0);
    return [first, n - first - (x.shape[axis] ?? 0)] as const;
  });
  return draft.add(padOp, [x], { widths, value: 0 }, where);
}

/** The elements of an axis, `by` apart, with zeros between them. */
function spread(draft: Draft, x: Tensor, axis: number, by: number, where: Where): Tensor {
  const n = x.shape[axis] ?? 1;
  if (by === 1 || n === 1) return x;
  // In the shape [before, n, after] each element gets by − 1 zeros after it; the last ones are cut off.
  const size = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);
  const [before, after] = [size(x.shape.slice(0, axis)), size(x.shape.slice(axis + 1))];
  const apart = reshaped(draft, x, [before, n, 1, after], where);
  const none = [0, 0] as const;
  const padded = draft.add(padOp, [apart], { widths: [none, none, [0, by - 1], none], value: 0 }, where);
  const joined = reshaped(draft, padded, x.shape.with(axis, n * by), where);
  return part(draft, joined, axis, 0, (n - 1) * by + 1, where);
}
