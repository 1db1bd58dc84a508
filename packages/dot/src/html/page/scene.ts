import type { EdgeKind } from "../../graph/model.js";
import { edgeKinds } from "../page-data.js";
import { clusterItem, isClusterItem, type Item, type PageGraph } from "./graph.js";

/** What is drawn while some clusters are open. */
export interface Scene {
  /** Nodes and folded clusters. */
  readonly items: readonly Item[];
  /** Open clusters, outer ones first. */
  readonly boxes: readonly number[];
  readonly edges: readonly SceneEdge[];
  /** Edges between the passes, where there are so many that they would hide the rest: drawn with what is chosen. */
  readonly loose: readonly SceneEdge[];
  /** Values that are not drawn because there are too many. */
  readonly left: number;
}

export interface SceneEdge {
  readonly from: Item;
  readonly to: Item;
  readonly kind: EdgeKind;
  readonly label: string;
  readonly type: string;
  /** How many edges of the graph it stands for. */
  readonly count: number;
}

/** Parameters, inputs and constants drawn in one cluster at most. */
const VALUES = 24;
/** Edges between the passes drawn at most. */
const SAVED = 4;

/** @param pinned nodes that are drawn however many stand beside them */
export function sceneOf(
  graph: PageGraph,
  isOpen: (cluster: number) => boolean,
  pinned: ReadonlySet<number>,
): Scene {
  const { items, boxes, places } = placesOf(graph, isOpen);
  const edges = edgesBetween(graph, items, places);
  const targets = new Map<Item, Set<Item>>();
  for (const { from, to } of edges) targets.set(from, (targets.get(from) ?? new Set()).add(to));
  const drawnIn = new Map<number, number>();
  let left = 0;
  const hidden = new Set(
    items.filter((item) => {
      if (!isValue(graph, item) || pinned.has(item)) return false;
      // What is read by nothing but folded clusters is folded with them.
      const readers = [...(targets.get(item) ?? [])];
      if (readers.length > 0 && readers.every(isClusterItem)) return true;
      const home = graph.home(item);
      const drawn = drawnIn.get(home) ?? 0;
      drawnIn.set(home, drawn + 1);
      if (drawn < VALUES) return false;
      left++;
      return true;
    }),
  );
  const drawn = edges.filter(({ from, to }) => !hidden.has(from) && !hidden.has(to));
  const saved = drawn.filter(({ kind }) => kind === "saved");
  const loose = saved.length > SAVED ? saved : [];
  return {
    items: items.filter((item) => !hidden.has(item)),
    boxes,
    edges: loose.length === 0 ? drawn : drawn.filter(({ kind }) => kind !== "saved"),
    loose,
    left,
  };
}

/** Whether the item stands for a value that comes from elsewhere. */
function isValue(graph: PageGraph, item: Item): boolean {
  if (isClusterItem(item)) return false;
  const kind = graph.kind(item);
  return (
    (kind === "parameter" || kind === "input" || kind === "constant") && graph.incoming(item).length === 0
  );
}

interface Places {
  readonly items: Item[];
  readonly boxes: number[];
  /** Per node, the position in `items` of what it is drawn as. */
  readonly places: Int32Array;
}

function placesOf(graph: PageGraph, isOpen: (cluster: number) => boolean): Places {
  const items: Item[] = [];
  const boxes: number[] = [];
  const places = new Int32Array(graph.nodes);
  const walk = (cluster: number): void => {
    let node = graph.first(cluster);
    const nodesBefore = (end: number): void => {
      for (; node < end; node++) places[node] = items.push(node) - 1;
    };
    for (const child of graph.children[cluster] ?? []) {
      nodesBefore(graph.first(child));
      if (isOpen(child)) {
        boxes.push(child);
        walk(child);
      } else {
        places.fill(items.push(clusterItem(child)) - 1, graph.first(child), graph.end(child));
      }
      node = graph.end(child);
    }
    nodesBefore(graph.end(cluster));
  };
  walk(0);
  return { items, boxes, places };
}

/** Edges between what is drawn: all that lead from one thing to another become one if either is folded. */
function edgesBetween(graph: PageGraph, items: readonly Item[], places: Int32Array): SceneEdge[] {
  const found = new Map<number, { edge: number; kind: number; count: number }>();
  const { from, to } = graph;
  for (let e = 0; e < from.length; e++) {
    const a = places[from[e] ?? 0] ?? 0;
    const b = places[to[e] ?? 0] ?? 0;
    if (a === b) continue;
    const kind = edgeKinds.indexOf(graph.edgeKind(e));
    const folded = isClusterItem(items[a] ?? 0) || isClusterItem(items[b] ?? 0);
    const key = (a * items.length + b) * (edgeKinds.length + 1) + (folded ? edgeKinds.length : kind);
    const known = found.get(key);
    if (known === undefined) found.set(key, { edge: e, kind, count: 1 });
    else {
      known.count++;
      // The first kinds say most: a state on its way matters more than a value that is kept.
      known.kind = Math.min(known.kind, kind);
    }
  }
  return [...found.values()].map(({ edge, kind, count }) => ({
    from: items[places[from[edge] ?? 0] ?? 0] ?? 0,
    to: items[places[to[edge] ?? 0] ?? 0] ?? 0,
    kind: edgeKinds[kind] ?? "data",
    label: count === 1 ? graph.edgeLabel(edge) : "",
    type: count === 1 ? graph.edgeType(edge) : "",
    count,
  }));
}
