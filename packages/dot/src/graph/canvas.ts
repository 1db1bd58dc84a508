import { draftCluster, draftNode, type Draft } from "./draft.js";
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
  #clusters = 0;

  add<N extends GraphNode>(cluster: Draft, node: N): N {
    cluster.items.push(node);
    return node;
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
  finish(): Graph {
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
    return { root: this.root, edges: mergeRepetitions(this.edges) };
  }
}

/** Labels beside each other; empty ones are left out. */
export function join(...labels: readonly string[]): string {
  if (labels.every((text) => text === "")) return "";
  return labels.filter((text) => text !== "").join(", ");
}
