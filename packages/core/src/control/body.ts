import { execute } from "../tape/execute.js";
import { isObserved, report } from "../tape/observe.js";
import { runAt } from "../tape/where.js";
import { Tape, type TapeNode } from "../tape/tape.js";
import { ShapeError, TraceError } from "../errors.js";
import { sameShape } from "../tensor/shape.js";
import { describe, type Tensor, type TensorType } from "../tensor/tensor.js";

/** A body resolved to slots, so that running it is a walk over arrays. */
interface Plan {
  readonly steps: readonly {
    readonly node: TapeNode;
    readonly inputs: readonly number[];
    readonly outputs: readonly number[];
    readonly types: readonly TensorType[];
    /** Slots whose value is not needed after this step. */
    readonly free: readonly number[];
  }[];
  readonly constants: readonly (Tensor | undefined)[];
  readonly outputs: readonly number[];
}

const plans = new WeakMap<Tape, Plan>();

/**
 * The reference executor of a closed tape: runs each node's kernel on concrete inputs, recording nothing. Values
 * are dropped as soon as no later node reads them. `step` is the time step, for error messages.
 */
export function runBody(body: Tape, inputs: readonly Tensor[], step?: number): Tensor[] {
  let plan = plans.get(body);
  if (plan === undefined) plans.set(body, (plan = planOf(body)));
  const slots: (Tensor | undefined)[] = [...plan.constants];
  inputs.forEach((t, i) => (slots[i] = t));
  for (const { node, inputs: from, outputs: to, types, free } of plan.steps) {
    const operands = from.map((slot) => filled(slots[slot]));
    // A kernel's complaint (an index out of range) names the body's scope and, in a loop, the time step.
    const where = { ...node.where, step: step ?? node.where.step };
    const results = runAt(where, () => execute(node.op, operands, node.attrs, types));
    if (isObserved()) report({ op: node.op, inputs: operands, outputs: results, attrs: node.attrs, where });
    to.forEach((slot, i) => (slots[slot] = results[i]));
    for (const slot of free) slots[slot] = undefined;
  }
  return plan.outputs.map((slot) => filled(slots[slot]));
}

function filled(t: Tensor | undefined): Tensor {
  if (t === undefined) throw new TraceError("run: a value of the body was read before it was computed");
  return t;
}

function planOf(body: Tape): Plan {
  const slotOf = new Map<Tensor, number>();
  const slot = (t: Tensor): number => {
    const known = slotOf.get(t);
    if (known !== undefined) return known;
    slotOf.set(t, slotOf.size);
    return slotOf.size - 1;
  };
  body.inputs.forEach(slot);
  const { constants } = body;
  constants.forEach(slot);
  const lastUse = new Map<number, number>();
  const steps = body.nodes.map((node, index) => {
    const inputs = node.inputs.map(slot);
    const outputs = node.outputs.map(slot);
    for (const s of [...inputs, ...outputs]) lastUse.set(s, index);
    return { node, inputs, outputs, types: node.outputs };
  });
  const outputs = body.outputs.map(slot);
  const kept = new Set([...outputs, ...constants.map(slot)]);
  const freeAt = new Map<number, number[]>();
  for (const [s, index] of lastUse) if (!kept.has(s)) freeAt.set(index, [...(freeAt.get(index) ?? []), s]);
  const values = new Array<Tensor | undefined>(slotOf.size).fill(undefined);
  for (const t of constants) values[slot(t)] = t;
  return {
    steps: steps.map((step, i) => ({ ...step, free: freeAt.get(i) ?? [] })),
    constants: values,
    outputs,
  };
}

/**
 * Throws ShapeError unless the inputs have the types that the body was traced for: a body's sizes are fixed, and
 * `replay` may bring others. `rows` says which inputs have a leading axis, of `length`, that the body does not see.
 */
export function checkBodyInputs(
  op: string,
  body: Tape,
  inputs: readonly TensorType[],
  rows: (i: number) => boolean = () => false,
  length = 0,
): void {
  body.inputs.forEach((inner, i) => {
    const got = inputs[i];
    const shape = rows(i) ? [length, ...inner.shape] : inner.shape;
    if (got?.dtype === inner.dtype && sameShape(got.shape, shape)) return;
    const expected = describe({ shape, dtype: inner.dtype });
    throw new ShapeError(
      `${op}: got ${got === undefined ? "nothing" : describe(got)} as input ${i}, expected ${expected}, for which its body was traced`,
    );
  });
}

/** The nodes among `nodes` that `targets` depend on, in order. */
export function neededNodes(nodes: readonly TapeNode[], targets: readonly Tensor[]): TapeNode[] {
  const needed = new Set(targets);
  const kept: TapeNode[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i];
    if (!node?.outputs.some((t) => needed.has(t))) continue;
    kept.push(node);
    node.inputs.forEach((t) => needed.add(t));
  }
  return kept.reverse();
}

/** A closed tape made of nodes that are already there: other outputs, or a part of a larger tape. */
export function tapeOf(
  inputs: readonly Tensor[],
  nodes: readonly TapeNode[],
  outputs: readonly Tensor[],
): Tape {
  const tape = new Tape({ isAbstract: true });
  tape.inputs.push(...inputs);
  for (const { op, inputs: from, outputs: to, attrs, where } of nodes) tape.push(op, from, to, attrs, where);
  tape.outputs = outputs;
  return tape;
}
