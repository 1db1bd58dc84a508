import { TraceError } from "../../../errors.js";
import type { Attributes, Op } from "../../../tape/op.js";
import { Tape, type Producer, type TapeNode } from "../../../tape/tape.js";
import type { Where } from "../../../tape/where.js";
import { Tensor } from "../../../tensor/tensor.js";
import { noteReplaced, placeOf } from "./places.js";

/**
 * A tape in the making, written from front to back. Tensors that a pass leaves alone stay the same objects, so labels,
 * and the places that derivative nodes name, survive; only what takes the place of another value is renamed.
 */
export class Draft {
  readonly tape = new Tape({ isAbstract: true });
  readonly #renamed = new Map<Tensor, Tensor>();

  /** @param source the tape that this one replaces: its inputs, captures and origins are taken over */
  constructor(source: Tape) {
    this.tape.inputs.push(...source.inputs);
    for (const [outer, inner] of source.captures) this.tape.captures.set(outer, inner);
    for (const [input, origin] of source.origins) this.tape.origins.set(input, origin);
  }

  /** What stands for a tensor of the source. */
  of(t: Tensor): Tensor {
    return this.#renamed.get(t) ?? t;
  }

  all(tensors: readonly Tensor[]): readonly Tensor[] {
    return this.#renamed.size === 0 ? tensors : tensors.map((t) => this.of(t));
  }

  /** From here on `by` stands for `t`. */
  rename(t: Tensor, by: Tensor): void {
    if (t === by) return;
    this.#renamed.set(t, by);
    by.label ??= t.label;
    noteReplaced(t, by);
  }

  /** Takes a node of the source over, on what stands for its inputs. */
  keep(node: TapeNode, attrs: Attributes = node.attrs): void {
    this.tape.push(node.op, this.all(node.inputs), node.outputs, attrs, placeOf(node));
  }

  /** Appends a node with fresh outputs. Its inputs are tensors of this tape. */
  addAll<A extends Attributes>(
    op: Op<A>,
    inputs: readonly Tensor[],
    attrs: A,
    where: Where,
  ): readonly Tensor[] {
    const outputs = op.infer(inputs, attrs).map((type) => new Tensor(type, { owner: this.tape }));
    this.tape.push(op, inputs, outputs, attrs, where);
    return outputs;
  }

  /** As {@link addAll}, for an operation with one output. */
  add<A extends Attributes>(op: Op<A>, inputs: readonly Tensor[], attrs: A, where: Where): Tensor {
    const [output] = this.addAll(op, inputs, attrs, where);
    if (output === undefined) throw new TraceError(`${op.name}: has no output`);
    return output;
  }

  /** The node that made `t`, `undefined` for inputs and constants. */
  producer(t: Tensor): Producer | undefined {
    return this.tape.producer(t);
  }

  /** The node that made `t`, if it is an application of `op`. */
  madeBy<A extends Attributes>(op: Op<A>, t: Tensor): NodeOf<A> | undefined {
    const node = this.tape.producer(t)?.node;
    return node !== undefined && isNode(op, node) ? node : undefined;
  }

  /** The finished tape, which returns what stands for the given tensors. */
  finish(outputs: readonly Tensor[]): Tape {
    this.tape.outputs = this.all(outputs);
    return this.tape;
  }
}

/** A node whose operation, and so the type of its attributes, is known. */
export type NodeOf<A extends Attributes> = TapeNode & { readonly attrs: A };

/** Whether a node applies `op`. */
export function isNode<A extends Attributes>(op: Op<A>, node: TapeNode): node is NodeOf<A> {
  return applies(op, node);
}

/** As {@link isNode}, for operations whose attributes do not matter. */
export function applies(op: object, node: TapeNode): boolean {
  return node.op === op;
}
