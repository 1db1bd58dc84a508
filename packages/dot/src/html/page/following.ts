import { clusterOfItem, isClusterItem, type Item, type PageGraph } from "./graph.js";

/** A value that is followed through the graph: who reads it, in the tape's order. */
export class Following {
  readonly value: number;
  /** Nodes that read it. */
  readonly uses: readonly number[];
  /** Position of the use that is shown; −1 before the first. */
  at = -1;

  constructor(graph: PageGraph, value: number) {
    this.value = value;
    this.uses = usesOf(graph, value);
  }

  /** Goes on to the next use, or back; round at the ends. */
  step(by: number): number | undefined {
    const n = this.uses.length;
    if (n === 0) return undefined;
    this.at = this.at < 0 && by < 0 ? n - 1 : (this.at + by + n) % n;
    return this.uses[this.at];
  }

  /** How many uses an item is or holds. */
  count(graph: PageGraph, item: Item): number {
    if (!isClusterItem(item)) return this.uses.includes(item) ? 1 : 0;
    const cluster = clusterOfItem(item);
    return below(this.uses, graph.end(cluster)) - below(this.uses, graph.first(cluster));
  }
}

function usesOf(graph: PageGraph, value: number): number[] {
  const uses = new Set<number>();
  graph.from.forEach((from, e) => {
    if (graph.value(from) === value) uses.add(graph.to[e] ?? 0);
  });
  return [...uses].sort((a, b) => a - b);
}

/** How many nodes read each value. */
export function useCounts(graph: PageGraph): Int32Array {
  const counts = new Int32Array(graph.nodes);
  for (const from of graph.from) {
    const value = graph.value(from);
    counts[value] = (counts[value] ?? 0) + 1;
  }
  return counts;
}

/** How many of the sorted numbers are below a limit. */
function below(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Parameters, or with none of them inputs, each once, in the tape's order. */
export function followable(graph: PageGraph): readonly number[] {
  const parameters = graph.data.inputs.filter((node) => graph.kind(node) === "parameter");
  return parameters.length > 0 ? parameters : graph.data.inputs;
}
