import { literal } from "../../../tape/apply.js";
import type { Attributes, Op } from "../../../tape/op.js";
import type { TapeNode } from "../../../tape/tape.js";
import type { Where } from "../../../tape/where.js";
import { broadcastToOp } from "../../../ops/movement.js";
import type { Dtype } from "../../../tensor/dtype.js";
import type { Shape } from "../../../tensor/shape.js";
import { Tensor } from "../../../tensor/tensor.js";
import { isNode, type Draft } from "../rewrite/draft.js";

/** What a rule gets: a node that may never be made, on inputs that are simplified already. */
export type Pending<A extends Attributes = Attributes> = Pick<TapeNode, "op" | "inputs" | "where"> & {
  readonly attrs: A;
  /** The result, of which a rule needs to know shape and dtype. */
  readonly output: Tensor;
};

/** What stands for the result, or `undefined` if the rule does not apply. */
export type Rule<A extends Attributes = Attributes> = (node: Pending<A>, make: Maker) => Tensor | undefined;

/** Appends nodes to a draft, each simplified as it is made. */
export class Maker {
  readonly draft: Draft;
  readonly #rules: (op: Op) => readonly Rule[];

  constructor(draft: Draft, rules: (op: Op) => readonly Rule[]) {
    this.draft = draft;
    this.#rules = rules;
  }

  /** What stands for the node's result after all rules that apply; `undefined` if none does. */
  simplified(node: Pending): Tensor | undefined {
    for (const rule of this.#rules(node.op)) {
      const result = rule(node, this);
      if (result !== undefined) return result;
    }
    return undefined;
  }

  /** Applies an operation, or whatever is simpler. */
  add<A extends Attributes>(op: Op<A>, inputs: readonly Tensor[], attrs: A, where: Where): Tensor {
    const [type] = op.infer(inputs, attrs);
    if (type !== undefined) {
      const output = new Tensor(type, { owner: this.draft.tape });
      const simpler = this.simplified({ op, inputs, attrs, where, output });
      if (simpler !== undefined) return simpler;
      this.draft.tape.push(op, inputs, [output], attrs, where);
      return output;
    }
    return this.draft.add(op, inputs, attrs, where);
  }

  /** A tensor whose elements all are `value`. */
  fill(
    value: number,
    { shape, dtype }: { readonly shape: Shape; readonly dtype: Dtype },
    where: Where,
  ): Tensor {
    const scalar = numberOf(value, dtype);
    return shape.length === 0 ? scalar : this.draft.add(broadcastToOp, [scalar], { shape }, where);
  }

  /** The value that all elements of t have, if that is known. */
  constant(t: Tensor): number | undefined {
    if (!t.isAbstract) return t.rank === 0 ? t.item() : undefined;
    const node = this.draft.producer(t)?.node;
    const [x] = node?.inputs ?? [];
    if (node === undefined || x === undefined || !isNode(broadcastToOp, node)) return undefined;
    return x.isAbstract || x.rank > 0 ? undefined : x.item();
  }
}

/** A number of the program, as a scalar tensor. */
export function numberOf(value: number, dtype: Dtype): Tensor {
  return literal("constant", dtype === "bool" ? value !== 0 : value, dtype);
}
