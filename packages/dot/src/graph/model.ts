import type { TapeNode, TensorType } from "@tapeloop/core";

/**
 * What a drawing shows, before any output format: nodes in nested clusters, and edges between them. Ids follow from
 * positions on the tape alone, so one program always gives the same graph.
 */
export interface Graph {
  readonly root: Cluster;
  readonly edges: readonly Edge[];
  /** Ways on which the gradient goes back through time, each with a colour of its own. */
  readonly paths?: readonly GraphPath[];
  /** What the formulas of paths have in common. */
  readonly definitions?: readonly string[];
}

/** A way on which the gradient goes from one time step to the one before. */
export interface GraphPath {
  /** Where it goes through, and the formula. */
  readonly text: string;
  /** What lies on it is marked so. */
  readonly path: OnPath;
}

/** The number of the only path that something lies on, or that it lies on several. */
export type OnPath = number | "several";

/** What a node stands for, which decides how it is drawn. */
export type NodeKind =
  /** An operation of the tape. */
  | "operation"
  /** A parameter; a shared one appears once per time step that uses it. */
  | "parameter"
  /** An input that is not a parameter, or what a loop's body sees of its data. */
  | "input"
  /** A value that a loop carries from step to step, as its body receives it. */
  | "state"
  /** Numbers that are neither inputs nor computed. */
  | "constant"
  /** A value computed far away, named here instead of being connected by a long edge. */
  | "reference"
  | "output"
  /** Many nodes drawn as one. */
  | "fold";

/** Groups of operations that share a colour. */
export type Family = "linear" | "nonlinear" | "plain";

export interface GraphNode {
  readonly id: string;
  readonly kind: NodeKind;
  readonly family: Family;
  /** The operation in readable notation, or what is folded; empty for values. */
  readonly operation: string;
  /** The value's label; empty if it has none. */
  readonly name: string;
  /** Types of the node's values: one for most nodes. */
  readonly types: readonly TensorType[];
  /** Whether a derivative sweep made the node. */
  readonly derivative: boolean;
  /** The gradient's way back through time that it lies on. */
  readonly path?: OnPath;
  /** Whether it is a result of the program as well, and has no output node for that. */
  readonly isOutput?: boolean;
  /** Whether the operation is a whole formula. */
  readonly isFormula?: boolean;
  /** The node, in the same cluster, that it should stand beside. */
  readonly beside?: string;
  /** The operation that is drawn, if one is. */
  readonly tapeNode?: TapeNode;
  /** Id of the node that this one repeats or refers to, if it does. */
  readonly of?: string;
  /** How many operations the node stands for, if several. */
  readonly folded?: number;
  /** How many nodes are folded in it, values included. */
  readonly values?: number;
  /** The time step, in a loop that is drawn step by step. */
  readonly step?: number;
}

export type ClusterKind = "root" | "scope" | "step" | "loop" | "sweep";

export interface Cluster {
  readonly id: string;
  readonly kind: ClusterKind;
  readonly title: string;
  /** How many operations, besides those in it, a block that is drawn once stands for. */
  readonly folded?: number;
  /** Values that are read here and come from elsewhere: parameters, constants, references. */
  readonly standIns: readonly GraphNode[];
  /** What is computed here, in the tape's order. */
  readonly items: readonly (GraphNode | Cluster)[];
}

/** What an edge carries. */
export type EdgeKind =
  | "data"
  /** From a parameter. */
  | "parameter"
  /** From one time step of an unrolled loop to another. */
  | "state"
  /** Back from the end of a loop's body to its beginning. */
  | "carry"
  /** A value of one pass that another reads. */
  | "saved";

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  /** What flows, where the nodes at the ends do not say it. */
  readonly label: string;
  /** Type of what flows, where it differs from that of the node it comes from. */
  readonly type?: TensorType;
  /** Whether it stands for several edges, whose values have different types. */
  readonly isMixed?: boolean;
  /** The gradient's way back through time that it lies on. */
  readonly path?: OnPath;
  /** Whether it says nothing about which of its ends comes first. */
  readonly isFree?: boolean;
  /** Which repetition of a block, drawn once, the value is of; only while the graph is being drawn. */
  readonly repetition?: Repetition;
}

/** One of the repetitions of a block. */
export interface Repetition {
  readonly name: string;
  readonly at: number;
  readonly count: number;
}

export function isCluster(item: GraphNode | Cluster): item is Cluster {
  return "items" in item;
}

/** All nodes of a cluster, nested ones included, in order. */
export function nodesOf(cluster: Cluster): GraphNode[] {
  const nodes: GraphNode[] = [];
  const collect = ({ standIns, items }: Cluster): void => {
    for (const node of standIns) nodes.push(node);
    for (const item of items) {
      if (isCluster(item)) collect(item);
      else nodes.push(item);
    }
  };
  collect(cluster);
  return nodes;
}
