import type { ClusterKind, EdgeKind, Family, NodeKind } from "../graph/model.js";

/**
 * What a page holds of a graph, as columns of numbers and one table of texts: compact, quick to read, and without a
 * single tensor. Nodes are numbered so that those of a cluster, nested ones included, follow each other.
 */
export interface PageData {
  readonly title: string;
  /** Every text once; columns of texts hold positions in it, and 0 is the empty text. */
  readonly texts: readonly string[];
  readonly nodes: {
    /** A digit a node: position in {@link kinds}. */
    readonly kind: string;
    /** A digit a node: position in {@link paints}. */
    readonly paint: string;
    readonly operation: readonly number[];
    readonly name: readonly number[];
    readonly type: readonly number[];
    readonly cluster: readonly number[];
    readonly formula: readonly number[];
    /** `file:line:column`. */
    readonly source: readonly number[];
    /** The first node of the same value, for those that repeat it: node → node. */
    readonly repeats: readonly (readonly [number, number])[];
  };
  /** First nodes of the tape's inputs, in their order: parameters among them. */
  readonly inputs: readonly number[];
  /** In the order of their first nodes, outer ones first; the root is the first. */
  readonly clusters: {
    readonly kind: readonly PageClusterKind[];
    readonly title: readonly number[];
    readonly parent: readonly number[];
    readonly first: readonly number[];
    /** The node after the last. */
    readonly end: readonly number[];
  };
  readonly edges: {
    /** How much smaller the number of the node an edge comes from is than that of the node it goes to. */
    readonly back: readonly number[];
    /** How much larger the number of the node it goes to is than that of the edge before. */
    readonly on: readonly number[];
    /** A digit an edge: position in {@link edgeKinds}. */
    readonly kind: string;
    /** Edge → text; most have none. */
    readonly label: readonly (readonly [number, number])[];
    readonly type: readonly (readonly [number, number])[];
  };
  /** Statistics of values and of gradients: node, and its numbers. */
  readonly values: readonly StatisticsRow[];
  readonly gradients: readonly StatisticsRow[];
  /** Whether source lines are links into an editor. */
  readonly editor: boolean;
}

/** Several clusters or nodes that follow each other, such as the middle steps of a loop, are a `range`. */
export type PageClusterKind = ClusterKind | "range";

/** Node, min, max, mean, norm; then, unless there are none, how many are NaN and how many infinite. */
export type StatisticsRow = readonly [
  node: number,
  min: number | null,
  max: number | null,
  mean: number | null,
  norm: number | null,
  nan?: number,
  infinite?: number,
];

/** Of a tensor's elements; the first four leave out what is no finite number, and are `null` if nothing is left. */
export interface Statistics {
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** Root of the sum of squares. */
  readonly norm: number | null;
  readonly nan: number;
  readonly infinite: number;
}

export const kinds: readonly NodeKind[] = [
  "operation",
  "parameter",
  "input",
  "state",
  "constant",
  "reference",
  "output",
  "fold",
];

export const paints: readonly (Family | "derivative")[] = ["plain", "linear", "nonlinear", "derivative"];

export const edgeKinds: readonly EdgeKind[] = ["carry", "state", "data", "parameter", "saved"];
