import { addOp } from "../../ops/arithmetic.js";
import { broadcastToOp } from "../../ops/movement.js";
import type { Tape, TapeNode } from "../../tape/tape.js";
import { sameShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Classes } from "./loops/classes.js";
import { Stacks } from "./loops/stacks.js";
import { Summation, type StepSum } from "./loops/summed.js";
import type { Pass } from "./pass.js";
import { barrierOp } from "./rewrite/barrier.js";
import { applies, Draft } from "./rewrite/draft.js";
import { addScan, isScan, partsOf, type Carry, type ScanTapeNode } from "./rewrite/scans.js";

/**
 * Takes running sums out of loops: instead of adding hᵀ·dz, or the sum of dz over the batch, to the gradient of a
 * weight in every step, the loop returns what is multiplied and summed, and one large product (or sum) over all steps
 * follows. The sums run in another order, so they round differently.
 */
export const stack: Pass = {
  name: "stack",
  does: "sums gradients of weights over all steps at once, after the loop",
  run,
};

function run(tape: Tape): Tape {
  if (!tape.nodes.some(isScan)) return tape;
  const draft = new Draft(tape);
  let changed = false;
  for (const node of tape.nodes) {
    if (!isScan(node)) {
      draft.keep(node);
      continue;
    }
    const body = run(node.attrs.body);
    const inner = { ...node, inputs: draft.all(node.inputs), attrs: { ...node.attrs, body } };
    changed ||= body !== node.attrs.body;
    changed = stackFrom(draft, inner) || changed;
  }
  return changed ? draft.finish(tape.outputs) : tape;
}

/** A carry that only sums, what each step adds to it, and the nodes that do. */
interface RunningSum {
  readonly carry: Carry;
  readonly terms: readonly Tensor[];
  readonly adds: readonly TapeNode[];
}

/**
 * Appends a scan without the running sums that can be made after it, and returns whether there are any. The node's
 * inputs are of the draft.
 */
function stackFrom(draft: Draft, node: ScanTapeNode): boolean {
  const { body, length } = node.attrs;
  // What a checkpoint computes again is there for one step at a time: to stack it would be to keep it after all.
  const isSparing = body.nodes.some((each) => applies(barrierOp, each));
  const found = length < 2 || isSparing ? [] : runningSums(node);
  const asIs = (): boolean => {
    draft.keep(node);
    return false;
  };
  if (found.length === 0) return asIs();
  const parts = partsOf(node);
  const classes = new Classes(parts, body.nodes);
  const stacks = new Stacks(draft, node, parts, classes);
  const sums = new Summation(draft, node, stacks, classes);
  const totals = new Map<RunningSum, readonly StepSum[]>();
  const plan = (each: RunningSum, accept: (terms: readonly StepSum[]) => boolean): void => {
    const before = stacks.added.length;
    const terms = each.terms.map((t) => sums.of(t));
    const known = terms.filter((t) => t !== undefined);
    if (known.length === terms.length && accept(known)) totals.set(each, known);
    else stacks.rollBack(before);
  };
  for (const each of found) plan(each, (terms) => terms.some((t) => t.isLarge));
  // For a plain sum nothing is stacked that is not stacked anyway.
  stacks.isFrozen = true;
  for (const each of found) if (!totals.has(each)) plan(each, () => true);

  if (totals.size === 0) return asIs();
  const gone = new Set([...totals.keys()].flatMap(({ adds }) => adds));
  const carries = new Set([...totals.keys()].map(({ carry }) => carry.inner));
  addScan(
    draft,
    node,
    body.nodes.filter((each) => !gone.has(each)),
    {
      ...parts,
      carries: parts.carries.filter((c) => !carries.has(c.inner)),
      results: [...parts.results, ...stacks.added],
    },
  );
  const add = (a: Tensor, b: Tensor): Tensor => draft.add(addOp, [a, b], {}, node.where);
  for (const [{ carry }, terms] of totals) {
    const all = terms.map((t) => t.total());
    const start = isZero(draft, carry.initial) ? [] : [carry.initial];
    const [first = carry.initial, ...others] = [...start, ...all];
    draft.rename(carry.last, others.reduce(add, first));
  }
  return true;
}

/** The carries that no step reads but to add to them. */
function runningSums(node: ScanTapeNode): RunningSum[] {
  const { body } = node.attrs;
  const uses = new Map<Tensor, number>();
  const use = (t: Tensor): unknown => uses.set(t, (uses.get(t) ?? 0) + 1);
  for (const each of body.nodes) each.inputs.forEach(use);
  body.outputs.forEach(use);
  const found: RunningSum[] = [];
  for (const carry of partsOf(node).carries) {
    if (uses.get(carry.inner) !== 1) continue;
    const path = additions(body, carry, uses);
    if (path !== undefined) found.push({ carry, ...path });
  }
  return found;
}

/** From the next value down to the carry: next = (carry + a) + b, where nobody else reads the sums. */
function additions(body: Tape, { inner, next }: Carry, uses: ReadonlyMap<Tensor, number>) {
  const terms: Tensor[] = [];
  const adds: TapeNode[] = [];
  // The sums that lead from the carry to something, found from the front.
  const leads = new Map<Tensor, TapeNode | undefined>([[inner, undefined]]);
  for (const node of body.nodes) {
    const [y] = node.outputs;
    if (y !== undefined && applies(addOp, node) && node.inputs.some((t) => leads.has(t))) leads.set(y, node);
  }
  for (let at = next; at !== inner;) {
    const node = leads.get(at);
    const [a, b] = node?.inputs ?? [];
    if (node === undefined || a === undefined || b === undefined || uses.get(at) !== 1) return undefined;
    if (leads.has(a) === leads.has(b)) return undefined;
    const [sum, term] = leads.has(a) ? [a, b] : [b, a];
    if (!sameShape(term.shape, inner.shape)) return undefined;
    adds.push(node);
    terms.unshift(term);
    at = sum;
  }
  return terms.length === 0 ? undefined : { terms, adds };
}

function isZero(draft: Draft, t: Tensor): boolean {
  const scalar = t.isAbstract ? draft.madeBy(broadcastToOp, t)?.inputs[0] : t;
  return scalar !== undefined && !scalar.isAbstract && scalar.rank === 0 && scalar.item() === 0;
}
