import { addOp, divOp, mulOp, negOp, subOp } from "../../../ops/arithmetic.js";
import { takeGradOp } from "../../../ops/indexing.js";
import { concatOp } from "../../../ops/join.js";
import { matmulOp } from "../../../ops/matmul.js";
import { permuteOp, reshapeOp } from "../../../ops/movement.js";
import { sumOp } from "../../../ops/reduce.js";
import { padOp, sliceOp } from "../../../ops/slice.js";
import type { TapeNode } from "../../../tape/tape.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { applies, isNode, type Draft } from "../rewrite/draft.js";
import type { ScanTapeNode } from "../rewrite/scans.js";
import { numberOf } from "../simplify/simplifier.js";
import { INVARIANT, type Classes } from "./classes.js";
import { productSum } from "./product-sum.js";
import type { Later, Stacks } from "./stacks.js";

/** Deeper expressions than this stay in the loop. */
const MOST_NESTED = 100;

/** A sum over all steps, to be made after the loop. */
export interface StepSum {
  readonly total: Later;
  /** Whether it is a reduction of what is large, such as a product over all steps, and worth stacking data for. */
  readonly isLarge: boolean;
}

/** Finds, for values of a loop's body, how to get their sum over all steps after the loop. */
export class Summation {
  readonly draft: Draft;
  readonly node: ScanTapeNode;
  readonly stacks: Stacks;
  readonly #classes: Classes;

  constructor(draft: Draft, node: ScanTapeNode, stacks: Stacks, classes: Classes) {
    this.draft = draft;
    this.node = node;
    this.stacks = stacks;
    this.#classes = classes;
  }

  /** Whether a value is the same in every step. */
  isFixed(t: Tensor): boolean {
    return this.#classes.of(t) <= INVARIANT;
  }

  /** The node of the body that makes t. */
  producer(t: Tensor): TapeNode | undefined {
    return this.node.attrs.body.producer(t)?.node;
  }

  /** Σ over all steps of t; `undefined` if that is not made of something smaller. */
  of(t: Tensor, depth = 0): StepSum | undefined {
    const { draft, stacks } = this;
    const { length } = this.node.attrs;
    if (this.isFixed(t)) {
      const total = (): Tensor =>
        draft.add(mulOp, [stacks.fixed(t), numberOf(length, t.dtype)], {}, this.node.where);
      return { total, isLarge: false };
    }
    const node = this.producer(t);
    if (node === undefined || depth > MOST_NESTED) return undefined;
    const { attrs, op, where } = node;
    const [x, w] = node.inputs;
    if (x === undefined) return undefined;
    if (applies(matmulOp, node) && w !== undefined) return productSum(this, node, x, w, depth);
    if (isNode(sumOp, node)) return this.#sum(t, x, node.attrs.axes, where);
    if (isNode(takeGradOp, node) && w !== undefined && node.attrs.axis === 0) {
      const [dys, places] = [stacks.request(x), stacks.request(w)];
      if (dys === undefined || places === undefined) return undefined;
      return { total: () => draft.add(op, [dys(), places()], attrs, where), isLarge: true };
    }
    if (isNode(padOp, node) && node.attrs.value !== 0) return undefined;
    if ([reshapeOp, permuteOp, sliceOp, padOp, negOp].some((each) => applies(each, node))) {
      const inner = this.of(x, depth + 1);
      return inner && { ...inner, total: () => draft.add(op, [inner.total()], attrs, where) };
    }
    if (
      w === undefined ? applies(concatOp, node) : [addOp, subOp, concatOp].some((each) => applies(each, node))
    ) {
      return this.#each(node, depth);
    }
    if (w === undefined) return undefined;
    // Linear in one operand, if the other is the same in every step.
    if (applies(mulOp, node) && this.isFixed(x)) return this.#scaled(node, [x, w], 1, depth);
    if ((applies(mulOp, node) || applies(divOp, node)) && this.isFixed(w)) {
      return this.#scaled(node, [x, w], 0, depth);
    }
    return undefined;
  }

  /** A sum over axes of each step's value: a sum over the steps too. */
  #sum(t: Tensor, x: Tensor, axes: readonly number[], where: TapeNode["where"]): StepSum | undefined {
    const stack = this.stacks.request(x);
    if (stack === undefined) return undefined;
    const all = [0, ...axes.map((axis) => axis + 1)];
    const total = (): Tensor => {
      const sum = this.draft.add(sumOp, [stack()], { axes: all, keepDims: false }, where);
      return sum.rank === t.rank ? sum : this.draft.add(reshapeOp, [sum], { shape: t.shape }, where);
    };
    return { total, isLarge: false };
  }

  /** The operation on the sums of all its operands. */
  #each({ op, inputs, attrs, where }: TapeNode, depth: number): StepSum | undefined {
    const sums: StepSum[] = [];
    for (const t of inputs) {
      const sum = this.of(t, depth + 1);
      if (sum === undefined) return undefined;
      sums.push(sum);
    }
    const total = (): Tensor =>
      this.draft.add(
        op,
        sums.map((sum) => sum.total()),
        attrs,
        where,
      );
    return { total, isLarge: sums.some((sum) => sum.isLarge) };
  }

  /** The operation on the sum of operand `varying` and the other one as it is. */
  #scaled({ op, attrs, where }: TapeNode, operands: readonly Tensor[], varying: number, depth: number) {
    const [x, other] = [operands[varying], operands[1 - varying]];
    const inner = x && this.of(x, depth + 1);
    if (inner === undefined || other === undefined) return undefined;
    const total = (): Tensor => {
      const [sum, fixed] = [inner.total(), this.stacks.fixed(other)];
      return this.draft.add(op, varying === 0 ? [sum, fixed] : [fixed, sum], attrs, where);
    };
    return { ...inner, total };
  }
}
