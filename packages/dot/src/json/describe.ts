import type { TensorType } from "@tapeloop/core";
import { isCluster, nodesOf, type Cluster, type Edge, type GraphNode } from "../graph/model.js";
import type { DrawnGraph } from "../drawn-graph.js";
import { hiddenOperations } from "../graph/fold.js";
import { attributesOf } from "./attributes.js";
import type { ClusterRecord, EdgeRecord, GraphDocument, NodeRecord, TypeRecord } from "./document.js";

/** A graph as plain data. */
export function describe({ graph }: DrawnGraph, title: string | undefined): GraphDocument {
  return {
    format: "tapeloop-graph",
    version: 1,
    ...(title !== undefined && { title }),
    folded: hiddenOperations(graph),
    nodes: nodesOf(graph.root).map(nodeRecord),
    edges: graph.edges.map(edgeRecord),
    root: clusterRecord(graph.root),
  };
}

function nodeRecord({ id, kind, family, operation, name, types, tapeNode, folded }: GraphNode): NodeRecord {
  return {
    id,
    kind,
    operation,
    name,
    types: types.map(typeRecord),
    ...(tapeNode !== undefined && { family, ...recorded(tapeNode) }),
    ...(folded !== undefined && { folded }),
  };
}

/** What the tape says of an operation. */
function recorded(node: NonNullable<GraphNode["tapeNode"]>): Partial<NodeRecord> {
  const { op, index, where } = node;
  const attributes = attributesOf(node);
  return {
    op: op.name,
    ...(attributes !== undefined && { attributes }),
    index,
    scope: where.scope,
    ...(where.step !== undefined && { step: where.step }),
    ...(where.derivative !== undefined && { derivative: where.derivative.mode }),
  };
}

function edgeRecord({ from, to, kind, label, type }: Edge): EdgeRecord {
  return { from, to, kind, label, ...(type !== undefined && { type: typeRecord(type) }) };
}

/** A tensor has these and much else. */
function typeRecord({ shape, dtype }: TensorType): TypeRecord {
  return { shape: [...shape], dtype };
}

function clusterRecord({ id, kind, title, standIns, items }: Cluster): ClusterRecord {
  return {
    id,
    kind,
    title,
    items: [
      ...standIns.map((node) => node.id),
      ...items.map((item) => (isCluster(item) ? clusterRecord(item) : item.id)),
    ],
  };
}
