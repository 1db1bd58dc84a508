import { edgeText } from "../dot/edges.js";
import type { LabelOptions } from "../dot/nodes.js";
import { visible } from "../dot/quote.js";
import type { DrawnGraph } from "../drawn-graph.js";
import { isCluster, nodesOf, type Cluster } from "../graph/model.js";
import { shorten } from "../graph/text.js";
import { classOf, edgeLine, nodeLine } from "./nodes.js";
import { quote } from "./quote.js";
import { clusterClassLines, edgeStyleLines, nodeClassLines, tintLines } from "./styles.js";

export interface WriteOptions extends LabelOptions {
  readonly rankdir: "LR" | "TB";
}

/** The Mermaid text of a graph. */
export function writeMermaid({ graph, caption }: DrawnGraph, options: WriteOptions): string {
  const { root, edges } = graph;
  const nodes = nodesOf(root);
  const lines = [
    ...titleLines(caption),
    `flowchart ${options.rankdir}`,
    ...indent([
      ...contentLines(root, options),
      ...edges.map((edge) => edgeLine(edge, edgeText(edge, options))),
      ...nodeClassLines(new Set(nodes.map(classOf))),
      ...tintLines(nodes, options),
      ...clusterClassLines(root),
      ...edgeStyleLines(edges),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

/**
 * The title stands before the drawing, in YAML, of which JSON is a part. It is shown as text, but cleaned as HTML if it
 * has a `<`, for which there are no entities: its wide twin takes its place.
 */
function titleLines(caption: readonly string[]): string[] {
  if (caption.length === 0) return [];
  const title = visible(caption.join(" · ")).replaceAll("<", "＜");
  return ["---", `title: ${JSON.stringify(title)}`, "---"];
}

function contentLines({ standIns, items }: Cluster, options: LabelOptions): string[] {
  return [
    ...standIns.map((node) => nodeLine(node, options)),
    ...items.flatMap((item) => {
      if (!isCluster(item)) return [nodeLine(item, options)];
      const inner = indent(contentLines(item, options));
      // Mermaid draws a subgraph without nodes as a node.
      if (inner.length === 0) return [];
      const title = quote(shorten(item.title, 60));
      return [`subgraph ${item.id} [${title}]`, ...inner, "end"];
    }),
  ];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
