import type { Tape, TapeNode } from "../../tape/tape.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Pass } from "./pass.js";
import { barrierOp } from "./rewrite/barrier.js";
import { applies, Draft } from "./rewrite/draft.js";
import { isScan, partsOf, type ScanTapeNode } from "./rewrite/scans.js";

/**
 * Merges nodes that apply the same operation, with equal attributes, to the same inputs: each value is computed once.
 * Barriers are kept apart, and so are scans; but equal values within a scan, and data or captures that a scan gets
 * twice, become one.
 */
export const cse: Pass = {
  name: "cse",
  does: "computes equal expressions once",
  run: (tape) => run(tape, new Map()),
};

/** @param same inputs of the tape that are known to be equal to other ones */
function run(tape: Tape, same: ReadonlyMap<Tensor, Tensor>): Tape {
  const draft = new Draft(tape);
  const ids = new Ids();
  const known = new Map<string, readonly Tensor[]>();
  let changed = same.size > 0;
  for (const [t, by] of same) draft.rename(t, by);
  for (const node of tape.nodes) {
    if (isScan(node)) {
      const body = run(node.attrs.body, repeated(draft, node));
      const { saved: _, ...attrs } = node.attrs;
      changed ||= body !== node.attrs.body;
      draft.keep(node, body === node.attrs.body ? node.attrs : { ...attrs, body });
      changed = shareResults(draft, node, body) || changed;
      continue;
    }
    if (applies(barrierOp, node)) {
      draft.keep(node);
      continue;
    }
    const key = keyOf(node, draft.all(node.inputs), ids);
    const earlier = known.get(key);
    if (earlier === undefined) {
      draft.keep(node);
      known.set(key, node.outputs);
      continue;
    }
    changed = true;
    node.outputs.forEach((t, i) => draft.rename(t, earlier[i] ?? t));
  }
  return changed ? draft.finish(tape.outputs) : tape;
}

/** Inputs of a scan's body that are given the same data, or capture the same tensor, as an earlier one. */
function repeated(draft: Draft, node: ScanTapeNode): Map<Tensor, Tensor> {
  const { rows, captured } = partsOf(node);
  const same = new Map<Tensor, Tensor>();
  for (const inputs of [rows, captured]) {
    const first = new Map<Tensor, Tensor>();
    for (const { outer, inner } of inputs) {
      const source = draft.of(outer);
      const earlier = first.get(source);
      if (earlier === undefined) first.set(source, inner);
      else same.set(inner, earlier);
    }
  }
  return same;
}

/** Lets stacked outputs of the same value be one. */
function shareResults(draft: Draft, node: ScanTapeNode, body: Tape): boolean {
  const first = new Map<Tensor, Tensor>();
  let changed = false;
  for (const { inner, outer } of partsOf(node, body).results) {
    const earlier = first.get(inner);
    if (earlier === undefined) first.set(inner, outer);
    else if (draft.of(outer) === outer) {
      draft.rename(outer, earlier);
      changed = true;
    }
  }
  return changed;
}

/** Numbers for objects, as they come. */
class Ids {
  readonly #ids = new Map<unknown, number>();

  of(thing: unknown): number {
    const known = this.#ids.get(thing);
    if (known !== undefined) return known;
    this.#ids.set(thing, this.#ids.size);
    return this.#ids.size - 1;
  }

  /** Numbers from a program's text are equal if their values are. */
  ofTensor(t: Tensor): number {
    if (t.isAbstract || t.rank > 0) return this.of(t);
    const value = t.item();
    return this.of(`${t.dtype} ${Object.is(value, -0) ? "-0" : value}`);
  }
}

function keyOf({ op, attrs }: TapeNode, inputs: readonly Tensor[], ids: Ids): string {
  let key = String(ids.of(op));
  for (const t of inputs) key += `,${ids.ofTensor(t)}`;
  const settings: readonly [string, unknown][] = Object.entries(attrs);
  for (const [name, value] of settings) key += `;${name}=${valueKey(value, ids)}`;
  return key;
}

function valueKey(value: unknown, ids: Ids): string {
  if (Array.isArray(value)) return `[${value.map((v) => valueKey(v, ids)).join()}]`;
  switch (typeof value) {
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "string":
      return JSON.stringify(value);
    case "boolean":
      return String(value);
    default:
      return `#${ids.of(value)}`;
  }
}
