import { draftNode } from "./draft.js";
import { leadEdges } from "./lead.js";
import { isCluster, nodesOf, type Cluster, type Edge, type Graph, type GraphNode } from "./model.js";
import { count } from "./text.js";

export type Item = GraphNode | Cluster;

/** How many operations an item shows or stands for. */
function operationsOf(item: Item): number {
  if (!isCluster(item)) return item.folded ?? (item.kind === "operation" ? 1 : 0);
  return [...item.standIns, ...item.items].reduce(
    (sum, inner) => sum + operationsOf(inner),
    item.folded ?? 0,
  );
}

/** Makes one node of several items; none of no nodes. */
export type Fold = (items: readonly Item[], title: string) => GraphNode[];

/**
 * The graph after `change` of every cluster's items (inner clusters first) and `changeStandIns` of what stands around
 * them, with the edges led to what remains.
 */
export function rewrite(
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
