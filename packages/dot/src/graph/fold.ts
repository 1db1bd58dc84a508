import { bundleEdges } from "./lead.js";
import { isCluster, nodesOf, type Cluster, type Graph, type GraphNode } from "./model.js";
import { rewrite, type Fold, type Item } from "./rewrite.js";
import { shorten } from "./text.js";

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

/** Levels of clusters below the root. */
function height(cluster: Cluster): number {
  return cluster.items.reduce((most, item) => (isCluster(item) ? Math.max(most, 1 + height(item)) : most), 0);
}
