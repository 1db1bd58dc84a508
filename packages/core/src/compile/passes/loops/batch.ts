import { cumsumOp } from "../../../ops/cumulative.js";
import { argmax, argmin, max, min } from "../../../ops/extrema.js";
import { oneHotOp, takeOp } from "../../../ops/indexing.js";
import { concatOp } from "../../../ops/join.js";
import { matmulOp } from "../../../ops/matmul.js";
import { broadcastToOp, permuteOp, reshapeOp } from "../../../ops/movement.js";
import { prod } from "../../../ops/product.js";
import { all, any, sumOp } from "../../../ops/reduce.js";
import { flipOp, padOp, sliceOp } from "../../../ops/slice.js";
import type { TapeNode } from "../../../tape/tape.js";
import { MAX_RANK, sizeOf, type Shape } from "../../../tensor/shape.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { numbersIn } from "../../attributes.js";
import { applies, isNode, type Draft } from "../rewrite/draft.js";
import { isElementwise, opsOf } from "../rewrite/elementwise.js";

/** An operand for all steps at once: [length, …] if `stacked`, else what every step reads. */
export interface Operand {
  readonly t: Tensor;
  readonly stacked: boolean;
}

const movements: ReadonlySet<object> = new Set<object>([
  reshapeOp,
  permuteOp,
  broadcastToOp,
  sliceOp,
  flipOp,
  padOp,
  concatOp,
]);

/** Whether the node moves elements without computing. */
export function isMovement(node: TapeNode): boolean {
  return movements.has(node.op);
}

let reductions: ReadonlySet<object> | undefined;

function isReduction(node: TapeNode): boolean {
  const ones = { shape: [1], dtype: "bool" } as const;
  reductions ??= new Set([
    ...opsOf([max, min, prod, argmax, argmin], { ...ones, dtype: "float32" }),
    ...opsOf([any, all], ones),
    sumOp,
  ]);
  return reductions.has(node.op);
}

/**
 * Whether the node can be applied to all steps at once. `isStacked` says which inputs differ from step to step.
 */
export function isBatchable(node: TapeNode, isStacked: (t: Tensor) => boolean): boolean {
  const [y] = node.outputs;
  const [x, w] = node.inputs;
  if (y === undefined || x === undefined || node.outputs.length > 1) return false;
  if (y.rank >= MAX_RANK || node.inputs.some((t) => t.rank >= MAX_RANK)) return false;
  if (isNode(takeOp, node)) return node.attrs.axis === 0 && !isStacked(x);
  if (applies(matmulOp, node)) return w !== undefined && isProduct(x, w, isStacked);
  return (
    isElementwise(node.op) ||
    isMovement(node) ||
    applies(oneHotOp, node) ||
    applies(cumsumOp, node) ||
    isReduction(node)
  );
}

/** A product of one operand that differs from step to step, and a matrix that does not. */
function isProduct(x: Tensor, w: Tensor, isStacked: (t: Tensor) => boolean): boolean {
  if (isStacked(x) === isStacked(w)) return false;
  return isStacked(x) ? w.rank === 2 : x.rank === 2 && w.rank === 2;
}

/** Applies a node that {@link isBatchable} to all steps: its result is [length, …]. One of its inputs is stacked. */
export function batch(draft: Draft, node: TapeNode, length: number, operand: (t: Tensor) => Operand): Tensor {
  const { op, attrs, where } = node;
  const operands = node.inputs.map(operand);
  const [x, w] = operands;
  const [y] = node.outputs;
  if (x === undefined || y === undefined) return draft.add(op, [], attrs, where);
  const add = (settings: object): Tensor => draft.add(op, [x.t], settings, where);
  const later = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1);
  if (isElementwise(op)) {
    const tensors = operands.map((o) => (o.stacked ? raised(draft, o.t, y.rank + 1, node) : o.t));
    return draft.add(op, tensors, attrs, where);
  }
  if (isNode(reshapeOp, node)) return add({ shape: [length, ...node.attrs.shape] });
  if (isNode(permuteOp, node)) return add({ axes: [0, ...later(node.attrs.axes)] });
  if (isNode(broadcastToOp, node)) {
    const from = raised(draft, x.t, y.rank + 1, node);
    return draft.add(broadcastToOp, [from], { shape: [length, ...node.attrs.shape] }, where);
  }
  if (isNode(sliceOp, node)) {
    const { size, start, step } = node.attrs;
    return add({ size: [length, ...size], start: [0, ...start], step: [1, ...step] });
  }
  if (isNode(flipOp, node)) return add({ axes: later(node.attrs.axes) });
  if (isNode(padOp, node)) return add({ ...node.attrs, widths: [[0, 0], ...node.attrs.widths] });
  if (isNode(concatOp, node)) {
    const tensors = operands.map((o) => (o.stacked ? o.t : repeated(draft, o.t, length, node)));
    return draft.add(concatOp, tensors, { axis: node.attrs.axis + 1 }, where);
  }
  if (isNode(cumsumOp, node)) return add({ ...node.attrs, axis: node.attrs.axis + 1 });
  if (applies(matmulOp, node) && w !== undefined) {
    return x.stacked ? rowsTimes(draft, x.t, w.t, node) : timesColumns(draft, x.t, w.t, node);
  }
  if (isReduction(node)) return add({ ...attrs, axes: later(numbersIn(attrs, "axes")) });
  return draft.add(
    op,
    operands.map((o) => o.t),
    attrs,
    where,
  );
}

function reshaped(draft: Draft, x: Tensor, shape: Shape, { where }: TapeNode): Tensor {
  return x.shape.join() === shape.join() ? x : draft.add(reshapeOp, [x], { shape }, where);
}

/** Stacked data with axes of size 1 after the first, up to the given rank, so that the others line up at the end. */
function raised(draft: Draft, x: Tensor, rank: number, node: TapeNode): Tensor {
  const [length = 0, ...shape] = x.shape;
  return reshaped(draft, x, [length, ...new Array<number>(rank - x.rank).fill(1), ...shape], node);
}

/** What every step reads, once for each step. */
export function repeated(draft: Draft, t: Tensor, length: number, { where }: TapeNode): Tensor {
  return draft.add(broadcastToOp, [t], { shape: [length, ...t.shape] }, where);
}

/** All rows of all steps times one matrix: x [length, …, k] · w [k, n] as one product of [rows, k] and [k, n]. */
function rowsTimes(draft: Draft, x: Tensor, w: Tensor, node: TapeNode): Tensor {
  const [k = 0, n = 0] = w.shape;
  const rows = reshaped(draft, x, [sizeOf(x.shape.slice(0, -1)), k], node);
  const product = draft.add(matmulOp, [rows, w], {}, node.where);
  return reshaped(draft, product, [...x.shape.slice(0, -1), n], node);
}

/** One matrix times all columns of all steps: w [m, k] · x [length, k, n] as one product of [m, k] and [k, columns]. */
function timesColumns(draft: Draft, w: Tensor, x: Tensor, node: TapeNode): Tensor {
  const [length = 0, k = 0, n = 0] = x.shape;
  const { where } = node;
  const swap = (t: Tensor): Tensor => draft.add(permuteOp, [t], { axes: [1, 0, 2] }, where);
  const columns = reshaped(draft, swap(x), [k, length * n], node);
  const product = draft.add(matmulOp, [w, columns], {}, where);
  return swap(reshaped(draft, product, [w.shape[0] ?? 0, length, n], node));
}
