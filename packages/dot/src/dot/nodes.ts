import { formatShape, type TensorType } from "@tapeloop/core";
import type { Edge, GraphNode, NodeKind } from "../graph/model.js";
import { shorten } from "../graph/text.js";
import { attributes, type AttributeList } from "./attributes.js";
import * as palette from "./palette.js";
import { quote } from "./quote.js";

/** What labels show besides operations and names. */
export interface LabelOptions {
  readonly shapes: boolean;
}

/** An oval has room around its text as it is. */
const roundMargin = "0.02,0.01";

/** Shape and outline by kind; the colours are the palette's. */
const outlines: Record<NodeKind, AttributeList> = {
  operation: { shape: "box", style: "rounded,filled" },
  parameter: { shape: "box", style: "filled" },
  input: { shape: "oval", style: "filled", margin: roundMargin },
  state: { shape: "oval", style: "filled,dashed", margin: roundMargin },
  constant: { shape: "box", style: "filled,dotted" },
  reference: { shape: "cds", style: "filled,dotted" },
  output: { shape: "oval", style: "filled", peripheries: 2, margin: roundMargin },
  fold: { shape: "folder", style: "filled" },
};

/** A node's statement: `n3 [label="σ\nf [8, 32]", …];`. */
export function nodeStatement(node: GraphNode, options: LabelOptions): string {
  const paint = paintOf(node);
  return `${node.id} [${attributes({
    label: { text: quote(...linesOf(node, options)) },
    ...outlines[node.kind],
    fillcolor: paint.fill,
    color: paint.line,
    class: node.kind === "operation" ? `operation ${node.family}` : node.kind,
  })}];`;
}

function paintOf({ kind, family, derivative }: GraphNode): palette.Paint {
  if (kind !== "operation") return palette.kinds[kind];
  return derivative ? palette.derivative : palette.families[family];
}

/** Operation above name and type. */
function linesOf({ kind, operation, name, types }: GraphNode, { shapes }: LabelOptions): string[] {
  const type = shapes ? types.map(typeText).join(", ") : "";
  const title = shorten(kind === "reference" ? `↪ ${name}` : name, 40);
  if (operation === "") return [title, type].filter((text) => text !== "");
  return [operation, [title, type].filter((text) => text !== "").join("  ")].filter((text) => text !== "");
}

/** `[8, 32]`, with the dtype where it is not float32. */
export function typeText({ shape, dtype }: TensorType): string {
  return dtype === "float32" ? formatShape(shape) : `${dtype} ${formatShape(shape)}`;
}

const lines: Record<Edge["kind"], AttributeList> = {
  data: {},
  parameter: { arrowsize: 0.5 },
  // Room for the parameters of the next step, so that steps can stand side by side.
  state: { style: "dashed", penwidth: 1.4, minlen: 2, weight: 2 },
  // Graphviz lays an edge out from its tail to its head. The way back to the beginning of a body is therefore
  // written from there to the end, with the arrow at the tail: written forwards it would turn the body upside down.
  carry: { style: "dashed", penwidth: 1.4, dir: "back" },
  saved: { style: "dotted" },
};

/** An edge's statement: `n3 -> n4 [label="h"];`. */
export function edgeStatement(edge: Edge, { shapes }: LabelOptions): string {
  const { from, to, kind, type } = edge;
  const label = [shorten(edge.label, 40), shapes && type !== undefined ? typeText(type) : ""]
    .filter((text) => text !== "")
    .join("  ");
  const list = attributes({
    ...(label !== "" && { label: { text: quote(` ${label} `) } }),
    ...lines[kind],
    color: palette.edges[kind],
    class: kind,
  });
  return kind === "carry" ? `${to} -> ${from} [${list}];` : `${from} -> ${to} [${list}];`;
}
