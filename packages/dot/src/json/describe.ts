import type { TensorType } from "@tapeloop/core";
import { isCluster, nodesOf, type Cluster, type Edge, type GraphNode } from "../graph/model.js";
import { markOf } from "../dot/tint.js";
import type { DrawnGraph, GraphOptions } from "../drawn-graph.js";
import { hiddenOperations } from "../graph/fold.js";
import { attributesOf } from "./attributes.js";
import type { ClusterRecord, EdgeRecord, GraphDocument, NodeRecord, TypeRecord } from "./document.js";

/** A graph as plain data. */
export function describe({ graph }: DrawnGraph, { title, overlay }: GraphOptions): GraphDocument {
  return {
    format: "tapeloop-graph",
    version: 1,
    ...(title !== undefined && { title }),
    ...(overlay !== undefined && { legend: [...overlay.legend] }),
    folded: hiddenOperations(graph),
    nodes: nodesOf(graph.root).map((node) => nodeRecord(node, overlay)),
    edges: graph.edges.map(edgeRecord),
    root: clusterRecord(graph.root),
  };
}

function nodeRecord(node: GraphNode, overlay: GraphOptions["overlay"]): NodeRecord {
  const { id, kind, family, operation, name, types, tapeNode, step, folded } = node;
  const mark = markOf(node, overlay);
  return {
    id,
    kind,
    operation,
    name,
    types: types.map(typeRecord),
    ...(tapeNode !== undefined && { family, ...recorded(tapeNode) }),
    ...(step !== undefined && { step }),
    ...(folded !== undefined && { folded }),
    ...(mark !== undefined && { mark }),
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

function clusterRecord({ id, kind, title, folded, standIns, items }: Cluster): ClusterRecord {
  return {
    id,
    kind,
    title,
    ...(folded !== undefined && { folded }),
    items: [
      ...standIns.map((node) => node.id),
      ...items.map((item) => (isCluster(item) ? clusterRecord(item) : item.id)),
    ],
  };
}
