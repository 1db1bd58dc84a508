import type { TensorType } from "@tapeloop/core";
import { nodesOf, type Graph, type GraphNode } from "../graph/model.js";
import type { Overlay } from "../overlay/overlay.js";
import { attributes } from "./attributes.js";
import { contentLines } from "./clusters.js";
import { edgeStatement } from "./edges.js";
import { legendLines } from "./legend.js";
import type { Link } from "./link.js";
import type { LabelOptions } from "./nodes.js";
import { quoteLeft } from "./quote.js";
import { themes, type Theme } from "./themes.js";

export interface WriteOptions {
  /** Lines above the drawing. */
  readonly caption: readonly string[];
  readonly rankdir: "LR" | "TB";
  readonly theme: Theme;
  /** Where shapes are written. */
  readonly shapes: boolean | "edges";
  /** Whether to say what colours and outlines mean. */
  readonly legend: boolean;
  readonly overlay?: Overlay | undefined;
  /** Where a click on an operation leads. */
  readonly link?: Link | undefined;
}

/**
 * Of this family every Graphviz knows the widths, with or without the font; in an SVG it writes the family with
 * `sans-serif` as the fallback.
 */
const fontname = "Helvetica";

/** Above this many nodes nobody sees what further rounds of the layout would straighten, and they take most of its time. */
const LARGE = 2000;
const quick = { nslimit: 0.1, nslimit1: 0.1 };

/** The DOT text of a graph. */
export function writeDot(drawn: Graph, settings: WriteOptions): string {
  const { root, edges, paths } = drawn;
  const { caption, rankdir, theme, shapes, legend, overlay, link } = settings;
  const palette = themes[theme];
  const nodes = nodesOf(root);
  const types = shapes === "edges" ? edgeTypes(nodes) : undefined;
  const options: LabelOptions = {
    shapes: shapes === true,
    overlay,
    link,
    palette,
    homes: homesOf(nodes),
    ...(types !== undefined && { edgeTypes: types }),
  };
  // Formulas beside operations take room: what is around them is drawn closer.
  const isDense = paths !== undefined;
  const graph = attributes({
    ...(caption.length > 0 && { label: { text: quoteLeft(...caption) }, labelloc: "t", labeljust: "l" }),
    rankdir,
    fontname,
    fontsize: 13,
    fontcolor: palette.ink,
    bgcolor: palette.paper,
    nodesep: isDense ? 0.12 : 0.22,
    ranksep: 0.32,
    pad: 0.15,
    ...(nodes.length > LARGE && quick),
  });
  const font = { fontname, fontcolor: palette.ink };
  return [
    "digraph tape {",
    `  graph [${graph}];`,
    `  node [${attributes({ ...font, fontsize: 12, height: 0.3, width: 0.3, margin: isDense ? "0.1,0.04" : "0.13,0.05" })}];`,
    `  edge [${attributes({ fontname, fontcolor: palette.muted, fontsize: 10, arrowsize: 0.6 })}];`,
    ...contentLines(root, options),
    ...edges.map((edge) => `  ${edgeStatement(edge, options)}`),
    ...(legend ? legendLines(drawn, rankdir, options) : []),
    "}",
    "",
  ].join("\n");
}

/** The nodes beside which others stand, by the ids of those. */
function homesOf(nodes: readonly GraphNode[]): Map<string, string> {
  const homes = new Map<string, string>();
  for (const { id, beside } of nodes) if (beside !== undefined) homes.set(id, beside);
  return homes;
}

/** Per node the type of what leaves it. */
function edgeTypes(nodes: readonly GraphNode[]): Map<string, TensorType> {
  return new Map(
    nodes.flatMap(({ id, types: [type] }): [string, TensorType][] =>
      type === undefined ? [] : [[id, type]],
    ),
  );
}
