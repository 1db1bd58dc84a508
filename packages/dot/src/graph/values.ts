import type { Tensor, TensorType } from "@tapeloop/core";
import { commonCluster, type Cluster, type Edge, type EdgeKind, type GraphNode, type NodeKind } from "./model.js";
import type { Place } from "./place.js";

/** Who reads a value, and where it is drawn. */
export interface Reader {
  readonly cluster: Cluster;
  readonly place: Pick<Place, "sweep" | "loop" | "step">;
  /** Operations drawn before this one. */
  readonly position: number;
  /** Tells apart the bodies of loops. */
  readonly body: string;
}

/** How a reader gets a value: an edge from a node, or a number to be written in. */
export type Feed = Pick<Edge, "from" | "kind" | "label" | "type"> | { readonly number: string };

/** A value as the drawing knows it. */
export interface Value {
  read(reader: Reader): Feed;
}

/**
 * Operations between which an edge may reach. Graphviz gives every rank that an edge crosses a virtual node, so edges
 * that span a long unrolled loop cost it the square of the loop's length.
 */
const REACH = 150;

/** A number in the program text. */
export function numberValue(text: string): Value {
  return { read: () => ({ number: text }) };
}

/** A node that repeats another in the clusters where it is read. */
export interface Alias {
  readonly node: GraphNode;
  cluster: Cluster;
  readonly position: number;
}

/** Stand-ins of one value, one for each time step (and for each stretch of {@link REACH}) that reads it. */
export class Aliases {
  readonly all: Alias[] = [];
  readonly #latest = new Map<string, Alias>();
  readonly #create: (n: number) => GraphNode;

  constructor(create: (n: number) => GraphNode) {
    this.#create = create;
  }

  for({ cluster, place, position, body }: Reader): Alias {
    const key = `${body}|${place.sweep}|${place.step === undefined ? "" : `${place.loop}|${place.step}`}`;
    const known = this.#latest.get(key);
    if (known !== undefined && position - known.position <= REACH) {
      known.cluster = commonCluster(known.cluster, cluster);
      return known;
    }
    const alias = { node: this.#create(this.all.length), cluster, position };
    this.#latest.set(key, alias);
    this.all.push(alias);
    return alias;
  }
}

/** An input or constant: drawn where it is read. */
export class SharedValue implements Value {
  readonly aliases: Aliases;
  readonly #kind: EdgeKind;

  constructor(kind: NodeKind, create: (n: number) => GraphNode) {
    this.aliases = new Aliases(create);
    this.#kind = kind === "input" ? "data" : "parameter";
  }

  read(reader: Reader): Feed {
    return { from: this.aliases.for(reader).node.id, kind: this.#kind, label: "" };
  }
}

/** An operation's result: read through an edge, or far away through a reference. */
export class ComputedValue implements Value {
  readonly references: Aliases;
  readonly #home: { readonly id: string; readonly reader: Reader; readonly tensor: Tensor; readonly label: string };

  constructor(id: string, home: Reader, tensor: Tensor, label: string, refer: (n: number) => GraphNode) {
    this.#home = { id, reader: home, tensor, label };
    this.references = new Aliases(refer);
  }

  read(reader: Reader): Feed {
    const { id, reader: home, tensor, label } = this.#home;
    const saved = reader.place.sweep !== home.place.sweep;
    if (reader.position - home.position > REACH) {
      return { from: this.references.for(reader).node.id, kind: saved ? "saved" : "data", label: "" };
    }
    const otherStep =
      reader.body === home.body &&
      reader.place.loop === home.place.loop &&
      reader.place.step !== undefined &&
      home.place.step !== undefined &&
      reader.place.step !== home.place.step;
    if (otherStep && !saved) return { from: id, kind: "state", label: tensor.label ?? label };
    return { from: id, kind: saved ? "saved" : "data", label };
  }
}

/** What comes out of a loop: made in its body, but of another type. */
export function loopResult(inner: Value, label: string, type: TensorType): Value {
  return {
    read(reader) {
      const feed = inner.read(reader);
      return "number" in feed ? feed : { ...feed, label, type };
    },
  };
}
