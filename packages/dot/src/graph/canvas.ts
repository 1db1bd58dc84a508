import type { Paths } from "../beside/paths.js";
import { draftCluster, draftNode, type Draft, type DraftNode } from "./draft.js";
import type { Edge, Graph, GraphNode } from "./model.js";
import { mergeRepetitions } from "./repetitions.js";
import type { Segment } from "./place.js";
import { ComputedValue, SharedValue, type Home, type Reader, type Value } from "./values.js";

/** The graph while it is being drawn: clusters, nodes in them, edges, and values that wait for their readers. */
export class Canvas {
  readonly root = draftCluster("", "root", "");
  readonly edges: Edge[] = [];
  /** Operations drawn so far, those of loops included. */
  position = 0;
  /** Values whose stand-ins go into clusters at the end, when all their readers are known. */
  readonly #sharedValues: { readonly home: Draft; readonly node: GraphNode; readonly value: SharedValue }[] =
    [];
  readonly #computedValues: ComputedValue[] = [];
  readonly #nodes = new Map<string, DraftNode>();
  #clusters = 0;

  add(cluster: Draft, node: DraftNode): DraftNode {
    cluster.items.push(node);
    this.#nodes.set(node.id, node);
    return node;
  }

  /** The node with this id, if it was added as one of the things that are computed. */
  node(id: string): DraftNode | undefined {
    return this.#nodes.get(id);
  }

  /** A cluster within another; `folded` operations are not drawn because others in it stand for them. */
  cluster({ kind, title }: Segment, parent: Draft, folded = 0): Draft {
    return draftCluster(`cluster_${this.#clusters++}`, kind, title, parent, folded);
  }

  /** An input or constant, drawn where it is read. */
  shared(home: Draft, node: GraphNode): Value {
    const value = new SharedValue(node);
    this.#sharedValues.push({ home, node, value });
    return value;
  }

  computed(home: Home): Value {
    const value = new ComputedValue(home);
    this.#computedValues.push(value);
    return value;
  }

  /** Draws an edge to a node that is no operation. */
  connect(value: Value, to: GraphNode, reader: Reader, label = ""): void {
    const edge = this.edgeFrom(value, to, reader);
    this.edges.push({ ...edge, label: join(edge.label, label) });
  }

  /** An edge to a node that is no operation, so that a number cannot be written into it and gets a node. */
  edgeFrom(value: Value, to: GraphNode, reader: Reader): Edge {
    const feed = value.read(reader);
    if (!("number" in feed)) return { ...feed, to: to.id };
    const id = `k${this.edges.length}_${to.id}`;
    const constant = draftNode({ id, kind: "constant", operation: feed.number, types: [] });
    reader.cluster.standIns.push(constant);
    return { from: constant.id, to: to.id, kind: "data", label: "" };
  }

  /** The graph, when nothing more will be drawn. */
  finish(paths?: Paths): Graph {
    for (const [id, path] of paths?.nodes ?? []) {
      const node = this.#nodes.get(id);
      if (node !== undefined) node.path = path;
    }
    const drawn = this.edges.map((edge) => {
      const path = paths?.edges.get(edge);
      return path === undefined ? edge : { ...edge, path };
    });
    for (const { home, node, value } of this.#sharedValues) {
      const { all } = value.standIns;
      // What nobody reads is shown all the same; an input that needs no repeating stands beside its tape.
      if (all.length === 0 && !value.isShownElsewhere) home.standIns.push(node);
      const stay = all.length === 1 && node.kind === "input";
      for (const { node: standIn, cluster } of all) (stay ? home : cluster).standIns.push(standIn);
    }
    for (const { references } of this.#computedValues) {
      for (const { node, cluster } of references?.all ?? []) cluster.standIns.push(node);
    }
    const edges = mergeRepetitions(drawn);
    if (paths === undefined) return { root: this.root, edges };
    return { root: this.root, edges, paths: paths.list, definitions: paths.definitions };
  }
}

/** Labels beside each other; empty ones are left out. */
export function join(...labels: readonly string[]): string {
  if (labels.every((text) => text === "")) return "";
  return labels.filter((text) => text !== "").join(", ");
}
