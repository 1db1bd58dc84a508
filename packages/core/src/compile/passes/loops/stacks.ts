import { concatOp } from "../../../ops/join.js";
import { permuteOp, reshapeOp } from "../../../ops/movement.js";
import { flipOp, sliceOp } from "../../../ops/slice.js";
import type { TapeNode } from "../../../tape/tape.js";
import { MAX_RANK } from "../../../tensor/shape.js";
import { Tensor } from "../../../tensor/tensor.js";
import { applies, type Draft } from "../rewrite/draft.js";
import { like, type Result, type ScanParts, type ScanTapeNode } from "../rewrite/scans.js";
import { batch, isMovement, repeated, type Operand } from "./batch.js";
import { INVARIANT, ROW, type Classes } from "./classes.js";

/** A value outside of the loop, which can be asked for once the loop is on the tape. */
export type Later = () => Tensor;

/**
 * What values of a loop's body are outside of the loop: the same tensor for what does not vary, and a stack [length, …]
 * of what each step computes.
 */
export class Stacks {
  /** Results that the loop has to return in addition. */
  readonly added: Result[] = [];
  /** Whether no further ones may be added. */
  isFrozen = false;
  readonly #draft: Draft;
  readonly #node: ScanTapeNode;
  readonly #classes: Classes;
  readonly #fixed = new Map<Tensor, Tensor>();
  readonly #stacked = new Map<Tensor, Tensor>();

  constructor(draft: Draft, node: ScanTapeNode, { rows, captured, results }: ScanParts, classes: Classes) {
    this.#draft = draft;
    this.#node = node;
    this.#classes = classes;
    for (const { inner, outer } of captured) this.#fixed.set(inner, outer);
    for (const { inner, outer } of results) this.#stacked.set(inner, outer);
    for (const { inner, outer } of rows) this.#stacked.set(inner, outer);
  }

  /** Forgets a result that the loop will no longer return. */
  forget(inner: Tensor): void {
    this.#stacked.delete(inner);
  }

  /** The stack of a value, if it is there. */
  known(inner: Tensor): Tensor | undefined {
    return this.#stacked.get(inner);
  }

  /** Makes a node before the loop: once if it does not vary, else for all steps. Its inputs are there. */
  hoist(node: TapeNode): void {
    const [y] = node.outputs;
    if (y !== undefined && this.#classes.of(y) === ROW) {
      const stack = batch(this.#draft, node, this.#node.attrs.length, (t) => this.#operand(t));
      this.#stacked.set(y, stack);
      stack.label ??= y.label;
    } else this.#copy(node);
  }

  #copy(node: TapeNode): void {
    const outputs = node.outputs.map((t) => like(t, this.#draft.tape));
    const inputs = node.inputs.map((t) => this.fixed(t));
    this.#draft.tape.push(node.op, inputs, outputs, node.attrs, node.where);
    node.outputs.forEach((t, i) => this.#fixed.set(t, outputs[i] ?? t));
  }

  /** What does not vary, outside of the loop. */
  fixed(t: Tensor): Tensor {
    const known = this.#fixed.get(t);
    if (known !== undefined) return known;
    const node = this.#node.attrs.body.producer(t)?.node;
    if (node === undefined) return t;
    this.#copy(node);
    return this.fixed(t);
  }

  #operand(t: Tensor): Operand {
    // A result of the loop may be invariant: it is read as it is, which does not have to wait for the loop.
    const stack = this.#classes.of(t) <= INVARIANT ? undefined : this.#stacked.get(t);
    return stack === undefined ? { t: this.fixed(t), stacked: false } : { t: stack, stacked: true };
  }

  /**
   * The stack of any value of the body, which the loop returns in addition if there is no other way; `undefined` if it
   * would have to but may not.
   */
  request(t: Tensor): Later | undefined {
    const known = this.#stacked.get(t);
    if (known !== undefined) return () => known;
    if (this.#classes.of(t) <= INVARIANT) {
      return () => repeated(this.#draft, this.fixed(t), this.#node.attrs.length, this.#node);
    }
    return this.open(t) ?? this.#add(t);
  }

  #add(t: Tensor): Later | undefined {
    if (this.isFrozen || t.rank >= MAX_RANK) return undefined;
    const { length } = this.#node.attrs;
    const outer = new Tensor({ shape: [length, ...t.shape], dtype: t.dtype }, { owner: this.#draft.tape });
    outer.label = t.label;
    this.added.push({ inner: t, outer });
    this.#stacked.set(t, outer);
    return () => outer;
  }

  /** The stack of a value that is only moved: of the stacks that it is made of. */
  open(t: Tensor): Later | undefined {
    const node = this.#node.attrs.body.producer(t)?.node;
    if (node === undefined || !isMovement(node) || !isStackable(node)) return undefined;
    const isCut = applies(sliceOp, node) || applies(flipOp, node);
    const parts = new Map<Tensor, Later | undefined>();
    for (const x of node.inputs) {
      if (this.#classes.of(x) <= INVARIANT) continue;
      if (isCut && !this.#stacked.has(x)) return undefined;
      const part = this.request(x);
      if (part === undefined) return undefined;
      parts.set(x, part);
    }
    const { length } = this.#node.attrs;
    return () =>
      batch(this.#draft, node, length, (x) => {
        const part = parts.get(x);
        return part === undefined ? { t: this.fixed(x), stacked: false } : { t: part(), stacked: true };
      });
  }

  /** What the loop returns in addition since `count` results ago is no longer needed. */
  rollBack(count: number): void {
    for (const { inner } of this.added.splice(count)) this.#stacked.delete(inner);
  }

  /** Whether a result should be put together outside: it is a joint, or a mere view, of what may be stacked. */
  isOpen(t: Tensor): boolean {
    const node = this.#node.attrs.body.producer(t)?.node;
    if (node === undefined || !isStackable(node)) return false;
    return [concatOp, reshapeOp, permuteOp].some((op) => applies(op, node));
  }
}

/** Whether one more axis, that of the steps, can be added to all that the node reads and makes. */
function isStackable({ inputs, outputs }: TapeNode): boolean {
  return [...inputs, ...outputs].every((t) => t.rank < MAX_RANK);
}
