import type { Tensor, TensorType } from "@tapeloop/core";
import { commonCluster, draftNode, type Draft } from "./draft.js";
import type { Edge, EdgeKind, GraphNode } from "./model.js";
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
export type Feed = Pick<Edge, "from" | "kind" | "label" | "type"> | { readonly number: string };

/** A value as the drawing knows it. */
export interface Value {
  /** Its label; empty if it has none. */
  readonly name: string;
  read(reader: Reader): Feed;
}

/**
 * Operations between which an edge may reach. Graphviz gives every rank that an edge crosses a virtual node, so edges
 * that span a long unrolled loop cost it the square of the loop's length.
 */
const REACH = 150;

/** A number in the program text. */
export function numberValue(text: string): Value {
  return { name: "", read: () => ({ number: text }) };
}

/** A node that repeats another in the clusters where it is read. */
export interface Alias {
  readonly node: GraphNode;
  cluster: Draft;
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
  readonly name: string;
  readonly aliases: Aliases;
  readonly #kind: EdgeKind;

  constructor(node: GraphNode) {
    this.name = node.name;
    this.aliases = new Aliases((n) => (n === 0 ? node : { ...node, id: `${node.id}_${n}` }));
    this.#kind = node.kind === "input" ? "data" : "parameter";
  }

  read(reader: Reader): Feed {
    return { from: this.aliases.for(reader).node.id, kind: this.#kind, label: "" };
  }
}

/** Where a value was computed. */
export interface Home {
  readonly node: GraphNode;
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
  references: Aliases | undefined;
  readonly name: string;
  readonly #home: Home;

  constructor(home: Home) {
    this.name = home.tensor.label ?? "";
    this.#home = home;
  }

  read(reader: Reader): Feed {
    const { node, output, tensor, label, reader: home } = this.#home;
    const saved = reader.place.sweep !== home.place.sweep;
    if (reader.position - home.position > REACH) {
      const name = this.name === "" ? `${node.name || node.operation} ${label}`.trimEnd() : this.name;
      this.references ??= new Aliases((n) =>
        draftNode({ id: `r${n}_${node.id}_${output}`, kind: "reference", name, types: [tensor] }),
      );
      return { from: this.references.for(reader).node.id, kind: saved ? "saved" : "data", label: "" };
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

/** What comes out of a loop: made in its body, but of another type. */
export function loopResult(inner: Value, name: string, label: string, type: TensorType): Value {
  return {
    name: name === "" ? inner.name : name,
    read(reader) {
      const feed = inner.read(reader);
      return "number" in feed ? feed : { ...feed, label, type };
    },
  };
}
