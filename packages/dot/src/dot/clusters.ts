import { isCluster, type Cluster, type ClusterKind } from "../graph/model.js";
import { shorten } from "../graph/text.js";
import { attributes, type AttributeList } from "./attributes.js";
import { nodeStatement, type LabelOptions } from "./nodes.js";
import * as palette from "./palette.js";
import { quote } from "./quote.js";

const outlines: Record<ClusterKind, AttributeList> = {
  root: {},
  scope: { color: palette.clusterLine, style: "rounded,filled" },
  step: { color: palette.stepLine, style: "rounded,filled,dashed" },
  loop: { color: palette.loopLine, style: "rounded,filled", penwidth: 1.4 },
  sweep: { color: palette.sweepLine, style: "rounded,filled" },
};

/** The lines of a cluster and of all that is in it. */
export function clusterLines(cluster: Cluster, options: LabelOptions, indent: string): string[] {
  const inner = `${indent}  `;
  const background = palette.levels[Math.min(cluster.depth, palette.levels.length) - 1] ?? palette.paper;
  const list = attributes({
    label: { text: quote(shorten(cluster.title, 60)) },
    labeljust: "l",
    fontsize: 11,
    fontcolor: palette.muted,
    ...outlines[cluster.kind],
    fillcolor: background,
    class: cluster.kind,
  });
  return [
    `${indent}subgraph ${cluster.id} {`,
    `${inner}graph [${list}];`,
    ...contentLines(cluster, options, inner),
    `${indent}}`,
  ];
}

/** The lines of what is in a cluster. */
export function contentLines(cluster: Cluster, options: LabelOptions, indent: string): string[] {
  const lines = cluster.standIns.map((node) => indent + nodeStatement(node, options));
  const entries = cluster.kind === "loop" ? cluster.items.filter((item) => !isCluster(item) && ["state", "input"].includes(item.kind)) : [];
  if (entries.length > 1) lines.push(`${indent}{ graph [rank="same"]; ${entries.map(({ id }) => `${id};`).join(" ")} }`);
  for (const item of cluster.items) {
    if (isCluster(item)) lines.push(...clusterLines(item, options, indent));
    else lines.push(indent + nodeStatement(item, options));
  }
  return lines;
}
