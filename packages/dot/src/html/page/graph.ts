import type { EdgeKind, NodeKind } from "../../graph/model.js";
import {
  edgeKinds,
  kinds,
  paints,
  type PageClusterKind,
  type PageData,
  type Statistics,
  type StatisticsRow,
} from "../page-data.js";

/** Something that is drawn: a node by its number, or a cluster by −1 − its number. */
export type Item = number;

export const clusterItem = (cluster: number): Item => -1 - cluster;
export const isClusterItem = (item: Item): boolean => item < 0;
export const clusterOfItem = (item: Item): number => -1 - item;

/** The graph that a page holds. */
export class PageGraph {
  readonly data: PageData;
  readonly nodes: number;
  readonly clusters: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Clusters directly in each cluster, in order. */
  readonly children: readonly (readonly number[])[];
  /** Per node, the first one of the same value. */
  readonly #firsts: Int32Array;
  readonly #labels: ReadonlyMap<number, number>;
  readonly #types: ReadonlyMap<number, number>;
  /** Where the edges into each node begin; they follow each other. */
  readonly #incoming: Int32Array;
  // What the first drawing does not need is made when it is asked for.
  #values: ReadonlyMap<number, Statistics> | undefined;
  #gradients: ReadonlyMap<number, Statistics> | undefined;
  #outgoing: { readonly start: Int32Array; readonly edges: Int32Array } | undefined;

  constructor(data: PageData) {
    this.data = data;
    this.nodes = data.nodes.kind.length;
    this.clusters = data.clusters.kind.length;
    const { back, on } = data.edges;
    this.from = new Int32Array(back.length);
    this.to = new Int32Array(back.length);
    this.#incoming = new Int32Array(this.nodes + 1);
    let to = 0;
    for (let e = 0; e < back.length; e++) {
      to += on[e] ?? 0;
      this.to[e] = to;
      this.from[e] = to - (back[e] ?? 0);
      this.#incoming[to + 1] = e + 1;
    }
    fillForward(this.#incoming);
    const children: number[][] = data.clusters.kind.map(() => []);
    data.clusters.parent.forEach((parent, c) => children[parent]?.push(c));
    this.children = children;
    this.#firsts = Int32Array.from({ length: this.nodes }, (_, node) => node);
    for (const [node, first] of data.nodes.repeats) this.#firsts[node] = first;
    this.#labels = new Map(data.edges.label);
    this.#types = new Map(data.edges.type);
  }

  #text(position: number | undefined): string {
    return this.data.texts[position ?? 0] ?? "";
  }

  kind(node: number): NodeKind {
    return kinds[Number(this.data.nodes.kind[node])] ?? "operation";
  }
  paint(node: number): string {
    return paints[Number(this.data.nodes.paint[node])] ?? "plain";
  }
  operation(node: number): string {
    return this.#text(this.data.nodes.operation[node]);
  }
  name(node: number): string {
    return this.#text(this.data.nodes.name[node]);
  }
  type(node: number): string {
    return this.#text(this.data.nodes.type[node]);
  }
  formula(node: number): string {
    return this.#text(this.data.nodes.formula[node]);
  }
  source(node: number): string {
    return this.#text(this.data.nodes.source[node]);
  }
  /** The cluster that the node is directly in. */
  home(node: number): number {
    return this.data.nodes.cluster[node] ?? 0;
  }
  /** The first node of the same value: a parameter has one for each step that reads it. */
  value(node: number): number {
    return this.#firsts[node] ?? node;
  }

  get values(): ReadonlyMap<number, Statistics> {
    return (this.#values ??= statistics(this.data.values));
  }
  get gradients(): ReadonlyMap<number, Statistics> {
    return (this.#gradients ??= statistics(this.data.gradients));
  }

  clusterKind(cluster: number): PageClusterKind {
    return this.data.clusters.kind[cluster] ?? "root";
  }
  clusterTitle(cluster: number): string {
    return this.#text(this.data.clusters.title[cluster]);
  }
  /** The cluster around; −1 for the root. */
  parent(cluster: number): number {
    return this.data.clusters.parent[cluster] ?? -1;
  }
  first(cluster: number): number {
    return this.data.clusters.first[cluster] ?? 0;
  }
  end(cluster: number): number {
    return this.data.clusters.end[cluster] ?? 0;
  }
  /** The cluster and those around it, from the inside out, without the root. */
  around(cluster: number): number[] {
    const result: number[] = [];
    for (let c = cluster; c > 0; c = this.parent(c)) result.push(c);
    return result;
  }
  /** Titles of the clusters from the outside in; ranges, which are the page's own, left out. */
  path(cluster: number): string[] {
    return this.around(cluster)
      .filter((c) => this.clusterKind(c) !== "range")
      .map((c) => this.clusterTitle(c))
      .reverse();
  }

  edgeKind(edge: number): EdgeKind {
    return edgeKinds[Number(this.data.edges.kind[edge])] ?? "data";
  }
  edgeLabel(edge: number): string {
    return this.#text(this.#labels.get(edge));
  }
  edgeType(edge: number): string {
    return this.#text(this.#types.get(edge));
  }
  /** Edges into a node, in the order of its operands. */
  incoming(node: number): number[] {
    return numbers(this.#incoming[node] ?? 0, this.#incoming[node + 1] ?? 0);
  }
  /** Edges out of a node. */
  outgoing(node: number): number[] {
    this.#outgoing ??= outgoingEdges(this.from, this.nodes);
    const { start, edges } = this.#outgoing;
    return [...edges.subarray(start[node], start[node + 1])];
  }
}

function statistics(rows: readonly StatisticsRow[]): Map<number, Statistics> {
  return new Map(
    rows.map(([node, min, max, mean, norm, nan = 0, infinite = 0]) => [
      node,
      { min, max, mean, norm, nan, infinite },
    ]),
  );
}

function numbers(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
}

/** Positions left at 0 take the one before. */
function fillForward(positions: Int32Array): void {
  for (let i = 1; i < positions.length; i++) {
    positions[i] = Math.max(positions[i] ?? 0, positions[i - 1] ?? 0);
  }
}

function outgoingEdges(from: Int32Array, nodes: number): { start: Int32Array; edges: Int32Array } {
  const start = new Int32Array(nodes + 1);
  for (const node of from) start[node + 1] = (start[node + 1] ?? 0) + 1;
  for (let i = 1; i <= nodes; i++) start[i] = (start[i] ?? 0) + (start[i - 1] ?? 0);
  const next = start.slice();
  const edges = new Int32Array(from.length);
  from.forEach((node, e) => {
    const at = next[node] ?? 0;
    edges[at] = e;
    next[node] = at + 1;
  });
  return { start, edges };
}
