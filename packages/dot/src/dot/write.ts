import { nodesOf, type Graph } from "../graph/model.js";
import { attributes } from "./attributes.js";
import { contentLines } from "./clusters.js";
import { edgeStatement, type LabelOptions } from "./nodes.js";
import * as palette from "./palette.js";
import { quoteLeft } from "./quote.js";

export interface WriteOptions extends LabelOptions {
  /** Lines above the drawing. */
  readonly caption: readonly string[];
  readonly rankdir: "LR" | "TB";
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
export function writeDot(
  { root, edges }: Graph,
  { caption, rankdir, shapes, overlay }: WriteOptions,
): string {
  const options = { shapes, overlay };
  const graph = attributes({
    ...(caption.length > 0 && { label: { text: quoteLeft(...caption) }, labelloc: "t", labeljust: "l" }),
    rankdir,
    fontname,
    fontsize: 13,
    fontcolor: palette.ink,
    bgcolor: palette.paper,
    nodesep: 0.22,
    ranksep: 0.32,
    pad: 0.15,
    ...(nodesOf(root).length > LARGE && quick),
  });
  const font = { fontname, fontcolor: palette.ink };
  return [
    "digraph tape {",
    `  graph [${graph}];`,
    `  node [${attributes({ ...font, fontsize: 12, height: 0.3, width: 0.3, margin: "0.13,0.05" })}];`,
    `  edge [${attributes({ fontname, fontcolor: palette.muted, fontsize: 10, arrowsize: 0.6 })}];`,
    ...contentLines(root, options),
    ...edges.map((edge) => `  ${edgeStatement(edge, options)}`),
    "}",
    "",
  ].join("\n");
}
