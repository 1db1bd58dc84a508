import { shorten } from "../../graph/text.js";
import { isClusterItem, type Item, type PageGraph } from "./graph.js";
import type { Scene, SceneEdge } from "./scene.js";
import { textWidth, type Face } from "./sizes.js";

/** Name of an item in the DOT text. */
export const layoutName = (item: Item): string => (item < 0 ? `c${-item}` : `n${item}`);
export const boxName = (cluster: number): string => `cluster_${cluster}`;

export function edgeText({ label, type }: SceneEdge): string {
  return [shorten(label, 32), type].filter((text) => text !== "").join("  ");
}

/** Title of an open cluster. */
export function boxTitle(graph: PageGraph, cluster: number): string {
  return `▾ ${shorten(graph.clusterTitle(cluster), 60)}`;
}

/** The DOT text of a scene: names of our own and sizes, and none of the texts that are drawn. */
export function layoutText(graph: PageGraph, scene: Scene, faces: ReadonlyMap<Item, Face>): string {
  const inside = new Map<number, Item[]>();
  for (const item of scene.items) {
    const home = isClusterItem(item) ? graph.parent(-1 - item) : graph.home(item);
    inside.set(home, [...(inside.get(home) ?? []), item]);
  }
  const boxesIn = new Map<number, number[]>();
  for (const box of scene.boxes) {
    const parent = graph.parent(box);
    boxesIn.set(parent, [...(boxesIn.get(parent) ?? []), box]);
  }
  const contents = (cluster: number): string[] => {
    const items = inside.get(cluster) ?? [];
    const entries = items.filter((item) => graph.clusterKind(cluster) === "loop" && isEntry(graph, item));
    return [
      ...items.map((item) => {
        const { width = 0, height = 0 } = faces.get(item) ?? {};
        return `${layoutName(item)} [width=${inches(width)} height=${inches(height)}]`;
      }),
      ...(entries.length > 1 ? [`{ rank=same; ${entries.map(layoutName).join("; ")} }`] : []),
      ...(boxesIn.get(cluster) ?? []).flatMap((box) => [
        `subgraph ${boxName(box)} {`,
        `graph [label=${space(textWidth(boxTitle(graph, box), "title") + 8, 16)} labeljust=l labelloc=t margin=12]`,
        ...contents(box),
        "}",
      ]),
    ];
  };
  return [
    "digraph {",
    'graph [rankdir=LR nodesep=0.2 ranksep=0.42 pad=0 fontsize=10 label=""]',
    'node [shape=box fixedsize=true label=""]',
    "edge [fontsize=10 arrowsize=0.6]",
    ...contents(0),
    ...scene.edges.map(edgeStatement),
    "}",
  ].join("\n");
}

function isEntry(graph: PageGraph, item: Item): boolean {
  return !isClusterItem(item) && (graph.kind(item) === "state" || graph.kind(item) === "input");
}

function edgeStatement(edge: SceneEdge, id: number): string {
  const text = edgeText(edge);
  const list = [`id="${id}"`];
  if (text !== "") list.push(`label=${space(textWidth(text, "detail") + 8, 14)}`);
  if (edge.kind === "saved") list.push("weight=0");
  // The way back to the beginning of a body is written from there to the end: forwards it would turn the body round.
  const isBack = edge.kind === "carry";
  if (isBack) list.push("dir=back");
  const [tail, head] = isBack ? [edge.to, edge.from] : [edge.from, edge.to];
  return `${layoutName(tail)} -> ${layoutName(head)} [${list.join(" ")}]`;
}

/** A label that takes up room and shows nothing. */
function space(width: number, height: number): string {
  const size = `FIXEDSIZE="TRUE" WIDTH="${Math.ceil(width)}" HEIGHT="${height}"`;
  return `<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" ${size}><TR><TD></TD></TR></TABLE>>`;
}

/** Graphviz measures nodes in inches, of 72 pixels here. */
function inches(pixels: number): string {
  return (pixels / 72).toFixed(3);
}
