import { svg } from "./dom.js";
import { clusterItem, clusterOfItem, isClusterItem, type Item, type PageGraph } from "./graph.js";
import { nameForReaders } from "./facts.js";
import type { EdgeLayout, Layout, Point } from "./read-layout.js";
import type { Scene, SceneEdge } from "./scene.js";
import type { Face } from "./sizes.js";
import { boxName, boxTitle, edgeText, layoutName } from "./to-layout.js";

/** A thing on the drawing. */
export interface Drawn {
  readonly item: Item;
  readonly element: SVGGElement;
  /** Its middle; of an open cluster that of its title. */
  readonly centre: Point;
}

export interface DrawnEdge {
  readonly edge: SceneEdge;
  readonly element: SVGGElement;
}

export interface Drawing {
  readonly stage: SVGGElement;
  readonly width: number;
  readonly height: number;
  readonly items: ReadonlyMap<Item, Drawn>;
  readonly edges: readonly DrawnEdge[];
}

/** Draws a scene where its layout has put it. All texts become text nodes. */
export function draw(
  graph: PageGraph,
  scene: Scene,
  faces: ReadonlyMap<Item, Face>,
  layout: Layout,
): Drawing {
  const items = new Map<Item, Drawn>();
  const backgrounds: SVGElement[] = [];
  for (const box of scene.boxes) {
    const { box: [left = 0, top = 0, right = 0, bottom = 0] = [], title = [0, 0] as const } =
      layout.clusters[boxName(box)] ?? {};
    const size = { x: left, y: top, width: right - left, height: bottom - top };
    backgrounds.push(svg("rect", { class: `box ${graph.clusterKind(box)}`, ...size, rx: 8 }));
    const element = boxHeader(graph, box, left, top, right);
    items.set(clusterItem(box), { item: clusterItem(box), element, centre: [left + 40, title[1]] });
  }
  for (const item of scene.items) {
    const centre = layout.nodes[layoutName(item)];
    const face = faces.get(item);
    if (centre === undefined || face === undefined) continue;
    items.set(item, { item, element: itemElement(graph, item, face, centre), centre });
  }
  const edges = scene.edges.flatMap((edge, id) => {
    const found = layout.edges[id];
    return found === undefined ? [] : [{ edge, element: edgeElement(edge, found) }];
  });
  for (const edge of scene.loose) {
    const [from, to] = [items.get(edge.from)?.centre, items.get(edge.to)?.centre];
    if (from !== undefined && to !== undefined) edges.push({ edge, element: looseElement(edge, from, to) });
  }
  const stage = svg(
    "g",
    { class: "stage" },
    ...backgrounds,
    ...edges.map(({ element }) => element),
    ...[...items.values()].map(({ element }) => element),
  );
  return { stage, width: layout.width, height: layout.height, items, edges };
}

function boxHeader(graph: PageGraph, box: number, left: number, top: number, right: number): SVGGElement {
  return svg(
    "g",
    {
      class: `header ${graph.clusterKind(box)}`,
      ...buttonAttributes(graph, clusterItem(box)),
      "aria-expanded": "true",
    },
    svg("rect", { x: left + 1, y: top + 1, width: right - left - 2, height: 24, rx: 7 }),
    svg("text", { class: "title", x: left + 9, y: top + 18 }, boxTitle(graph, box)),
  );
}

function itemElement(graph: PageGraph, item: Item, face: Face, [x, y]: Point): SVGGElement {
  const { width, height, title, detail } = face;
  const [left, top] = [x - width / 2, y - height / 2];
  const folded = isClusterItem(item);
  const kind = folded ? "folded" : graph.kind(item);
  const round = ["input", "state", "output"].includes(kind) ? height / 2 : kind === "parameter" ? 0 : 7;
  const rect = (by: number, className: string): SVGRectElement =>
    svg("rect", {
      class: className,
      x: left + by,
      y: top + by,
      width: width - 2 * by,
      height: height - 2 * by,
      rx: Math.max(0, round - by),
    });
  const paint = folded ? graph.clusterKind(clusterOfItem(item)) : graph.paint(item);
  return svg(
    "g",
    {
      class: `item ${kind} ${paint}`,
      ...buttonAttributes(graph, item),
      ...(folded && { "aria-expanded": "false" }),
    },
    ...(folded ? [svg("rect", { class: "back", x: left + 4, y: top + 4, width, height, rx: 7 })] : []),
    rect(0, "body"),
    ...(kind === "output" ? [rect(3, "inner")] : []),
    svg("text", { class: "title", x, y: detail === "" ? y + 4.5 : y - 3.5 }, title),
    ...(detail === "" ? [] : [svg("text", { class: "detail", x, y: y + 13 }, detail)]),
  );
}

function buttonAttributes(graph: PageGraph, item: Item): Record<string, string | number> {
  return { role: "button", tabindex: -1, "data-item": item, "aria-label": nameForReaders(graph, item) };
}

function edgeElement(edge: SceneEdge, { points, tip, backwards, label }: EdgeLayout): SVGGElement {
  const [start = [0, 0], ...rest] = points;
  const line = `M${start.join(",")}C${rest.map((point) => point.join(",")).join(" ")}`;
  const base = backwards ? start : (points.at(-1) ?? start);
  const text = edgeText(edge);
  return svg(
    "g",
    { class: `edge ${edge.kind}`, "aria-hidden": "true" },
    svg("path", { class: "line", d: line }),
    ...(tip === undefined ? [] : [svg("path", { class: "tip", d: arrow(base, tip) })]),
    ...(text === "" || label === undefined ? [] : [svg("text", { x: label[0], y: label[1] + 3.5 }, text)]),
  );
}

/** An edge without a place in the layout: an arc across the drawing, from middle to middle, below the nodes. */
function looseElement({ kind }: SceneEdge, [x, y]: Point, [toX, toY]: Point): SVGGElement {
  const bend = (toY - y) / 2;
  const line = `M${x},${y}C${x},${y + bend} ${toX},${toY - bend} ${toX},${toY}`;
  return svg(
    "g",
    { class: `edge loose ${kind}`, "aria-hidden": "true" },
    svg("path", { class: "line", d: line }),
  );
}

/** A triangle from the end of a line to its tip. */
function arrow([x, y]: Point, [tipX, tipY]: Point): string {
  const length = Math.hypot(tipX - x, tipY - y) || 1;
  const [sideX, sideY] = [(-(tipY - y) / length) * 2.8, ((tipX - x) / length) * 2.8];
  return `M${tipX},${tipY}L${x + sideX},${y + sideY}L${x - sideX},${y - sideY}Z`;
}
