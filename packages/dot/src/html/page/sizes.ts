import { count, shorten } from "../../graph/text.js";
import { clusterOfItem, isClusterItem, type Item, type PageGraph } from "./graph.js";

/** The texts of a thing that is drawn, and its size in pixels. */
export interface Face {
  readonly title: string;
  readonly detail: string;
  readonly width: number;
  readonly height: number;
}

export const font = `system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif`;
const fonts = { title: `600 13px ${font}`, detail: `11px ${font}` };

const canvas = document.createElement("canvas").getContext("2d");
const widths = new Map<string, number>();

export function textWidth(text: string, role: keyof typeof fonts): number {
  const key = `${role} ${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  let width = 7 * text.length;
  if (canvas !== null) {
    canvas.font = fonts[role];
    width = canvas.measureText(text).width;
  }
  widths.set(key, width);
  return width;
}

/** How an item looks. */
export function faceOf(graph: PageGraph, item: Item): Face {
  if (isClusterItem(item)) {
    const cluster = clusterOfItem(item);
    return face(`▸ ${shorten(graph.clusterTitle(cluster), 40)}`, contentsText(graph, cluster));
  }
  const [operation, name, type] = [graph.operation(item), graph.name(item), graph.type(item)];
  const named = shorten(name, 32);
  if (operation === "") return face(named === "" ? type : named, named === "" ? "" : type);
  return face(operation, [named, type].filter((text) => text !== "").join("  "));
}

function face(title: string, detail: string): Face {
  const text = Math.max(textWidth(title, "title"), textWidth(detail, "detail"));
  return { title, detail, width: Math.max(36, Math.ceil(text) + 22), height: detail === "" ? 28 : 42 };
}

const operations = new Map<number, number>();

/** `4,985 operations`. */
export function contentsText(graph: PageGraph, cluster: number): string {
  let n = operations.get(cluster);
  if (n === undefined) {
    n = 0;
    for (let node = graph.first(cluster); node < graph.end(cluster); node++) {
      if (graph.kind(node) === "operation") n++;
    }
    operations.set(cluster, n);
  }
  if (n > 0) return count(n, "operation");
  return count(graph.end(cluster) - graph.first(cluster), "value");
}
