import { checkpointOp } from "../../control/checkpoint.js";
import { customOp } from "../../control/custom.js";
import { identityOp } from "../../tape/identity.js";
import type { Tape, TapeNode } from "../../tape/tape.js";
import type { Where } from "../../tape/where.js";
import { Tensor } from "../../tensor/tensor.js";
import type { Pass } from "./pass.js";
import { barrierOp } from "./rewrite/barrier.js";
import { applies, Draft, isNode } from "./rewrite/draft.js";
import { isScan } from "./rewrite/scans.js";

/**
 * Puts the bodies of `checkpoint` and `customGradient` in the place of their nodes. A checkpoint's inputs pass through
 * barriers, where it is first computed and where a sweep computes it again: the two are not merged, and a loop around
 * a checkpoint keeps its values to itself, a step at a time.
 *
 * Afterwards no two loops share a body, or parts of one: each value of the whole program is one tensor.
 */
export const inline: Pass = {
  name: "inline",
  does: "puts the bodies of checkpoint and customGradient in their place",
  run: (tape) => new Inliner().run(tape, new Map(), false),
};

class Inliner {
  /** Values of bodies that are in the program already; when a body comes again, it gets fresh ones. */
  readonly #used = new Set<Tensor>();
  /** Results of checkpoints, by which their recomputation is known. */
  readonly #checkpointed = new Set<Tensor>();

  /** @param values what stands for tensors of the tape; @param fresh whether every value needs a new tensor */
  run(tape: Tape, values: Map<Tensor, Tensor>, fresh: boolean): Tape {
    const draft = new Draft(tape);
    if (fresh) {
      draft.tape.inputs.length = 0;
      for (const t of tape.inputs) draft.tape.inputs.push(this.#copy(draft, values, t));
    }
    for (const node of tape.nodes) this.#node(draft, node, values, fresh, undefined);
    draft.tape.outputs = tape.outputs.map((t) => values.get(t) ?? t);
    return draft.tape;
  }

  #copy(draft: Draft, values: Map<Tensor, Tensor>, t: Tensor): Tensor {
    const copy = new Tensor({ shape: t.shape, dtype: t.dtype }, { owner: draft.tape });
    copy.label = t.label;
    values.set(t, copy);
    return copy;
  }

  #node(
    draft: Draft,
    node: TapeNode,
    values: Map<Tensor, Tensor>,
    fresh: boolean,
    caller: TapeNode | undefined,
  ): void {
    const inputs = node.inputs.map((t) => values.get(t) ?? t);
    if (isNode(checkpointOp, node) || isNode(customOp, node)) {
      const isCheckpoint = isNode(checkpointOp, node);
      if (isCheckpoint) for (const t of node.outputs) this.#checkpointed.add(t);
      const given = isCheckpoint ? inputs.map((t) => draft.add(barrierOp, [t], {}, node.where)) : inputs;
      this.#body(draft, node, node.attrs.body, given, values);
      return;
    }
    const outputs = fresh ? node.outputs.map((t) => this.#copy(draft, values, t)) : node.outputs;
    const where = placeWithin(node.where, caller, values);
    if (isScan(node)) {
      const { saved: _, ...attrs } = node.attrs;
      const body = this.run(attrs.body, new Map(), this.#isUsed(attrs.body));
      draft.tape.push(node.op, inputs, outputs, { ...attrs, body }, where);
      return;
    }
    const of = node.where.derivative?.of;
    const again = applies(identityOp, node) && of !== undefined && this.#checkpointed.has(of);
    draft.tape.push(again ? barrierOp : node.op, inputs, outputs, node.attrs, where);
  }

  #body(
    draft: Draft,
    node: TapeNode,
    body: Tape,
    inputs: readonly Tensor[],
    values: Map<Tensor, Tensor>,
  ): void {
    const inner = new Map<Tensor, Tensor>();
    body.inputs.forEach((t, i) => inner.set(t, inputs[i] ?? t));
    const fresh = this.#isUsed(body);
    for (const each of body.nodes) this.#node(draft, each, inner, fresh, node);
    body.outputs.forEach((t, i) => {
      const [outer, result] = [node.outputs[i], inner.get(t) ?? t];
      if (outer === undefined) return;
      values.set(outer, result);
      draft.rename(outer, result);
    });
  }

  /** Whether the program has values of this body already; notes that it has them now. */
  #isUsed(body: Tape): boolean {
    const own = [...body.inputs, ...body.nodes.flatMap((node) => node.outputs)];
    const isUsed = own.some((t) => this.#used.has(t));
    if (!isUsed) for (const t of own) this.#used.add(t);
    return isUsed;
  }
}

/** The place of a node that came from the body of `caller`: the body was traced where the caller stands. */
function placeWithin(where: Where, caller: TapeNode | undefined, values: ReadonlyMap<Tensor, Tensor>): Where {
  const derivative = where.derivative ?? caller?.where.derivative;
  if (derivative === undefined) return where;
  const of = values.get(derivative.of) ?? derivative.of;
  if (of === where.derivative?.of) return where;
  return { ...where, derivative: { ...derivative, of } };
}
