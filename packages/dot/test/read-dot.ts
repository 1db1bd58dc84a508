import { Graphviz } from "@hpcc-js/wasm-graphviz";

/** A node of a DOT text as Graphviz reads it. */
export interface ReadNode {
  readonly id: string;
  readonly lines: readonly string[];
  /** Titles of the clusters around it, from the outside in. */
  readonly path: readonly string[];
  /** What it stands for: `parameter`, `operation plain`, … */
  readonly kind: string;
}

export interface ReadEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly kind: string;
  readonly style: string;
}

export interface ReadGraph {
  readonly title: readonly string[];
  readonly rankdir: string;
  /** Those of the legend are apart. */
  readonly nodes: readonly ReadNode[];
  readonly legend: readonly ReadNode[];
  readonly edges: readonly ReadEdge[];
  /** The node whose label has this first line. Throws unless there is exactly one. */
  node(line: string): ReadNode;
  /** First label lines of the nodes from which an edge leads to this one, in order. */
  readersOf(id: string): readonly string[];
}

interface Json {
  readonly label?: string;
  readonly rankdir?: string;
  readonly objects?: readonly Item[];
  readonly edges?: readonly Item[];
}

interface Item {
  readonly _gvid: number;
  readonly name: string;
  readonly label?: string;
  readonly class: string;
  readonly style?: string;
  readonly dir?: string;
  readonly nodes?: readonly number[];
  readonly subgraphs?: readonly number[];
  readonly tail: number;
  readonly head: number;
}

const graphviz = await Graphviz.load();

/** What Graphviz 16 makes of a DOT text. Throws when it is none. */
export function readDot(dot: string): ReadGraph {
  // Nothing is read from the layout, so the engine that needs least time is good enough.
  const json = JSON.parse(graphviz.osage(dot, "dot_json")) as Json;
  const objects = json.objects ?? [];
  const paths = new Map<number, string[]>();
  // A node is listed in all clusters around it; the outer ones come first.
  for (const cluster of objects.filter(({ name }) => name.startsWith("cluster"))) {
    const title = linesOf(cluster.label).join("\n");
    for (const id of cluster.nodes ?? []) paths.set(id, [...(paths.get(id) ?? []), title]);
  }
  const drawn = objects.filter(
    ({ nodes, subgraphs, name }) => !nodes && !subgraphs && !/^(cluster|%)/.test(name),
  );
  const all = drawn.map(({ _gvid, name, label, class: kind }) => {
    return { id: name, lines: linesOf(label), path: paths.get(_gvid) ?? [], kind };
  });
  const nodes = all.filter(({ kind }) => kind !== "legend");
  const nameOf = (id: number): string => objects.find((object) => object._gvid === id)?.name ?? "";
  const connecting = (json.edges ?? []).filter(({ style }) => style !== "invis");
  const edges = connecting.map(({ tail, head, label, class: kind, style = "", dir }) => {
    const [from, to] = dir === "back" ? [head, tail] : [tail, head];
    return {
      from: nameOf(from),
      to: nameOf(to),
      label: linesOf(label).join("\n").trim(),
      kind,
      style,
    };
  });
  return {
    title: linesOf(json.label ?? ""),
    rankdir: json.rankdir ?? "",
    nodes,
    legend: all.filter(({ kind }) => kind === "legend"),
    edges,
    node(line) {
      const found = nodes.filter(({ lines }) => lines[0] === line);
      const [only] = found;
      if (only === undefined || found.length > 1)
        throw new Error(`${found.length} nodes begin with ${line}:\n${dot}`);
      return only;
    },
    readersOf(id) {
      const to = edges.filter((edge) => edge.from === id).map((edge) => edge.to);
      return to.map((reader) => nodes.find((node) => node.id === reader)?.lines[0] ?? "");
    },
  };
}

/** The lines of a label as they will be seen. */
function linesOf(label = ""): string[] {
  const lines = [""];
  for (const [, escaped, plain] of label.matchAll(/\\(.)|([^\\])/gsu)) {
    if (escaped === "n" || escaped === "l") lines.push("");
    else lines.push([lines.pop(), escaped, plain].join(""));
  }
  return lines.map((line) => line.replaceAll("&amp;", "&")).filter((line, i) => line !== "" || i === 0);
}
