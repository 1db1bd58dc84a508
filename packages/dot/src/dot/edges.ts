import type { Edge, EdgeKind } from "../graph/model.js";
import { shorten } from "../graph/text.js";
import type { AttributeList } from "./attributes.js";
import { paletteOf, pathColor, typeText, type LabelOptions } from "./nodes.js";
import { quote } from "./quote.js";
import { Styles } from "./styles.js";

const outlines: Record<EdgeKind, AttributeList> = {
  data: {},
  parameter: { arrowsize: 0.5 },
  // Room for the parameters of the next step, so that steps can stand side by side.
  state: { style: "dashed", penwidth: 1.4, minlen: 2, weight: 2 },
  // Graphviz lays an edge out from its tail to its head. The way back to the beginning of a body is therefore
  // written from there to the end, with the arrow at the tail: written forwards it would turn the body upside down.
  carry: { style: "dashed", penwidth: 1.4, dir: "back" },
  saved: { style: "dotted" },
};

const styles = new Styles();

/** What is written at an edge: what flows, and its type where the node that it comes from does not say it. */
export function edgeText(edge: Edge, { shapes, edgeTypes }: LabelOptions): string {
  const { from, label, type, isMixed = false } = edge;
  const shown = isMixed ? undefined : (type ?? edgeTypes?.get(from));
  const typed = shown !== undefined && (shapes || edgeTypes !== undefined) ? typeText(shown) : "";
  if (label === "" || typed === "") return shorten(label, 40) + typed;
  return `${shorten(label, 40)}  ${typed}`;
}

/** An edge's statement: `n3 -> n4 [label=" h ", …];`. */
export function edgeStatement(edge: Edge, options: LabelOptions): string {
  const { from, to, kind, path } = edge;
  const { homes } = options;
  // What stands beside something has its rank from there.
  const isFree =
    edge.isFree === true && (kind === "carry" || homes?.has(from) === true || homes?.has(to) === true);
  const text = edgeText(edge, options);
  const isBack = kind === "carry" && !isFree;
  const palette = paletteOf(options);
  const style = styles.of(palette, `${kind} ${isFree} ${path ?? ""}`, () => ({
    ...outlines[kind],
    color: palette.edges[kind],
    class: kind,
    ...(isFree && { constraint: false }),
    ...(isFree && kind === "carry" && { dir: "forward" }),
    ...(path !== undefined && { color: pathColor(path, options), penwidth: 2.2, arrowsize: 0.7 }),
  }));
  // Nodes side by side need no text between them; room for it has some versions of Graphviz lose track of the ranks.
  const isShown = text !== "" && firstBeside(from, options) !== firstBeside(to, options);
  // The spaces keep the text off the line.
  const shown = isShown ? `label=${quote(` ${text} `)}, ` : "";
  return `${isBack ? `${to} -> ${from}` : `${from} -> ${to}`} [${shown}${style}];`;
}

/** The first of the nodes that stand beside each other, on one rank; a node itself if it stands alone. */
function firstBeside(id: string, { homes }: LabelOptions): string {
  let first = id;
  for (let next = homes?.get(first); next !== undefined; next = homes?.get(first)) first = next;
  return first;
}
