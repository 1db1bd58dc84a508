import type { Tensor, TensorType } from "@tapeloop/core";
import { commonCluster, draftNode, type Draft, type DraftNode } from "./draft.js";
import type { Expression } from "../beside/expression.js";
import type { Edge, EdgeKind, GraphNode, NodeKind, Repetition } from "./model.js";
import type { Place } from "./place.js";

/** Who reads a value, and where it is drawn. */
export interface Reader {
  readonly cluster: Draft;
  readonly place: Pick<Place, "sweep" | "loop" | "step">;
  /** Operations drawn before this one. */
  readonly position: number;
  /** Tells apart the bodies of loops. */
  readonly body: string;
}

/** How a reader gets a value: an edge from a node, or a number to be written in. */
export type Feed =
  Pick<Edge, "from" | "kind" | "label" | "type" | "repetition"> | { readonly number: string };

/** A value as the drawing knows it. */
export interface Value {
  /** Its label; empty if it has none. */
  readonly name: string;
  read(reader: Reader): Feed;
  /** Of what the steps of a loop returned: the value of one step, if each of them is drawn. */
  row?(step: number): Value | undefined;
  /** What it is, if it was not computed. */
  readonly role?: NodeKind;
  /** Its text, if it is a number in the program. */
  readonly number?: string;
  /** What it is called in formulas. */
  readonly symbol?: string;
  /** The formula that is written where it is read, if it has no node of its own. */
  readonly expression?: Expression;
  /** A short formula that is written where it is read, although it has a node. */
  readonly written?: Expression;
  /** Of a loop's result: the value in the loop's body. */
  readonly inner?: Value;
  /** Of a loop's result: whether it has a row for each step. */
  readonly isStacked?: boolean;
  /** Has its node show another name, besides the one that it has. */
  rename?(name: string): void;
  /** Of an input or constant: where it was drawn last. */
  shownAt?(): { readonly node: GraphNode; readonly cluster: Draft } | undefined;
  /** Of an input or constant: its node, to be drawn as part of a series instead. */
  asOneOfMany?(): GraphNode;
}

/**
 * How far edges may reach, in operations between their ends. Graphviz puts a virtual node into every rank that an edge
 * crosses, so a node that is read all along a loop costs it the square of the loop's length.
 */
interface Reach {
  /** The longest edge. */
  readonly edge: number;
  /** All edges from one node together. */
  readonly total: number;
}

const computedReach: Reach = { edge: 150, total: 400 };
/** A stand-in costs little, so that another one is better than a long edge. */
const standInReach: Reach = { edge: 50, total: 100 };

/** Counts the edges that begin at `position`. */
class Lengths {
  readonly #position: number;
  readonly #reach: Reach;
  #total = 0;

  constructor(position: number, reach: Reach) {
    this.#position = position;
    this.#reach = reach;
  }

  /** Whether an edge to `position` is short enough, in which case it is counted. */
  admit(position: number): boolean {
    const length = position - this.#position;
    if (length > this.#reach.edge || this.#total + length > this.#reach.total) return false;
    this.#total += Math.max(length, 0);
    return true;
  }
}

/** A number in the program text. */
export function numberValue(text: string): Value {
  return { name: "", number: text, read: () => ({ number: text }) };
}

/** A node that stands for a value in the clusters where it is read. */
interface StandIn {
  readonly node: DraftNode;
  cluster: Draft;
  readonly lengths: Lengths;
}

/** The stand-ins of one value: one for each time step that reads it, and more where that would be far away. */
export class StandIns {
  readonly all: StandIn[] = [];
  readonly #latest = new Map<string, StandIn>();
  readonly #create: (n: number) => DraftNode;

  constructor(create: (n: number) => DraftNode) {
    this.#create = create;
  }

  for({ cluster, place, position, body }: Reader): GraphNode {
    const key = `${body}|${place.sweep}|${place.step === undefined ? "" : `${place.loop}|${place.step}`}`;
    const known = this.#latest.get(key);
    if (known?.lengths.admit(position) === true) {
      known.cluster = commonCluster(known.cluster, cluster);
      return known.node;
    }
    const node = this.#create(this.all.length);
    const standIn = { node, cluster, lengths: new Lengths(position, standInReach) };
    this.#latest.set(key, standIn);
    this.all.push(standIn);
    return node;
  }
}

/** An input or constant: drawn where it is read. */
export class SharedValue implements Value {
  readonly name: string;
  readonly role: NodeKind;
  readonly standIns: StandIns;
  /** Whether another node stands for this value, unless somebody else reads it too. */
  isShownElsewhere = false;
  readonly #node: DraftNode;
  readonly #kind: EdgeKind;

  constructor(node: DraftNode) {
    this.#node = node;
    this.name = node.name;
    this.role = node.kind;
    this.standIns = new StandIns((n) => (n === 0 ? node : { ...node, id: `${node.id}_${n}`, of: node.id }));
    this.#kind = node.kind === "parameter" ? "parameter" : "data";
  }

  read(reader: Reader): Feed {
    return { from: this.standIns.for(reader).id, kind: this.#kind, label: "" };
  }

  shownAt(): { readonly node: GraphNode; readonly cluster: Draft } | undefined {
    return this.standIns.all.at(-1);
  }

  rename(name: string): void {
    for (const node of new Set([this.#node, ...this.standIns.all.map((standIn) => standIn.node)]))
      node.name = alsoNamed(node, name);
  }

  asOneOfMany(): GraphNode {
    this.isShownElsewhere = true;
    return this.#node;
  }
}

/** Where a value was computed. */
export interface Home {
  readonly node: DraftNode;
  /** Which of the node's values it is. */
  readonly output: number;
  readonly tensor: Tensor;
  /** What to write at its edges. */
  readonly label: string;
  /** The place of the node, as that of a reader. */
  readonly reader: Reader;
}

/** An operation's result: read through an edge, or far away through a reference. */
export class ComputedValue implements Value {
  /** Only there if some reader is far away. */
  references: StandIns | undefined;
  readonly name: string;
  readonly #home: Home;
  readonly #lengths: Lengths;

  constructor(home: Home) {
    this.name = home.tensor.label ?? "";
    this.#home = home;
    this.#lengths = new Lengths(home.reader.position, computedReach);
  }

  rename(name: string): void {
    const { node } = this.#home;
    node.name = alsoNamed(node, name);
  }

  read(reader: Reader): Feed {
    const { node, output, tensor, label, reader: home } = this.#home;
    const saved = reader.place.sweep !== home.place.sweep;
    if (!this.#lengths.admit(reader.position)) {
      const name = this.name === "" ? `${node.name || node.operation} ${label}`.trimEnd() : this.name;
      this.references ??= new StandIns((n) =>
        draftNode({
          id: `r${n}_${node.id}_${output}`,
          kind: "reference",
          name,
          types: [tensor],
          of: node.id,
        }),
      );
      return { from: this.references.for(reader).id, kind: saved ? "saved" : "data", label: "" };
    }
    const otherStep =
      reader.body === home.body &&
      reader.place.loop === home.place.loop &&
      reader.place.step !== undefined &&
      home.place.step !== undefined &&
      reader.place.step !== home.place.step;
    if (otherStep && !saved) return { from: node.id, kind: "state", label };
    return { from: node.id, kind: saved ? "saved" : "data", label };
  }
}

/** What comes out of a loop: made in its body, but of another type if it has a row for each step. */
export function loopResult(
  inner: Value,
  { name, label, isStacked }: { readonly name: string; readonly label: string; readonly isStacked: boolean },
  type: TensorType,
): Value {
  return {
    name: name === "" ? inner.name : name,
    inner,
    isStacked,
    rename: (other) => inner.rename?.(isStacked ? `${other}[t]` : other),
    read(reader) {
      const feed = inner.read(reader);
      return "number" in feed ? feed : { ...feed, label, type };
    },
  };
}

/** A value under another name, which its edges from step to step show; `label` is for those that leave the loop. */
export function named(value: Value, name: string, label = ""): Value {
  return {
    name: value.name === "" ? name : value.name,
    read(reader) {
      const feed = value.read(reader);
      if ("number" in feed || feed.label !== "") return feed;
      return { ...feed, label: feed.kind === "state" ? name : label };
    },
  };
}

/** A value of one repetition of a block that is drawn once. */
export function repeatedValue(inner: Value, name: string, repetition: Repetition): Value {
  return {
    name,
    read(reader) {
      const feed = inner.read(reader);
      return "number" in feed ? feed : { ...feed, repetition: { ...repetition, name } };
    },
  };
}

/** A value with a name for formulas, or a formula that is written instead of one. */
export function inFormulas(value: Value, how: Pick<Value, "symbol" | "written">): Value {
  return {
    name: value.name,
    ...how,
    read: (reader) => value.read(reader),
    rename: (name) => value.rename?.(name),
  };
}

/** The names of a node that gets another one. */
export function alsoNamed({ name }: Pick<GraphNode, "name">, other: string): string {
  return name === "" || name === other ? other : `${name} = ${other}`;
}
