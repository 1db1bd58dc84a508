import { isCluster, type Cluster, type ClusterKind, type GraphNode } from "../graph/model.js";
import { shorten } from "../graph/text.js";
import { attributes, type AttributeList } from "./attributes.js";
import { nodeStatement, type LabelOptions } from "./nodes.js";
import { quote } from "./quote.js";
import { themes, type Palette } from "./themes.js";

function outlineOf(kind: ClusterKind, palette: Palette): AttributeList {
  switch (kind) {
    case "root":
      return {};
    case "scope":
      return { color: palette.clusterLine, style: "rounded,filled" };
    case "step":
      return { color: palette.stepLine, style: "rounded,filled,dashed" };
    case "loop":
      return { color: palette.loopLine, style: "rounded,filled", penwidth: 1.4 };
    case "sweep":
      return { color: palette.sweepLine, style: "rounded,filled" };
  }
}

/** The lines of a cluster and of all that is in it. `depth` counts the clusters around it. */
function clusterLines(cluster: Cluster, options: LabelOptions, depth: number): string[] {
  const indent = "  ".repeat(depth + 1);
  const { palette = themes.light } = options;
  const list = attributes({
    label: { text: quote(shorten(cluster.title, 60)) },
    ...outlineOf(cluster.kind, palette),
    labeljust: "l",
    // All kinds of edges enter a loop at its beginning; below its end its title is out of their way.
    labelloc: cluster.kind === "loop" ? "b" : "t",
    fontsize: 11,
    fontcolor: palette.muted,
    fillcolor: palette.levels[Math.min(depth, palette.levels.length - 1)] ?? palette.paper,
    class: cluster.kind,
  });
  return [
    `${indent}subgraph ${cluster.id} {`,
    `${indent}  graph [${list}];`,
    ...contentLines(cluster, options, depth + 1),
    `${indent}}`,
  ];
}

/** The lines of what is in a cluster. */
export function contentLines(cluster: Cluster, options: LabelOptions, depth = 0): string[] {
  const indent = "  ".repeat(depth + 1);
  const lines = cluster.standIns.map((node) => indent + nodeStatement(node, options));
  for (const item of cluster.items) {
    if (isCluster(item)) for (const line of clusterLines(item, options, depth)) lines.push(line);
    else lines.push(indent + nodeStatement(item, options));
  }
  const entries = cluster.items.filter(
    (item): item is GraphNode =>
      !isCluster(item) && !item.derivative && (item.kind === "state" || item.kind === "input"),
  );
  // All that enters a loop's body does so at its beginning, also what is used late.
  if (entries.length > 1) {
    lines.push(`${indent}{ graph [rank="same"]; ${entries.map(({ id }) => `${id};`).join(" ")} }`);
  }
  const here = new Set([...cluster.standIns, ...cluster.items].map(({ id }) => id));
  const beside = new Map<string, string[]>();
  for (const item of cluster.items) {
    if (isCluster(item) || item.beside === undefined || !here.has(item.beside)) continue;
    beside.set(item.beside, [...(beside.get(item.beside) ?? []), item.id]);
  }
  for (const [id, others] of beside) {
    lines.push(`${indent}{ graph [rank="same"]; ${[id, ...others].map((one) => `${one};`).join(" ")} }`);
  }
  return lines;
}
