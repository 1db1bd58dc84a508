import { tintOf, type LabelOptions } from "../dot/nodes.js";
import * as palette from "../dot/palette.js";
import { isCluster, type Cluster, type Edge, type EdgeKind, type GraphNode } from "../graph/model.js";

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

/** The lines that tint nodes by what an overlay says of them. */
export function tintLines(nodes: readonly GraphNode[], options: LabelOptions): string[] {
  return nodes.flatMap((node) => {
    const tint = tintOf(node, options);
    return tint === undefined ? [] : [`style ${node.id} fill:${tint.fill},stroke:${tint.line}`];
  });
}

/** The lines that give clusters their classes; those without nodes are not drawn. */
export function clusterClassLines(root: Cluster): string[] {
  const ids = new Map<string, string[]>();
  const walk = ({ id, kind, standIns, items }: Cluster): boolean => {
    const place = ids.get(kind) ?? [];
    ids.set(kind, place);
    const at = place.push(id) - 1;
    const inner = items.map((item) => !isCluster(item) || walk(item));
    const isDrawn = standIns.length > 0 || inner.includes(true);
    if (!isDrawn) place.splice(at, 1);
    return isDrawn;
  };
  walk(root);
  ids.delete(root.kind);
  const used = [...ids].filter(([, members]) => members.length > 0);
  return [
    ...definitions(clusterClasses, new Set(used.map(([kind]) => kind))),
    ...used.map(([kind, members]) => `class ${members.join(",")} ${kind}`),
  ];
}

function definitions(classes: ReadonlyMap<string, string>, used: ReadonlySet<string>): string[] {
  return [...classes].filter(([name]) => used.has(name)).map(([name, style]) => `classDef ${name} ${style}`);
}

/** Plain data: a grey that is seen on light clusters and on a dark page. */
const anyEdge = `stroke:${palette.kinds.input.line}`;
const edgeStyles: Record<Exclude<EdgeKind, "data">, string> = {
  parameter: `stroke:${palette.edges.parameter}`,
  state: `stroke:${palette.edges.state},stroke-width:2px`,
  carry: `stroke:${palette.edges.carry},stroke-width:2px`,
  saved: `stroke:${palette.edges.saved},stroke-dasharray:2 3`,
};

/** The lines that style edges, which Mermaid knows by their numbers. */
export function edgeStyleLines(edges: readonly Edge[]): string[] {
  if (edges.length === 0) return [];
  const special = Object.entries(edgeStyles).flatMap(([kind, style]) => {
    const numbers = edges.flatMap((edge, i) => (edge.kind === kind ? [i] : []));
    return numbers.length === 0 ? [] : [`linkStyle ${numbers.join(",")} ${style}`];
  });
  return [`linkStyle default ${anyEdge}`, ...special];
}
