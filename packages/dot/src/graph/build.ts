import type { Tape, TapeNode, Tensor } from "@tapeloop/core";
import { constantText, numberText } from "./constant.js";
import { programOf, type Program } from "./loop.js";
import type { Cluster, ClusterKind, Edge, Graph, GraphNode, NodeKind } from "./model.js";
import { familyOf, operandName, operationText } from "./notation.js";
import { placer, type Outside, type Place, type Segment } from "./place.js";
import { rolesOf } from "./roles.js";
import {
  ComputedValue,
  loopResult,
  numberValue,
  SharedValue,
  type Reader,
  type Value,
} from "./values.js";

/** What the graph of a tape depends on besides the tape. */
export interface BuildOptions {
  /** Arguments of the recorded function that hold parameters. */
  readonly params?: number | readonly number[] | undefined;
}

/** The graph of a tape and of the loops on it. */
export function buildGraph(tape: Tape, { params }: BuildOptions = {}): Graph {
  return new Builder().build(tape, params);
}

/** One tape being drawn: the whole one, or the body of a loop. */
interface Frame {
  readonly tape: Tape;
  /** What the ids of its nodes begin with; empty for the whole tape. */
  readonly prefix: string;
  readonly cluster: Cluster;
  readonly outside: Outside;
  readonly values: Map<Tensor, Value>;
}

class Builder {
  readonly #root: Cluster = emptyCluster("", "root", "", undefined);
  readonly #edges: Edge[] = [];
  /** Values whose stand-ins are put into clusters at the end, when all their readers are known. */
  readonly #placed: (() => void)[] = [];
  #clusters = 0;
  #position = 0;

  build(tape: Tape, params: BuildOptions["params"]): Graph {
    const values = new Map<Tensor, Value>();
    const frame: Frame = { tape, prefix: "", cluster: this.#root, outside: { scope: "", sweep: "" }, values };
    let index = 0;
    for (const [t, { kind, name }] of rolesOf(tape, params)) {
      values.set(t, this.#shared(this.#root, `i${index++}`, { kind, name, types: [t] }));
    }
    this.#draw(frame);
    tape.outputs.forEach((t, i) => {
      const name = t.label ?? (tape.outputs.length === 1 ? "output" : `output ${i}`);
      const output = this.#add(this.#root, { id: `o${i}`, kind: "output", name, types: [t] });
      // Nothing follows an output, so it can stand beside whatever it is an output of: no edge to it is long.
      const place = { sweep: "", loop: "", step: undefined };
      this.#connect(this.#value(frame, t), output, { cluster: this.#root, place, position: 0, body: "" }, "", "data");
    });
    for (const place of this.#placed) place();
    return { root: this.#root, edges: this.#edges };
  }

  /** Draws the operations of a tape whose inputs have values. */
  #draw(frame: Frame): void {
    const placeOf = placer(frame.outside);
    let open: { readonly segment: Segment; readonly cluster: Cluster }[] = [];
    for (const node of frame.tape.nodes) {
      const [first] = node.inputs;
      if (node.op.name === "identity" && first !== undefined) {
        // How a nested derivative gets arguments of its own: no computation, so not drawn.
        for (const t of node.outputs) frame.values.set(t, this.#value(frame, first));
        continue;
      }
      const place = placeOf(node);
      const same = place.path.findIndex((segment, depth) => !sameSegment(segment, open[depth]?.segment));
      open = open.slice(0, same < 0 ? place.path.length : same);
      for (const segment of place.path.slice(open.length)) {
        open.push({ segment, cluster: this.#cluster(open.at(-1)?.cluster ?? frame.cluster, segment.kind, segment.title) });
      }
      const cluster = open.at(-1)?.cluster ?? frame.cluster;
      const program = programOf(node);
      if (program === undefined) this.#drawOperation(frame, node, place, cluster);
      else this.#drawProgram(frame, node, program, place, cluster);
    }
  }

  #drawOperation(frame: Frame, node: TapeNode, place: Place, cluster: Cluster): void {
    const reader: Reader = { cluster, place, position: this.#position++, body: frame.prefix };
    const feeds = node.inputs.map((t) => this.#value(frame, t).read(reader));
    const drawn = this.#add(cluster, {
      id: `${frame.prefix}n${node.index}`,
      kind: "operation",
      family: familyOf(node),
      operation: operationText(
        node,
        feeds.map((feed) => ("number" in feed ? feed.number : undefined)),
      ),
      name: nameOf(node.outputs),
      types: node.outputs,
      derivative: node.where.derivative !== undefined,
      tapeNode: node,
    });
    const edges = feeds.filter((feed) => !("number" in feed));
    feeds.forEach((feed, i) => {
      if ("number" in feed) return;
      const operand = edges.length > 1 ? operandName(node, i) : "";
      const label = [feed.label, operand].filter((text) => text !== "").join(", ");
      this.#edges.push({ ...feed, to: drawn.id, label });
    });
    node.outputs.forEach((t, i) => {
      const label = node.outputs.length > 1 ? (t.label ?? `output ${i}`) : "";
      frame.values.set(t, this.#computed(drawn, reader, t, label, `_${i}`));
    });
  }

  /** Draws a node with a program inside as a cluster that holds the program. */
  #drawProgram(frame: Frame, node: TapeNode, program: Program, place: Place, parent: Cluster): void {
    const { body, carry, xs, names, title } = program;
    const id = `${frame.prefix}n${node.index}`;
    const cluster = this.#cluster(parent, "loop", title);
    const outside: Outside = { scope: node.where.scope, sweep: place.sweep };
    const inner: Frame = { tape: body, prefix: `${id}_`, cluster, outside, values: new Map() };
    const states: GraphNode[] = [];
    const home = (): Reader => ({
      cluster,
      place: { sweep: place.sweep, loop: "", step: undefined },
      position: this.#position,
      body: inner.prefix,
    });
    const entry: Reader = { cluster: parent, place, position: this.#position, body: frame.prefix };
    body.inputs.forEach((t, i) => {
      const given = node.inputs[i];
      if (given === undefined) return;
      const outer = this.#value(frame, given);
      if (i >= carry + xs) {
        inner.values.set(t, outer);
        return;
      }
      const kind = i < carry ? "state" : "input";
      const name = i < carry ? (names[i] ?? t.label ?? "") : `${t.label ?? ""}[t]`;
      const drawn = this.#add(cluster, { id: `${inner.prefix}i${i}`, kind, name, types: [t] });
      if (i < carry) states.push(drawn);
      this.#connect(outer, drawn, entry, i < carry ? "initial" : "");
      inner.values.set(t, this.#computed(drawn, home(), t, "", ""));
    });
    this.#draw(inner);
    states.forEach((state, i) => {
      const next = body.outputs[i];
      if (next !== undefined) this.#connect(this.#value(inner, next), state, home(), names[i] ?? "", "carry");
    });
    node.outputs.forEach((t, i) => {
      const made = body.outputs[i];
      if (made === undefined) return;
      frame.values.set(t, loopResult(this.#value(inner, made), i < carry ? `last ${names[i] ?? ""}`.trim() : "", t));
    });
  }

  /** The value of a tensor on the frame's tape; what is neither an input nor computed is a constant. */
  #value(frame: Frame, t: Tensor): Value {
    const known = frame.values.get(t);
    if (known !== undefined) return known;
    const number = numberText(t);
    const id = `${frame.prefix}k${frame.values.size}`;
    const constant = { kind: "constant", operation: constantText(t), name: t.label ?? "", types: [t] } as const;
    const value = number === undefined ? this.#shared(frame.cluster, id, constant) : numberValue(number);
    frame.values.set(t, value);
    return value;
  }

  /** An edge to a node that is no operation, so that a number needs a node of its own. */
  #connect(value: Value, to: GraphNode, reader: Reader, label = "", kind?: Edge["kind"]): void {
    const feed = value.read(reader);
    if ("number" in feed) {
      const id = `${to.id}_k${this.#edges.length}`;
      const constant = this.#add(reader.cluster, { id, kind: "constant", operation: feed.number, types: [] });
      this.#edges.push({ from: constant.id, to: to.id, kind: kind ?? "parameter", label });
    } else {
      const text = [feed.label, label].filter((part) => part !== "").join(", ");
      this.#edges.push({ ...feed, to: to.id, kind: kind ?? feed.kind, label: kind === "carry" ? label : text });
    }
  }

  /** An input or constant: a node in each time step that reads it, or beside its tape if there is only one. */
  #shared(home: Cluster, id: string, node: NewNode & { readonly kind: NodeKind }): Value {
    const value = new SharedValue(node.kind, (n) => complete({ ...node, id: n === 0 ? id : `${id}_${n}` }));
    this.#placed.push(() => {
      const { all } = value.aliases;
      const lone = all.length < 2 && node.kind === "input";
      if (all.length === 0) home.standIns.push(complete({ ...node, id }));
      for (const alias of all) (lone ? home : alias.cluster).standIns.push(alias.node);
    });
    return value;
  }

  #computed(node: GraphNode, home: Reader, t: Tensor, label: string, suffix: string): Value {
    const name = t.label ?? (node.name === "" ? node.operation : node.name);
    const value = new ComputedValue(node.id, home, t, label, (n) =>
      complete({ id: `${node.id}${suffix}_r${n}`, kind: "reference", name, types: [t] }),
    );
    this.#placed.push(() => {
      for (const { node: reference, cluster } of value.references.all) cluster.standIns.push(reference);
    });
    return value;
  }

  #add(cluster: Cluster, node: NewNode): GraphNode {
    const drawn = complete(node);
    cluster.items.push(drawn);
    return drawn;
  }

  #cluster(parent: Cluster, kind: ClusterKind, title: string): Cluster {
    const cluster = emptyCluster(`cluster_${this.#clusters++}`, kind, title, parent);
    parent.items.push(cluster);
    return cluster;
  }
}

function emptyCluster(id: string, kind: ClusterKind, title: string, parent: Cluster | undefined): Cluster {
  return { id, kind, title, parent, depth: parent === undefined ? 0 : parent.depth + 1, standIns: [], items: [] };
}

type NewNode = Pick<GraphNode, "kind" | "types"> & Partial<GraphNode> & { readonly id?: string };

function complete(node: NewNode): GraphNode {
  return { id: "", family: "plain", operation: "", name: "", derivative: false, ...node };
}

function sameSegment(a: Segment, b: Segment | undefined): boolean {
  return a.kind === b?.kind && a.title === b.title;
}

function nameOf(outputs: readonly Tensor[]): string {
  return outputs.length === 1 ? (outputs[0]?.label ?? "") : "";
}
