import { nodesOf, type Graph, type GraphNode } from "../graph/model.js";
import { paintOf, pathColor, type LabelOptions } from "./nodes.js";
import { quoteHtml } from "./quote.js";
import { themes } from "./themes.js";

/** What a node of each kind or family is, in the order of the legend. */
const meanings = new Map([
  ["parameter", "parameter"],
  ["input", "input"],
  ["state", "carried on"],
  ["linear", "matrix product"],
  ["nonlinear", "nonlinear"],
  ["plain", "other operation"],
  ["derivative", "of the gradient"],
  ["fold", "folded"],
]);

/** Longest line of a formula, in characters. */
const WIDTH = 84;

/**
 * The lines of a legend below the drawing: a sample of each kind of node that occurs, and the gradient's ways back
 * through time with their formulas.
 */
export function legendLines(graph: Graph, options: LabelOptions): string[] {
  const { paths = [], definitions = [] } = graph;
  const { palette = themes.light } = options;
  const nodes = nodesOf(graph.root);
  const samples = samplesOf(nodes).map(([text, node]) => {
    const { fill, line } = paintOf(node, palette);
    return `<TD BORDER="1" COLOR="${line}" BGCOLOR="${fill}">${text}</TD>`;
  });
  const span = Math.max(samples.length, 1);
  const row = (text: string, color: string): string =>
    `<TR><TD BORDER="2" ALIGN="LEFT" BALIGN="LEFT" COLOR="${color}" COLSPAN="${span}">${wrap(text)}</TD></TR>`;
  const rows = [
    ...(samples.length === 0 ? [] : [`<TR>${samples.join("")}</TR>`]),
    ...paths.map(({ text, path }) => row(text, pathColor(path, options))),
    ...(definitions.length === 0 ? [] : [row(definitions.join("\n"), palette.several)]),
  ];
  if (rows.length === 0) return [];
  const table = `<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="4" CELLPADDING="3">${rows.join("")}</TABLE>`;
  const above = nodes.findLast(({ kind }) => kind === "output") ?? nodes.at(-1);
  return [
    `  legend [label=<${table}>, shape=plain, fontsize=11, class=legend];`,
    ...(above === undefined ? [] : [`  ${above.id} -> legend [style=invis];`]),
  ];
}

/** A node of each kind that occurs, and what such a node is. */
function samplesOf(nodes: readonly GraphNode[]): [string, GraphNode][] {
  const found = new Map<string, GraphNode>();
  for (const node of nodes) {
    const { kind, family, derivative } = node;
    const key = kind !== "operation" ? kind : derivative ? "derivative" : family;
    if (!found.has(key)) found.set(key, node);
  }
  return [...meanings].flatMap(([key, meaning]): [string, GraphNode][] => {
    const node = found.get(key);
    return node === undefined ? [] : [[meaning, node]];
  });
}

/** Lines of about the same length, broken between words. */
function wrap(text: string): string {
  const lines: string[] = [];
  for (const part of text.split("\n")) {
    let line = "";
    for (const word of part.split(" ")) {
      if (line !== "" && line.length + word.length >= WIDTH) {
        lines.push(line);
        line = `    ${word}`;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines.map(quoteHtml).join("<BR/>");
}
