import type { Tape, TapeNode } from "../../tape/tape.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Pass } from "./pass.js";
import { Draft } from "./rewrite/draft.js";
import { addScan, isScan, partsOf, type ScanParts, type ScanTapeNode } from "./rewrite/scans.js";

/**
 * Removes what no output depends on: nodes, and of a scan the stacked outputs that nobody reads, carries that serve
 * only themselves, and the data and captures that the rest of its body does not use.
 */
export const dce: Pass = {
  name: "dce",
  does: "removes what no output depends on, inside loops too",
  run,
};

function run(tape: Tape): Tape {
  const needed = new Set<Tensor>(tape.outputs);
  const kept: { readonly node: TapeNode; readonly parts?: ScanParts; readonly body?: Tape }[] = [];
  let changed = false;
  for (let i = tape.nodes.length - 1; i >= 0; i--) {
    const node = tape.nodes[i];
    if (node === undefined) continue;
    if (!node.outputs.some((t) => needed.has(t))) {
      changed = true;
      continue;
    }
    const smaller = isScan(node) ? prune(node, needed) : undefined;
    if (smaller === undefined) {
      kept.push({ node });
      for (const t of node.inputs) needed.add(t);
      continue;
    }
    changed = true;
    kept.push({ node, ...smaller });
    const { carries, rows, captured } = smaller.parts;
    for (const c of carries) needed.add(c.initial);
    for (const x of [...rows, ...captured]) needed.add(x.outer);
  }
  if (!changed) return tape;
  const draft = new Draft(tape);
  for (const { node, parts, body } of kept.reverse()) {
    if (parts === undefined || body === undefined || !isScan(node)) draft.keep(node);
    else addScan(draft, node, body.nodes, parts);
  }
  return draft.finish(tape.outputs);
}

/** The parts of a scan that matter, with their body; `undefined` if all of it does. */
function prune(
  node: ScanTapeNode,
  needed: ReadonlySet<Tensor>,
): { readonly parts: ScanParts; readonly body: Tape } | undefined {
  const body = run(node.attrs.body);
  const parts = partsOf(node, body);
  const results = parts.results.filter((y) => needed.has(y.outer));
  const wanted = new Set(parts.carries.filter((c) => needed.has(c.last)));
  let used = dependencies(
    body,
    results.map((y) => y.inner),
  );
  for (let before = -1; before < wanted.size;) {
    before = wanted.size;
    const roots = [...results.map((y) => y.inner), ...[...wanted].map((c) => c.next)];
    used = dependencies(body, roots);
    for (const c of parts.carries) if (used.has(c.inner)) wanted.add(c);
  }
  const carries = parts.carries.filter((c) => wanted.has(c));
  const rows = parts.rows.filter((x) => used.has(x.inner));
  const captured = parts.captured.filter((x) => used.has(x.inner));
  const same =
    body === node.attrs.body &&
    results.length === parts.results.length &&
    carries.length === parts.carries.length &&
    rows.length === parts.rows.length &&
    captured.length === parts.captured.length;
  const nodes = body.nodes.filter((each) => each.outputs.some((t) => used.has(t)));
  if (same && nodes.length === body.nodes.length) return undefined;
  const smaller = new Draft(body);
  for (const each of nodes) smaller.keep(each);
  return { parts: { carries, rows, captured, results }, body: smaller.tape };
}

/** Everything that the given tensors are computed from, themselves included. */
function dependencies(body: Tape, roots: readonly Tensor[]): Set<Tensor> {
  const found = new Set(roots);
  for (let i = body.nodes.length - 1; i >= 0; i--) {
    const node = body.nodes[i];
    if (node?.outputs.some((t) => found.has(t)) === true) for (const t of node.inputs) found.add(t);
  }
  return found;
}
