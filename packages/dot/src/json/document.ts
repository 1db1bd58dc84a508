import type { ClusterKind, EdgeKind, Family, NodeKind } from "../graph/model.js";
import type { Mark } from "../overlay/overlay.js";

/**
 * The graph of a tape as data for other tools: what `toDot` draws, before any layout. `version` changes when a program
 * that reads it would have to; new members may come without.
 */
export interface GraphDocument {
  readonly format: "tapeloop-graph";
  readonly version: 1;
  readonly title?: string;
  /** What the marks of an overlay say and mean. */
  readonly legend?: readonly string[];
  /** How many operations are drawn as part of another node, or as a repetition of others. */
  readonly folded: number;
  /** All nodes; each is in one cluster. */
  readonly nodes: readonly NodeRecord[];
  readonly edges: readonly EdgeRecord[];
  /** The nodes as they are nested, by their ids. */
  readonly root: ClusterRecord;
}

/** A node of the drawing. */
export interface NodeRecord {
  /** Follows from the position on the tape, so one program always gives the same. */
  readonly id: string;
  readonly kind: NodeKind;
  /** The operation as it is drawn (`σ`, `concat axis 1`), what is folded, or a constant's number. Empty for others. */
  readonly operation: string;
  /** The value's label; empty if it has none. */
  readonly name: string;
  /** Types of the node's values: one for most nodes. */
  readonly types: readonly TypeRecord[];
  /** Of operations: the group that shares a colour. */
  readonly family?: Family;
  /** Of operations: its name on the tape, such as `sigmoid`. */
  readonly op?: string;
  /** Of operations: its settings, as far as they are numbers, texts and short lists of them. */
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Of operations: position on the tape, or on that of the loop's body that it is in. */
  readonly index?: number;
  /** Of operations: path of scopes that it was recorded in, such as `lstm/forget`. */
  readonly scope?: string;
  /** Time step that it was recorded in, or that is drawn by itself; the first one, in a block that is drawn once. */
  readonly step?: number;
  /** Which derivative sweep made it: reverse (`vjp`) or forward (`jvp`). */
  readonly derivative?: "vjp" | "jvp";
  /** How many operations it stands for, where it stands for several. */
  readonly folded?: number;
  /** What an overlay says of it. */
  readonly mark?: Mark;
}

/** The type of a value. */
export interface TypeRecord {
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** Numbers that JSON has no way to write are the texts `NaN`, `Infinity` and `-Infinity`. */
export type AttributeValue = number | string | boolean | readonly AttributeValue[];

/** What flows from one node to another. */
export interface EdgeRecord {
  /** Id of the node that made the value. */
  readonly from: string;
  /** Id of the node that reads it. */
  readonly to: string;
  readonly kind: EdgeKind;
  /** What flows, where the nodes at the ends do not say it; empty otherwise. */
  readonly label: string;
  /**
   * Type of what flows, where it differs from that of the node it comes from. It is not said of an edge that stands for several
   * of different types.
   */
  readonly type?: TypeRecord;
}

/** Nodes that stand together: a scope, a time step, a loop, a derivative sweep, or the whole drawing. */
export interface ClusterRecord {
  /** Empty for the root. */
  readonly id: string;
  readonly kind: ClusterKind;
  readonly title: string;
  /** How many operations, besides those in it, a block that is drawn once stands for. */
  readonly folded?: number;
  /** Ids of nodes and inner clusters: first values that come from elsewhere, then the rest in the tape's order. */
  readonly items: readonly (string | ClusterRecord)[];
}
