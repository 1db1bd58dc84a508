import { matmulOp } from "../../../ops/matmul.js";
import { broadcastToOp } from "../../../ops/movement.js";
import type { TapeNode } from "../../../tape/tape.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { applies, type Draft } from "../rewrite/draft.js";
import {
  addScan,
  isScan,
  partsOf,
  type Given,
  type Result,
  type ScanParts,
  type ScanTapeNode,
} from "../rewrite/scans.js";
import { repeated } from "./batch.js";
import { Classes, INVARIANT, NUMBER, ROW } from "./classes.js";
import { splitProducts } from "./split-products.js";
import { Stacks, type Later } from "./stacks.js";

/**
 * Appends a scan of which everything that can leave its body has left it, and returns whether anything has. The node's
 * inputs are of the draft.
 */
export function hoistFrom(draft: Draft, given: ScanTapeNode): boolean {
  const node = { ...given, attrs: { ...given.attrs, body: splitProducts(given) } };
  const parts = withoutConstantCarries(draft, node);
  const { nodes } = node.attrs.body;
  const classes = new Classes(parts, nodes);
  const moved = nodes.filter((each) => isInvariant(each, classes));
  const heavy = heavyRows(nodes, classes);
  const stacks = new Stacks(draft, node, parts, classes);
  const pulled = parts.results.filter(({ inner }) => classes.of(inner) <= ROW || stacks.isOpen(inner));
  const isSame = node.attrs.body === given.attrs.body && parts.carries.length === given.attrs.carry;
  if (isSame && moved.length + heavy.length + pulled.length === 0) {
    draft.keep(given);
    return false;
  }
  for (const each of outsideNodes(nodes, [...moved, ...heavy], parts, classes)) stacks.hoist(each);

  for (const { inner } of pulled) if (classes.of(inner) > ROW) stacks.forget(inner);
  const later = pulled.map(({ inner, outer }): readonly [Tensor, Later] => [outer, pull(inner)]);
  function pull(t: Tensor): Later {
    if (classes.of(t) <= INVARIANT) return () => repeated(draft, stacks.fixed(t), node.attrs.length, node);
    return stacks.request(t) ?? (() => t);
  }

  const isGone = new Set([...moved, ...heavy]);
  addScan(
    draft,
    node,
    nodes.filter((each) => !isGone.has(each)),
    {
      carries: parts.carries,
      rows: [...parts.rows, ...inputsFor(heavy, (t) => stacks.known(t))],
      captured: [...parts.captured, ...inputsFor(moved, (t) => stacks.fixed(t))],
      results: [...parts.results.filter((y) => !pulled.includes(y)), ...stacks.added] satisfies Result[],
    },
  );
  for (const [outer, value] of later) draft.rename(outer, value());
  return true;
}

/** What the body now is given instead of computing it. */
function inputsFor(nodes: readonly TapeNode[], outerOf: (t: Tensor) => Tensor | undefined): Given[] {
  return nodes.flatMap((node) =>
    node.outputs.flatMap((inner) => {
      const outer = outerOf(inner);
      return outer === undefined ? [] : [{ inner, outer }];
    }),
  );
}

/** The scan's parts, in which a carry that no step changes is a captured tensor. */
function withoutConstantCarries(draft: Draft, node: ScanTapeNode): ScanParts {
  const parts = partsOf(node);
  const constant = parts.carries.filter((c) => c.next === c.inner);
  for (const c of constant) draft.rename(c.last, c.initial);
  return {
    ...parts,
    carries: parts.carries.filter((c) => c.next !== c.inner),
    captured: [...parts.captured, ...constant.map(({ inner, initial }) => ({ inner, outer: initial }))],
  };
}

/** What to compute once. A captured tensor is stretched where it is used: the loop had better not read it stretched. */
function isInvariant(node: TapeNode, classes: Classes): boolean {
  const [y] = node.outputs;
  if (y === undefined) return false;
  if (classes.of(y) === NUMBER) return isScan(node);
  const isStretched = applies(broadcastToOp, node) && y.size > (node.inputs[0]?.size ?? 0);
  return classes.of(y) === INVARIANT && !isStretched;
}

/** Products of the steps' data with a weight, and what is made of them without growing. */
function heavyRows(nodes: readonly TapeNode[], classes: Classes): TapeNode[] {
  const sizes = new Map<Tensor, number>();
  return nodes.filter((node) => {
    const [y] = node.outputs;
    if (y === undefined || classes.of(y) !== ROW) return false;
    const most = Math.max(0, ...node.inputs.map((t) => sizes.get(t) ?? 0));
    const isHeavy = applies(matmulOp, node) || (most > 0 && y.size <= most);
    if (isHeavy) sizes.set(y, y.size);
    return isHeavy;
  });
}

/** The nodes to make before the loop, in order: the given ones, what results need, and what all of those need. */
function outsideNodes(
  nodes: readonly TapeNode[],
  given: readonly TapeNode[],
  { results }: ScanParts,
  classes: Classes,
): TapeNode[] {
  const needed = new Set(results.map(({ inner }) => inner).filter((t) => classes.of(t) <= ROW));
  const asked = new Set(given);
  const found: TapeNode[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i];
    if (node === undefined) continue;
    if (!asked.has(node) && !node.outputs.some((t) => needed.has(t))) continue;
    found.push(node);
    for (const t of node.inputs) needed.add(t);
  }
  return found.reverse();
}
