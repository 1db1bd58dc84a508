import { nodesOf, type Graph, type GraphNode } from "../graph/model.js";
import { attributes } from "./attributes.js";
import { paintOf, pathColor, type LabelOptions } from "./nodes.js";
import { quote, quoteLeft } from "./quote.js";
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
/** Width of a character, in inches: about that of the font. */
const CHARACTER = 0.083;

/**
 * The lines of a legend below the drawing: a sample of each kind of node that occurs, and the gradient's ways back
 * through time with their formulas, one below the other. Of nodes and nothing else, for there are Graphvizes without
 * tables.
 */
export function legendLines(graph: Graph, rankdir: "LR" | "TB", options: LabelOptions): string[] {
  const { paths = [], definitions = [] } = graph;
  const { palette = themes.light } = options;
  const nodes = nodesOf(graph.root);
  const samples = samplesOf(nodes).map(([text, node]) => {
    const { fill, line } = paintOf(node, palette);
    return { label: quote(text), style: { fillcolor: fill, color: line } };
  });
  const texts = [
    ...paths.map(({ text, path }) => ({ lines: wrap(text), color: pathColor(path, options) })),
    ...(definitions.length === 0 ? [] : [{ lines: definitions.flatMap(wrap), color: palette.several }]),
  ];
  const longest = Math.max(0, ...texts.flatMap(({ lines }) => lines.map((line) => [...line].length)));
  const notes = texts.map(({ lines, color }) => {
    const width = (longest * CHARACTER).toFixed(2);
    return { label: quoteLeft(...lines), style: { fillcolor: palette.paper, color, penwidth: 2.2, width } };
  });
  const entries = [...samples, ...notes].map((entry, i) => ({ ...entry, id: `legend_${i}` }));
  if (entries.length === 0) return [];
  const common = { shape: "box", style: "filled", fontsize: 11, height: 0.25, class: "legend" };
  const above = nodes.findLast(({ kind }) => kind === "output") ?? nodes.at(-1);
  const [row, column] = [entries.slice(0, samples.length), entries.slice(samples.length)];
  // Where values flow to the right, what is of one rank stands one below the other, and what follows stands beside it.
  const isOneRank = rankdir === "LR";
  const chain = [
    ...(above === undefined ? [] : [above]),
    ...middle(row),
    ...(isOneRank ? middle(column) : column),
  ];
  const sameRank = (some: readonly { id: string }[]): string =>
    `    { graph [rank="same"]; ${some.map(({ id }) => `${id};`).join(" ")} }`;
  const link = (a: { id: string } | undefined, b: { id: string }): string[] =>
    a === undefined ? [] : [`  ${a.id} -> ${b.id} [style=invis];`];
  return [
    "  subgraph cluster_legend {",
    `    graph [${attributes({ label: "legend", fontsize: 11, fontcolor: palette.muted, style: "rounded", color: palette.clusterLine, class: "legend" })}];`,
    ...entries.map(
      ({ id, label, style }) => `    ${id} [label=${label}, ${attributes({ ...common, ...style })}];`,
    ),
    sameRank(row),
    ...(isOneRank && column.length > 0 ? [sameRank(column)] : []),
    "  }",
    ...row.flatMap((entry, i) => link(row[i - 1], entry)),
    ...(isOneRank ? column.flatMap((entry, i) => link(column[i - 1], entry)) : []),
    ...chain.slice(1).flatMap((entry, i) => link(chain[i], entry)),
  ];
}

/** The item in the middle, if there is any. */
function middle<T>(list: readonly T[]): T[] {
  return list.slice(list.length >> 1).slice(0, 1);
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
function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length >= WIDTH) {
      lines.push(line);
      line = `    ${word}`;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
