import { scanOp, type ScanAttrs } from "../../../control/scan-op.js";
import type { Tape, TapeNode } from "../../../tape/tape.js";
import { Tensor } from "../../../tensor/tensor.js";
import { Draft, isNode, type NodeOf } from "./draft.js";
import { nameOf } from "./names.js";

export type ScanTapeNode = NodeOf<ScanAttrs>;

export function isScan(node: TapeNode): node is ScanTapeNode {
  return isNode(scanOp, node);
}

/** A carried tensor: before the loop, in a step, after the step, and after the loop. */
export interface Carry {
  readonly name: string;
  readonly initial: Tensor;
  readonly inner: Tensor;
  readonly next: Tensor;
  readonly last: Tensor;
}

/** An input of the node beside what the body calls it: stacked data and its row, or a captured tensor. */
export interface Given {
  readonly outer: Tensor;
  readonly inner: Tensor;
}

/** A value of each step, and all of them stacked. */
export interface Result {
  readonly inner: Tensor;
  readonly outer: Tensor;
}

/** A scan node taken apart, so that its parts can be added and dropped. `inner` tensors belong to the body. */
export interface ScanParts {
  readonly carries: readonly Carry[];
  readonly rows: readonly Given[];
  readonly captured: readonly Given[];
  readonly results: readonly Result[];
}

/** The parts of a scan node; `body` may be another tape than the node's, with as many inputs and outputs. */
export function partsOf({ inputs, outputs, attrs }: ScanTapeNode, body: Tape = attrs.body): ScanParts {
  const { carry, xs, names } = attrs;
  const carries: Carry[] = [];
  const rows: Given[] = [];
  const captured: Given[] = [];
  const results: Result[] = [];
  body.inputs.forEach((inner, i) => {
    const outer = inputs[i];
    if (outer === undefined) return;
    const [next, last] = [body.outputs[i], outputs[i]];
    if (i >= carry) (i < carry + xs ? rows : captured).push({ outer, inner });
    else if (next !== undefined && last !== undefined) {
      carries.push({ name: names[i] ?? inner.label ?? "carry", initial: outer, inner, next, last });
    }
  });
  body.outputs.forEach((inner, i) => {
    const outer = outputs[i];
    if (i >= carry && outer !== undefined) results.push({ inner, outer });
  });
  return { carries, rows, captured, results };
}

/** Appends a scan with the given parts; `outer` tensors of the results, and `last` of the carries, become its outputs. */
export function addScan(
  draft: Draft,
  node: ScanTapeNode,
  nodes: readonly TapeNode[],
  { carries, rows, captured, results }: ScanParts,
): void {
  const { length, reverse } = node.attrs;
  for (const { inner, outer } of [...rows, ...captured]) inner.label ??= nameOf(draft.tape, outer);
  const body = new Draft(node.attrs.body).tape;
  body.inputs.length = 0;
  body.inputs.push(
    ...carries.map((c) => c.inner),
    ...rows.map((x) => x.inner),
    ...captured.map((c) => c.inner),
  );
  body.captures.clear();
  body.origins.clear();
  for (const n of nodes) body.push(n.op, n.inputs, n.outputs, n.attrs, n.where);
  body.outputs = [...carries.map((c) => c.next), ...results.map((y) => y.inner)];
  const attrs: ScanAttrs = {
    body,
    carry: carries.length,
    xs: rows.length,
    length,
    reverse,
    names: carries.map((c) => c.name),
  };
  const inputs = [
    ...carries.map((c) => c.initial),
    ...rows.map((x) => x.outer),
    ...captured.map((c) => c.outer),
  ];
  const outputs = [...carries.map((c) => c.last), ...results.map((y) => y.outer)];
  draft.tape.push(scanOp, inputs, outputs, attrs, node.where);
}

/** A fresh tensor of the same type. */
export function like(
  t: {
    readonly shape: Tensor["shape"];
    readonly dtype: Tensor["dtype"];
    readonly label?: string | undefined;
  },
  owner: object,
): Tensor {
  const fresh = new Tensor({ shape: t.shape, dtype: t.dtype }, { owner });
  fresh.label = t.label;
  return fresh;
}

/**
 * The tape with `run` applied to the body of each of its scans. The tape itself if nothing changed. A body keeps its
 * inputs and the number of its outputs.
 */
export function withBodies(tape: Tape, run: (body: Tape) => Tape): Tape {
  const changed = new Map<TapeNode, Tape>();
  for (const node of tape.nodes) {
    if (!isScan(node)) continue;
    const body = run(node.attrs.body);
    if (body !== node.attrs.body) changed.set(node, body);
  }
  if (changed.size === 0) return tape;
  const draft = new Draft(tape);
  for (const node of tape.nodes) {
    const body = changed.get(node);
    if (body === undefined || !isScan(node)) draft.keep(node);
    else {
      const { saved: _, ...attrs } = node.attrs;
      draft.keep(node, { ...attrs, body });
    }
  }
  return draft.finish(tape.outputs);
}
