import * as palette from "../dot/palette.js";
import type { Cluster, Edge, EdgeKind } from "../graph/model.js";
import { isCluster } from "../graph/model.js";

/** Colours by class; a drawing says those that it uses. Outlines say the same as colours do. */
const nodeClasses = new Map<string, string>([
  ...Object.entries({ ...palette.families, derivative: palette.derivative, ...palette.kinds }).map(
    ([name, { fill, line }]): [string, string] => [
      name,
      `fill:${fill},stroke:${line},color:${palette.ink}${outlines(name)}`,
    ],
  ),
]);

function outlines(name: string): string {
  if (name === "output") return ",stroke-width:3px";
  if (name === "state") return ",stroke-dasharray:5 3";
  return name === "constant" || name === "reference" ? ",stroke-dasharray:2 2" : "";
}

const [background = palette.paper] = palette.levels;
const clusterClasses = new Map<string, string>(
  Object.entries({
    scope: `stroke:${palette.clusterLine}`,
    step: `stroke:${palette.stepLine},stroke-dasharray:5 3`,
    loop: `stroke:${palette.loopLine},stroke-width:2px`,
    sweep: `stroke:${palette.sweepLine}`,
  }).map(([name, line]) => [name, `fill:${background},color:${palette.muted},${line}`]),
);

/** The lines that define the classes of nodes in use. */
export function nodeClassLines(used: ReadonlySet<string>): string[] {
  return definitions(nodeClasses, used);
}

/** The lines that give clusters their classes. */
export function clusterClassLines(root: Cluster): string[] {
  const byKind = new Map<string, string[]>();
  const walk = ({ items }: Cluster): void => {
    for (const item of items) {
      if (!isCluster(item)) continue;
      const known = byKind.get(item.kind);
      if (known === undefined) byKind.set(item.kind, [item.id]);
      else known.push(item.id);
      walk(item);
    }
  };
  walk(root);
  return [
    ...definitions(clusterClasses, new Set(byKind.keys())),
    ...[...byKind].map(([kind, ids]) => `class ${ids.join(",")} ${kind}`),
  ];
}

function definitions(classes: ReadonlyMap<string, string>, used: ReadonlySet<string>): string[] {
  return [...classes].filter(([name]) => used.has(name)).map(([name, style]) => `classDef ${name} ${style}`);
}

/** Data goes in the colour of the page's own theme, light or dark. */
const edgeStyles: Record<Exclude<EdgeKind, "data">, string> = {
  parameter: `stroke:${palette.edges.parameter}`,
  state: `stroke:${palette.edges.state},stroke-width:2px`,
  carry: `stroke:${palette.edges.carry},stroke-width:2px`,
  saved: `stroke:${palette.edges.saved},stroke-dasharray:2 3`,
};

/** The lines that style edges, which Mermaid knows by their numbers. */
export function edgeStyleLines(edges: readonly Edge[]): string[] {
  return Object.entries(edgeStyles).flatMap(([kind, style]) => {
    const numbers = edges.flatMap((edge, i) => (edge.kind === kind ? [i] : []));
    return numbers.length === 0 ? [] : [`linkStyle ${numbers.join(",")} ${style}`];
  });
}
