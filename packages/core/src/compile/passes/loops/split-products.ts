import { addOp } from "../../../ops/arithmetic.js";
import { concatOp } from "../../../ops/join.js";
import { matmulOp } from "../../../ops/matmul.js";
import { sliceOp } from "../../../ops/slice.js";
import type { Tape, TapeNode } from "../../../tape/tape.js";
import { sameShape } from "../../../tensor/shape.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { applies, Draft } from "../rewrite/draft.js";
import { noteReplaced } from "../rewrite/places.js";
import { partsOf, type ScanTapeNode } from "../rewrite/scans.js";
import { CARRIED, Classes, INVARIANT, ROW } from "./classes.js";

/** A sum of what is carried from step to step and of what is not. */
interface Sum {
  readonly carried: Tensor;
  readonly row: Tensor;
}

/**
 * The body of a scan in which products of [h; x] with a weight are split: [h; x]·w = h·w[:H] + x·w[H:], where h is
 * carried and x is the step's data, so that x·w[H:] can be computed for all steps at once. What is added next, a bias,
 * joins that part: (h·w₁ + x·w₂) + b becomes h·w₁ + (x·w₂ + b).
 */
export function splitProducts(node: ScanTapeNode): Tape {
  const { body } = node.attrs;
  return new Splitter(node).run(body);
}

class Splitter {
  readonly #draft: Draft;
  readonly #classes: Classes;
  readonly #uses = new Map<Tensor, number>();
  /** Sums that may still take more in, by their result. */
  readonly #sums = new Map<Tensor, Sum>();
  /** What products of the step's data lead to. */
  readonly #heavy = new Set<Tensor>();
  #changed = false;

  constructor(node: ScanTapeNode) {
    const { body } = node.attrs;
    this.#draft = new Draft(body);
    this.#classes = new Classes(partsOf(node));
    const use = (t: Tensor): unknown => this.#uses.set(t, (this.#uses.get(t) ?? 0) + 1);
    for (const each of body.nodes) each.inputs.forEach(use);
    body.outputs.forEach(use);
  }

  run(body: Tape): Tape {
    const { nodes } = this.#draft.tape;
    for (const node of body.nodes) {
      const before = nodes.length;
      if (!this.#split(node) && !this.#regroup(node)) this.#draft.keep(node);
      for (const made of nodes.slice(before)) this.#see(made);
    }
    return this.#changed ? this.#draft.finish(body.outputs) : body;
  }

  #see(node: TapeNode): void {
    const isRow = this.#classes.add(node) === ROW;
    if (isRow && (applies(matmulOp, node) || node.inputs.some((t) => this.#heavy.has(t)))) {
      for (const t of node.outputs) this.#heavy.add(t);
    }
    const [a, b] = node.inputs;
    const [y] = node.outputs;
    if (!applies(addOp, node) || a === undefined || b === undefined || y === undefined) return;
    for (const [carried, row] of [
      [a, b],
      [b, a],
    ] as const) {
      const isSum = this.#classes.of(carried) === CARRIED && this.#heavy.has(row);
      if (isSum && sameShape(row.shape, y.shape)) this.#sums.set(y, { carried, row });
    }
  }

  /** [h; x]·w, and with the columns layout w·[h; x]. */
  #split(node: TapeNode): boolean {
    const [left, right] = this.#draft.all(node.inputs);
    if (!applies(matmulOp, node) || left === undefined || right === undefined) return false;
    return this.#splitSide(node, left, right, 0) || this.#splitSide(node, right, left, 1);
  }

  #splitSide(node: TapeNode, joined: Tensor, w: Tensor, side: 0 | 1): boolean {
    const parts = this.#draft.madeBy(concatOp, joined);
    const axis = joined.rank - 1 - side;
    if (parts?.attrs.axis !== axis || w.rank !== 2 || this.#classes.of(w) > INVARIANT) return false;
    if (side === 1 && joined.rank !== 2) return false;
    const isCarried = (t: Tensor): boolean => this.#classes.of(t) === CARRIED;
    if (!parts.inputs.some(isCarried) || parts.inputs.every(isCarried)) return false;
    const { where } = node;
    const terms: { readonly carried: Tensor[]; readonly row: Tensor[] } = { carried: [], row: [] };
    let at = 0;
    for (const group of grouped(parts.inputs, isCarried)) {
      const [first] = group;
      if (first === undefined) continue;
      const operand = group.length === 1 ? first : this.#draft.add(concatOp, group, { axis }, where);
      const size = operand.shape[axis] ?? 0;
      const rows = side === 0 ? 0 : 1;
      const cut = { size: w.shape.with(rows, size), start: [0, 0].with(rows, at), step: [1, 1] };
      const piece = this.#draft.add(sliceOp, [w], cut, where);
      const pair = side === 0 ? [operand, piece] : [piece, operand];
      (isCarried(first) ? terms.carried : terms.row).push(this.#draft.add(matmulOp, pair, {}, where));
      at += size;
    }
    const [carried, row] = [this.#sum(terms.carried, where), this.#sum(terms.row, where)];
    const [y] = node.outputs;
    if (carried === undefined || row === undefined || y === undefined) return false;
    this.#draft.rename(y, this.#draft.add(addOp, [carried, row], {}, where));
    // The sum may be regrouped; the product stays, so that is what derivatives of this node name.
    noteReplaced(y, carried);
    this.#changed = true;
    return true;
  }

  #sum(terms: readonly Tensor[], where: TapeNode["where"]): Tensor | undefined {
    const [first, ...others] = terms;
    return first && others.reduce((sum, t) => this.#draft.add(addOp, [sum, t], {}, where), first);
  }

  /** (carried + row) + b → carried + (row + b), if nobody else reads the first sum. */
  #regroup(node: TapeNode): boolean {
    const [a, b] = node.inputs;
    const [y] = node.outputs;
    if (!applies(addOp, node) || a === undefined || b === undefined || y === undefined) return false;
    for (const [first, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const sum = this.#uses.get(first) === 1 ? this.#sums.get(this.#draft.of(first)) : undefined;
      const added = this.#draft.of(other);
      if (sum === undefined || this.#classes.of(added) > ROW) continue;
      if (!sameShape(sum.row.shape, y.shape)) continue;
      const row = this.#draft.add(addOp, [sum.row, added], {}, node.where);
      this.#draft.rename(y, this.#draft.add(addOp, [sum.carried, row], {}, node.where));
      this.#changed = true;
      return true;
    }
    return false;
  }
}

/** Neighbours that are alike, together. */
function grouped(tensors: readonly Tensor[], test: (t: Tensor) => boolean): Tensor[][] {
  const groups: Tensor[][] = [];
  for (const t of tensors) {
    const last = groups.at(-1);
    const [first] = last ?? [];
    if (last !== undefined && first !== undefined && test(first) === test(t)) last.push(t);
    else groups.push([t]);
  }
  return groups;
}
