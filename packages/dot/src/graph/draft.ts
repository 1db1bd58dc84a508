import type { Cluster, ClusterKind, GraphNode, OnPath } from "./model.js";

/** A cluster while the graph is being built. */
export interface Draft extends Cluster {
  readonly parent: Draft | undefined;
  /** Distance from the root. */
  readonly depth: number;
  readonly standIns: GraphNode[];
  readonly items: (GraphNode | Cluster)[];
}

export function draftCluster(
  id: string,
  kind: ClusterKind,
  title: string,
  parent?: Draft,
  folded = 0,
): Draft {
  const depth = parent === undefined ? 0 : parent.depth + 1;
  const own = { id, kind, title, parent, depth, standIns: [], items: [] };
  const cluster: Draft = folded === 0 ? own : { ...own, folded };
  parent?.items.push(cluster);
  return cluster;
}

/** The smallest cluster around both. */
export function commonCluster(a: Draft, b: Draft): Draft {
  let [x, y] = [a, b];
  while (x !== y) {
    const deeper = x.depth >= y.depth ? x : y;
    // The root is around everything, so a cluster without a parent is the answer.
    if (deeper.parent === undefined) return deeper;
    if (deeper === x) x = deeper.parent;
    else y = deeper.parent;
  }
  return x;
}

/** A node while the graph is being built: what it is besides may turn out later. */
export type DraftNode = GraphNode & { name: string; isOutput?: boolean; path?: OnPath };

/** A node from what sets it apart from an empty one. */
export function draftNode(node: Pick<GraphNode, "id" | "kind" | "types"> & Partial<GraphNode>): DraftNode {
  return { family: "plain", operation: "", name: "", derivative: false, ...node };
}
