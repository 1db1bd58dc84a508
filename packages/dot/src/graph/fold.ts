import { draftNode } from "./draft.js";
import { bundleEdges, leadEdges } from "./lead.js";
import { isCluster, nodesOf, type Cluster, type Edge, type Graph, type GraphNode } from "./model.js";
import { count, shorten } from "./text.js";

type Item = GraphNode | Cluster;

/** Steps of an unrolled loop that stay when its middle is folded: the first two and the last. */
const STEPS = 3;

/** As many edges for each node that may be drawn are drawn one by one; of more, those that are parallel as one. */
const EDGES = 4;

/**
 * A graph of about `maxNodes` nodes at most, and without parallel edges if it has many.
 *
 * A folded graph can be folded further.
 */
export function foldGraph(graph: Graph, maxNodes: number): Graph {
  const folded = foldNodes(graph, maxNodes);
  return folded.edges.length > EDGES * maxNodes ? bundleEdges(folded) : folded;
}

/**
 * Folds what are too many nodes: the middle steps of unrolled loops become one node, then the innermost
 * clusters, level by level, and in the end the middle of what is left. What is folded together was recorded in one
 * go, so folding makes no cycles.
 */
function foldNodes(graph: Graph, maxNodes: number): Graph {
  const fits = ({ root }: Graph): boolean => nodesOf(root).length <= maxNodes;
  if (fits(graph)) return graph;
  let folded = foldSteps(graph, STEPS);
  for (let level = height(folded.root); level > 0 && !fits(folded); level--) {
    folded = rewrite(folded, (items, depth, fold) =>
      depth + 1 === level
        ? items.flatMap((item) => (isCluster(item) ? fold([item], shorten(item.title, 60)) : [item]))
        : items,
    );
  }
  if (fits(folded)) return folded;
  // What is left has no structure. A third goes to what stands around, the rest to what is computed.
  const around = Math.max(2, Math.floor(maxNodes / 3));
  folded = rewrite(
    folded,
    (items) => items,
    (nodes, fold) => foldMiddle(nodes, around, fold),
  );
  const others = folded.root.standIns.length;
  return rewrite(folded, (items, _depth, fold) =>
    foldMiddle(items, Math.max(2, maxNodes - others - 1), fold),
  );
}

/** A graph with so many steps of each unrolled loop: the first ones and the last. */
export function foldSteps(graph: Graph, keep: number): Graph {
  return rewrite(graph, (items, _depth, fold) => foldMiddleSteps(items, keep - 1, fold));
}

/** How many operations are drawn as part of another node. */
export function hiddenOperations({ root }: Graph): number {
  const hiddenIn = ({ folded = 0, standIns, items }: Cluster): number =>
    [...standIns, ...items].reduce(
      (sum, item) => sum + (isCluster(item) ? hiddenIn(item) : (item.folded ?? 0)),
      folded,
    );
  return hiddenIn(root);
}

/** How many operations an item shows or stands for. */
function operationsOf(item: Item): number {
  if (!isCluster(item)) return item.folded ?? (item.kind === "operation" ? 1 : 0);
  return [...item.standIns, ...item.items].reduce(
    (sum, inner) => sum + operationsOf(inner),
    item.folded ?? 0,
  );
}

/** Makes one node of several items; none of no nodes. */
type Fold = (items: readonly Item[], title: string) => GraphNode[];

function foldMiddleSteps(items: readonly Item[], first: number, fold: Fold): readonly Item[] {
  const parts: (readonly Item[])[] = [];
  for (let i = 0; i < items.length;) {
    let end = i;
    while (isStep(items[end])) end++;
    const run = items.slice(i, Math.max(end, i + 1));
    const middle = run.slice(first, -1).filter(isCluster);
    if (middle.length < 2) parts.push(run);
    else {
      const title = `${middle[0]?.title ?? ""} … ${(middle.at(-1)?.title ?? "").replace(/^(t =|repetition) /, "")}`;
      parts.push(run.slice(0, first), fold(middle, title), run.slice(-1));
    }
    i += run.length;
  }
  return parts.flat();
}

function isStep(item: Item | undefined): boolean {
  return item !== undefined && isCluster(item) && item.kind === "step";
}

/** Keeps `keep` items: half of them from the beginning, half from the end. */
function foldMiddle<T extends Item>(
  items: readonly T[],
  keep: number,
  fold: Fold,
): readonly (T | GraphNode)[] {
  if (items.length <= keep + 1) return items;
  const start = Math.ceil(keep / 2);
  const end = items.length - Math.floor(keep / 2);
  return [...items.slice(0, start), ...fold(items.slice(start, end), "…"), ...items.slice(end)];
}

/**
 * The graph after `change` of every cluster's items (inner clusters first) and `changeStandIns` of what stands around
 * them, with the edges led to what remains.
 */
function rewrite(
  graph: Graph,
  change: (items: readonly Item[], depth: number, fold: Fold) => readonly Item[],
  changeStandIns: (nodes: readonly GraphNode[], fold: Fold) => readonly GraphNode[] = (nodes) => nodes,
): Graph {
  const { root, edges } = graph;
  const merged = new Map<string, string>();
  const fold: Fold = (items, title) => {
    const nodes = items.flatMap((item) => (isCluster(item) ? nodesOf(item) : [item]));
    const [first] = nodes;
    if (first === undefined) return [];
    const folded = items.reduce((sum, item) => sum + operationsOf(item), 0);
    const id = `f_${first.id}`;
    for (const node of nodes) merged.set(node.id, id);
    const values = nodes.reduce((sum, node) => sum + (node.values ?? 1), 0);
    const name = folded === 0 ? count(values, "value") : count(folded, "operation");
    return [draftNode({ id, kind: "fold", types: [], operation: title, name, folded, values })];
  };
  const walk = (cluster: Cluster, depth: number): Cluster => {
    const items = cluster.items.map((item) => (isCluster(item) ? walk(item, depth + 1) : item));
    return {
      ...cluster,
      standIns: changeStandIns(cluster.standIns, fold),
      items: change(items, depth, fold),
    };
  };
  const changed = walk(root, 0);
  mergeStandIns(changed, edges, merged);
  const kept = dropStandIns(changed, merged);
  return { ...graph, root: kept, edges: leadEdges(edges, merged) };
}

/** A stand-in that is read by one folded node alone is folded with it, and so is one that refers to what is folded. */
function mergeStandIns(root: Cluster, edges: readonly Edge[], merged: Map<string, string>): void {
  const folds = new Set(merged.values());
  const readers = new Map<string, Set<string>>();
  for (const { from, to } of edges) {
    const known = readers.get(from);
    const reader = merged.get(to) ?? to;
    if (known === undefined) readers.set(from, new Set([reader]));
    else known.add(reader);
  }
  const visit = (cluster: Cluster): void => {
    for (const { id, kind, of = "" } of cluster.standIns) {
      const referred = kind === "reference" ? merged.get(of) : undefined;
      if (referred !== undefined) {
        merged.set(id, referred);
        continue;
      }
      const [reader, ...others] = readers.get(id) ?? [];
      if (reader !== undefined && others.length === 0 && folds.has(reader)) merged.set(id, reader);
    }
    for (const item of cluster.items) if (isCluster(item)) visit(item);
  };
  visit(root);
}

function dropStandIns(cluster: Cluster, merged: ReadonlyMap<string, string>): Cluster {
  return {
    ...cluster,
    standIns: cluster.standIns.filter(({ id }) => !merged.has(id)),
    items: cluster.items.map((item) => (isCluster(item) ? dropStandIns(item, merged) : item)),
  };
}

/** Levels of clusters below the root. */
function height(cluster: Cluster): number {
  return cluster.items.reduce((most, item) => (isCluster(item) ? Math.max(most, 1 + height(item)) : most), 0);
}
