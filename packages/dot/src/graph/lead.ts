import type { Edge, Graph, OnPath } from "./model.js";
import { shorten } from "./text.js";

/** Edges between what remains of a graph, given where nodes went; those that became parallel are drawn as one. */
export function leadEdges(edges: readonly Edge[], merged: ReadonlyMap<string, string>): Edge[] {
  return bundle(edges, (edge) => {
    const from = merged.get(edge.from) ?? edge.from;
    const to = merged.get(edge.to) ?? edge.to;
    if (from === edge.from && to === edge.to) return "stays";
    return from === to ? "goes" : { ...edge, from, to };
  });
}

/** The graph with one edge of each kind between two nodes. */
export function bundleEdges(graph: Graph): Graph {
  return { ...graph, edges: bundle(graph.edges, (edge) => edge) };
}

/** Makes one edge of all that `lead` leads from the same node to the same other one. */
function bundle(edges: readonly Edge[], lead: (edge: Edge) => Edge | "stays" | "goes"): Edge[] {
  const result: Edge[][] = [];
  const groups = new Map<string, Edge[]>();
  for (const edge of edges) {
    const led = lead(edge);
    if (led === "goes") continue;
    if (led === "stays") {
      result.push([edge]);
      continue;
    }
    const key = `${led.from} ${led.to} ${led.kind}`;
    const group = groups.get(key);
    if (group !== undefined) group.push(led);
    else {
      const begun = [led];
      groups.set(key, begun);
      result.push(begun);
    }
  }
  return result.flatMap(oneOf);
}

/** The edge that stands for all of a list. */
function oneOf(edges: readonly Edge[]): Edge[] {
  const [first] = edges;
  if (first === undefined || edges.length === 1) return [...edges];
  const { from, to, kind, type } = first;
  const typeKey = (edge: Edge): string => JSON.stringify([edge.type?.dtype, edge.type?.shape]);
  const isMixed = edges.some((edge) => edge.isMixed === true || typeKey(edge) !== typeKey(first));
  const path = pathOf(edges);
  return [
    {
      from,
      to,
      kind,
      label: labelOf(edges),
      ...(isMixed ? { isMixed } : type !== undefined && { type }),
      ...(path !== undefined && { path }),
      ...(edges.every(({ isFree }) => isFree === true) && { isFree: true }),
    },
  ];
}

/** A few labels beside each other; of many, the first and the last one. */
function labelOf(edges: readonly Edge[]): string {
  const labels = [...new Set(edges.map(({ label }) => label).filter((label) => label !== ""))];
  if (labels.length === 1) return labels[0] ?? "";
  const few = labels.length <= 3 ? labels : [labels[0], "…", labels.at(-1)];
  return shorten(few.join(", "), 40);
}

function pathOf(edges: readonly Edge[]): OnPath | undefined {
  const [path, ...others] = new Set(edges.map((edge) => edge.path).filter((known) => known !== undefined));
  return others.length === 0 ? path : "several";
}
