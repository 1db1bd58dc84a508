import { nodesOf, type Graph, type GraphNode } from "../graph/model.js";
import { attributes } from "./attributes.js";
import { paintOf, pathColor, type LabelOptions } from "./nodes.js";
import { quote, quoteLeft } from "./quote.js";
import { themes, type Palette } from "./themes.js";

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
 * The lines of a legend: a sample of each kind of node that occurs, and the gradient's ways back
 * through time with their formulas. Of nodes and nothing else, for there are Graphvizes without tables.
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
  const above = nodes.findLast(({ kind }) => kind === "output") ?? nodes.at(-1);
  const [kinds, formulas] = [entries.slice(0, samples.length), entries.slice(samples.length)];
  // Downwards, all is below the last output: kinds in a line, each formula in a line of its own. To the right, the line of
  // kinds is at the top, one a rank, and formulas are a column after the last output; Graphviz fills columns from below.
  const isDown = rankdir === "TB";
  const middle = (row: readonly Entry[]): readonly Entry[] => row.slice(row.length >> 1).slice(0, 1);
  const chain = [
    ...(above === undefined ? [] : [above]),
    ...(isDown ? [...middle(kinds), ...formulas] : middle(formulas)),
  ];
  return [
    ...(isDown
      ? frame("legend", [...kinds, ...formulas], kinds, palette)
      : [...frame("legend", kinds, [], palette), ...frame("back in time", formulas, formulas, palette)]),
    ...inOrder(kinds),
    ...(isDown ? [] : inOrder(formulas.toReversed())),
    ...inOrder(chain),
  ];
}

/** A node of the legend. */
interface Entry {
  readonly id: string;
  readonly label: string;
  readonly style: Readonly<Record<string, string | number>>;
}

/** A frame around entries, some of them side by side. */
function frame(
  title: string,
  entries: readonly Entry[],
  aligned: readonly Entry[],
  { muted, clusterLine }: Palette,
): string[] {
  const [first] = entries;
  if (first === undefined) return [];
  const graph = {
    labeljust: "l",
    fontsize: 11,
    fontcolor: muted,
    style: "rounded",
    color: clusterLine,
    class: "legend",
  };
  const common = { shape: "box", style: "filled", fontsize: 11, height: 0.25, class: "legend" };
  return [
    `  subgraph cluster_${first.id} {`,
    `    graph [${attributes({ label: title, ...graph })}];`,
    ...entries.map(
      ({ id, label, style }) => `    ${id} [label=${label}, ${attributes({ ...common, ...style })}];`,
    ),
    ...(aligned.length === 0
      ? []
      : [`    { graph [rank="same"]; ${aligned.map(({ id }) => `${id};`).join(" ")} }`]),
    "  }",
  ];
}

/** Has nodes stand one after the other, by edges that are not seen. */
function inOrder(nodes: readonly { readonly id: string }[]): string[] {
  return nodes.slice(1).map(({ id }, i) => `  ${nodes[i]?.id ?? id} -> ${id} [style=invis, class=legend];`);
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
