import { isCluster, type Cluster, type ClusterKind, type GraphNode } from "../graph/model.js";
import { shorten } from "../graph/text.js";
import type { AttributeList } from "./attributes.js";
import { nodeStatement, type LabelOptions } from "./nodes.js";
import { quote } from "./quote.js";
import { Styles } from "./styles.js";
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

/** Adds the lines of a cluster and of all that is in it. `depth` counts the clusters around it. */
function addCluster(lines: string[], cluster: Cluster, options: LabelOptions, depth: number): void {
  const indent = "  ".repeat(depth + 1);
  const { palette = themes.light } = options;
  const style = styles.of(palette, `${cluster.kind} ${depth}`, () => ({
    ...outlineOf(cluster.kind, palette),
    labeljust: "l",
    // All kinds of edges enter a loop at its beginning; below its end its title is out of their way.
    labelloc: cluster.kind === "loop" ? "b" : "t",
    fontsize: 11,
    fontcolor: palette.muted,
    fillcolor: palette.levels[Math.min(depth, palette.levels.length - 1)] ?? palette.paper,
    class: cluster.kind,
  }));
  lines.push(
    `${indent}subgraph ${cluster.id} {`,
    `${indent}  graph [label=${quote(shorten(cluster.title, 60))}, ${style}];`,
  );
  addContent(lines, cluster, options, depth + 1);
  lines.push(`${indent}}`);
}
const styles = new Styles();

/** The lines of what is in a cluster. */
export function contentLines(cluster: Cluster, options: LabelOptions): string[] {
  const lines: string[] = [];
  addContent(lines, cluster, options, 0);
  return lines;
}

function addContent(lines: string[], cluster: Cluster, options: LabelOptions, depth: number): void {
  const indent = "  ".repeat(depth + 1);
  for (const node of cluster.standIns) lines.push(indent + nodeStatement(node, options));
  for (const item of cluster.items) {
    if (isCluster(item)) addCluster(lines, item, options, depth);
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
  const besides = cluster.items.flatMap((item) =>
    isCluster(item) || item.beside === undefined ? [] : [{ id: item.id, beside: item.beside }],
  );
  if (besides.length === 0) return;
  const here = new Set([...cluster.standIns, ...cluster.items].map(({ id }) => id));
  const groups = new Map<string, string[]>();
  for (const { id, beside } of besides) {
    if (here.has(beside)) groups.set(beside, [...(groups.get(beside) ?? []), id]);
  }
  for (const [id, others] of groups) {
    lines.push(`${indent}{ graph [rank="same"]; ${[id, ...others].map((one) => `${one};`).join(" ")} }`);
  }
}
