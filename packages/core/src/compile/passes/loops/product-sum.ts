import { concatOp } from "../../../ops/join.js";
import { matmulOp } from "../../../ops/matmul.js";
import { permuteOp, reshapeOp } from "../../../ops/movement.js";
import type { TapeNode } from "../../../tape/tape.js";
import type { Shape } from "../../../tensor/shape.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { isNode } from "../rewrite/draft.js";
import type { Later } from "./stacks.js";
import type { StepSum, Summation } from "./summed.js";

/**
 * Σₜ pₜ·dₜ as one product: [p₁ … p_T]·[d₁; …; d_T], which sums over the steps as it sums over the inner axis. Operands
 * that are concatenations ([h; x]ᵀ in the gradient of a weight) give a block each, so nothing is concatenated.
 */
export function productSum(
  sums: Summation,
  node: TapeNode,
  p: Tensor,
  d: Tensor,
  depth: number,
): StepSum | undefined {
  const { draft, stacks } = sums;
  const { where } = node;
  const multiply = (a: Tensor, b: Tensor): Tensor => draft.add(matmulOp, [a, b], {}, where);
  if (sums.isFixed(p)) {
    const inner = sums.of(d, depth + 1);
    return inner && { ...inner, total: () => multiply(stacks.fixed(p), inner.total()) };
  }
  if (sums.isFixed(d)) {
    const inner = sums.of(p, depth + 1);
    return inner && { ...inner, total: () => multiply(inner.total(), stacks.fixed(d)) };
  }
  if (p.rank !== d.rank || p.shape.slice(0, -2).join() !== d.shape.slice(0, -2).join()) return undefined;
  const [left, right] = [blocks(sums, p, 0, where), blocks(sums, d, 1, where)];
  if (left === undefined || right === undefined) return undefined;
  const join = (parts: readonly Tensor[], axis: number): Tensor => {
    const [only] = parts;
    return parts.length === 1 && only ? only : draft.add(concatOp, parts, { axis }, where);
  };
  const total = (): Tensor => {
    const columns = right.map((block) => block());
    const rows = left.map((block) => {
      const a = block();
      return join(
        columns.map((b) => multiply(a, b)),
        p.rank - 1,
      );
    });
    return join(rows, p.rank - 2);
  };
  return { total, isLarge: true };
}

/**
 * One side of the product for all steps: [p₁ … p_T] for the left one, [d₁; …; d_T] for the right one, in blocks of
 * rows or columns where the operand is a concatenation along the axis that the product keeps.
 */
function blocks(sums: Summation, t: Tensor, side: 0 | 1, where: TapeNode["where"]): Later[] | undefined {
  const node = sums.producer(t);
  const axes = t.shape.map((_, i) => i);
  const swapped = [...axes.slice(0, -2), t.rank - 1, t.rank - 2];
  const isSwapped =
    node !== undefined && isNode(permuteOp, node) && node.attrs.axes.join() === swapped.join();
  const source = isSwapped ? (node.inputs[0] ?? t) : t;
  const kept = isSwapped === (side === 0) ? t.rank - 1 : t.rank - 2;
  const stacks = parts(sums, source, kept);
  return stacks?.map((stack) => () => merged(sums, stack(), isSwapped, side, where));
}

/** The stack of t, or of each part if t is a concatenation along `axis`. */
function parts(sums: Summation, t: Tensor, axis: number): Later[] | undefined {
  const { draft, stacks } = sums;
  const node = sums.producer(t);
  const found: Later[] = [];
  if (node !== undefined && isNode(concatOp, node) && node.attrs.axis === axis) {
    for (const part of node.inputs) {
      const stack = stacks.request(part);
      if (stack === undefined) return undefined;
      found.push(stack);
    }
    return found;
  }
  const stack = stacks.known(t);
  const joint = stack && draft.madeBy(concatOp, stack);
  if (joint?.attrs.axis === axis + 1) return joint.inputs.map((part) => () => part);
  const later = stacks.request(t);
  return later && [later];
}

/**
 * A stack [length, …, m, k] as [… , m, length·k], or [length, …, k, n] as [… , length·k, n]; `isSwapped` says that the
 * stack has its last two axes the other way round.
 */
function merged(
  { draft }: Summation,
  stack: Tensor,
  isSwapped: boolean,
  side: 0 | 1,
  where: TapeNode["where"],
): Tensor {
  const move = (x: Tensor, axes: readonly number[]): Tensor =>
    axes.every((axis, i) => axis === i) ? x : draft.add(permuteOp, [x], { axes }, where);
  const shaped = (x: Tensor, shape: Shape): Tensor => draft.add(reshapeOp, [x], { shape }, where);
  const { rank } = stack;
  const batch = stack.shape.slice(1, -2).map((_, i) => i + 1);
  const [length = 0] = stack.shape;
  // The summed axis of each step, and the one that is kept.
  const summed = isSwapped === (side === 0) ? rank - 2 : rank - 1;
  const kept = summed === rank - 2 ? rank - 1 : rank - 2;
  const [k = 0, n = 0] = [stack.shape[summed], stack.shape[kept]];
  const lead = batch.map((axis) => stack.shape[axis] ?? 0);
  const tall = shaped(move(stack, [...batch, 0, summed, kept]), [...lead, length * k, n]);
  const end = lead.length;
  return side === 1 ? tall : move(tall, [...lead.map((_, i) => i), end + 1, end]);
}
