import { labelLines, type LabelOptions } from "../dot/nodes.js";
import type { Edge, EdgeKind, GraphNode, NodeKind } from "../graph/model.js";
import { quote } from "./quote.js";

/** What stands around a node's text, which makes its shape. */
const brackets: Record<NodeKind, readonly [string, string]> = {
  operation: ["(", ")"],
  parameter: ["[", "]"],
  input: ["([", "])"],
  state: ["{{", "}}"],
  constant: ["[", "]"],
  reference: [">", "]"],
  output: ["([", "])"],
  fold: ["[[", "]]"],
};

/** `n3("σ<br/>f [8, 32]"):::nonlinear`. */
export function nodeLine(node: GraphNode, options: LabelOptions): string {
  const [left, right] = brackets[node.kind];
  return `${node.id}${left}${quote(...labelLines(node, options))}${right}:::${classOf(node)}`;
}

/** The class that a node's colours are defined for. */
export function classOf({ kind, family, derivative }: GraphNode): string {
  if (kind !== "operation") return kind;
  return derivative ? "derivative" : family;
}

const arrows: Record<EdgeKind, string> = {
  data: "-->",
  parameter: "-->",
  state: "-.->",
  carry: "-.->",
  saved: "-.->",
};

/** `n3 -.->|"h"| n4`. */
export function edgeLine({ from, to, kind }: Edge, text: string): string {
  const shown = text === "" ? "" : `|${quote(text)}|`;
  return `${from} ${arrows[kind]}${shown} ${to}`;
}
