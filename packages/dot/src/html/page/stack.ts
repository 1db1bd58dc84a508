import { clusterItem, clusterOfItem, isClusterItem, type Item, type PageGraph } from "./graph.js";
import type { Layout, Point } from "./read-layout.js";
import type { Scene } from "./scene.js";
import { boxName, layoutName } from "./to-layout.js";

/** Room between parts. */
const GAP = 28;

/**
 * The layout with parts that no drawn edge connects below each other, in the tape's order: the backward pass below
 * what it differentiates. Graphviz stacks them as it likes.
 */
export function stackParts(
  graph: PageGraph,
  scene: Scene,
  layout: Layout,
  heights: ReadonlyMap<Item, number>,
): Layout {
  const partOf = partsOf(graph, scene);
  const spans = new Map<Item, { top: number; bottom: number }>();
  const widen = (part: Item, top: number, bottom: number): void => {
    const span = spans.get(part);
    if (span === undefined) spans.set(part, { top, bottom });
    else {
      span.top = Math.min(span.top, top);
      span.bottom = Math.max(span.bottom, bottom);
    }
  };
  // Items stand in the tape's order, so parts come in that of their first ones.
  for (const item of scene.items) {
    const y = layout.nodes[layoutName(item)]?.[1] ?? 0;
    const half = (heights.get(item) ?? 0) / 2;
    widen(partOf(item), y - half, y + half);
  }
  for (const box of scene.boxes) {
    const [, top = 0, , bottom = 0] = layout.clusters[boxName(box)]?.box ?? [];
    widen(partOf(clusterItem(box)), top, bottom);
  }
  scene.edges.forEach(({ from }, id) => {
    for (const [, y] of layout.edges[id]?.points ?? []) widen(partOf(from), y, y);
  });
  if (spans.size < 2) return layout;
  const shifts = new Map<Item, number>();
  let height = 0;
  for (const [part, { top, bottom }] of spans) {
    shifts.set(part, height - top);
    height += bottom - top + GAP;
  }
  return moved(scene, { ...layout, height: height - GAP }, (item) => shifts.get(partOf(item)) ?? 0);
}

/** Tells which things are connected: by edges, and by standing in one box. */
function partsOf(graph: PageGraph, scene: Scene): (item: Item) => Item {
  const leaders = new Map<Item, Item>();
  const leader = (item: Item): Item => {
    let at = item;
    for (let next = leaders.get(at); next !== undefined; next = leaders.get(at)) at = next;
    return at;
  };
  const join = (a: Item, b: Item): void => {
    const [x, y] = [leader(a), leader(b)];
    if (x !== y) leaders.set(y, x);
  };
  for (const item of [...scene.boxes.map(clusterItem), ...scene.items]) {
    const home = isClusterItem(item) ? graph.parent(clusterOfItem(item)) : graph.home(item);
    if (home > 0) join(clusterItem(home), item);
  }
  for (const { from, to } of scene.edges) join(from, to);
  return leader;
}

/** The layout with every item, and what belongs to it, moved down by its own amount. */
function moved(scene: Scene, layout: Layout, by: (item: Item) => number): Layout {
  const down = ([x, y]: Point, shift: number): Point => [x, y + shift];
  const nodes = { ...layout.nodes };
  for (const item of scene.items) {
    const at = nodes[layoutName(item)];
    if (at !== undefined) nodes[layoutName(item)] = down(at, by(item));
  }
  const clusters = { ...layout.clusters };
  for (const cluster of scene.boxes) {
    const { box, title } = clusters[boxName(cluster)] ?? {};
    if (box === undefined || title === undefined) continue;
    const shift = by(clusterItem(cluster));
    const [left = 0, top = 0, right = 0, bottom = 0] = box;
    clusters[boxName(cluster)] = {
      box: [left, top + shift, right, bottom + shift],
      title: down(title, shift),
    };
  }
  const edges = { ...layout.edges };
  scene.edges.forEach(({ from }, id) => {
    const edge = edges[id];
    if (edge === undefined) return;
    const shift = by(from);
    edges[id] = {
      ...edge,
      points: edge.points.map((point) => down(point, shift)),
      tip: edge.tip && down(edge.tip, shift),
      label: edge.label && down(edge.label, shift),
    };
  });
  return { ...layout, nodes, clusters, edges };
}
