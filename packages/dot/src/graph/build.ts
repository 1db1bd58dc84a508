import type { Tape, TapeNode, Tensor } from "@tapeloop/core";
import { constantText, numberText } from "./constant.js";
import { draftCluster, draftNode, type Draft } from "./draft.js";
import type { Edge, Graph, GraphNode } from "./model.js";
import { familyOf, operandName, operationText } from "./notation.js";
import { placer, type Outside, type Place, type Segment } from "./place.js";
import { programOf, type Program } from "./program.js";
import { rolesOf } from "./roles.js";
import {
  ComputedValue,
  loopResult,
  numberValue,
  SharedValue,
  type Home,
  type Reader,
  type Value,
} from "./values.js";

/** What the graph of a tape depends on besides the tape. */
export interface BuildOptions {
  /** Arguments of the recorded function that hold parameters; see {@link rolesOf}. */
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
  readonly cluster: Draft;
  readonly outside: Outside;
  readonly values: Map<Tensor, Value>;
}

class Builder {
  readonly #root = draftCluster("", "root", "");
  readonly #edges: Edge[] = [];
  /** Values whose stand-ins go into clusters at the end, when all their readers are known. */
  readonly #sharedValues: { readonly home: Draft; readonly node: GraphNode; readonly value: SharedValue }[] =
    [];
  readonly #computedValues: ComputedValue[] = [];
  #clusters = 0;
  /** Operations drawn so far, those of loops included. */
  #position = 0;

  build(tape: Tape, params: BuildOptions["params"]): Graph {
    const values = new Map<Tensor, Value>();
    const outside = { scope: "", sweep: "" };
    const frame: Frame = { tape, prefix: "", cluster: this.#root, outside, values };
    let index = 0;
    for (const [t, { kind, name }] of rolesOf(tape, params)) {
      values.set(t, this.#shared(this.#root, draftNode({ id: `i${index++}`, kind, name, types: [t] })));
    }
    this.#draw(frame);
    tape.outputs.forEach((t, i) => {
      const value = this.#value(frame, t);
      const name = t.label ?? (value.name || (tape.outputs.length === 1 ? "output" : `output ${i}`));
      const output = this.#add(this.#root, draftNode({ id: `o${i}`, kind: "output", name, types: [t] }));
      // Nothing follows an output, so it stands beside whatever it is an output of: no edge to it is long.
      const reader: Reader = { cluster: this.#root, place: nowhere, position: 0, body: "" };
      const { type: _, ...edge } = this.#edgeFrom(value, output, reader);
      this.#edges.push({ ...edge, kind: "data" });
    });
    this.#placeStandIns();
    return { root: this.#root, edges: this.#edges };
  }

  /** Draws the operations of a tape whose inputs have values. */
  #draw(frame: Frame): void {
    const placeOf = placer(frame.outside);
    let open: { readonly segment: Segment; readonly cluster: Draft }[] = [];
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
        const parent = open.at(-1)?.cluster ?? frame.cluster;
        open.push({ segment, cluster: this.#cluster(segment, parent) });
      }
      const cluster = open.at(-1)?.cluster ?? frame.cluster;
      const program = programOf(node);
      if (program === undefined) this.#drawOperation(frame, node, place, cluster);
      else this.#drawProgram(frame, node, program, place, cluster);
    }
  }

  #drawOperation(frame: Frame, node: TapeNode, place: Place, cluster: Draft): void {
    const reader: Reader = { cluster, place, position: this.#position++, body: frame.prefix };
    const feeds = node.inputs.map((t) => this.#value(frame, t).read(reader));
    const numbers = feeds.map((feed) => ("number" in feed ? feed.number : undefined));
    const drawn = draftNode({
      id: `${frame.prefix}n${node.index}`,
      kind: "operation",
      family: familyOf(node),
      operation: operationText(node, numbers),
      name: node.outputs.length === 1 ? (node.outputs[0]?.label ?? "") : "",
      types: node.outputs,
      derivative: node.where.derivative !== undefined,
      tapeNode: node,
    });
    this.#add(cluster, drawn);
    const alone = numbers.filter((text) => text === undefined).length < 2;
    feeds.forEach((feed, i) => {
      if ("number" in feed) return;
      this.#edges.push({ ...feed, to: drawn.id, label: join(feed.label, alone ? "" : operandName(node, i)) });
    });
    node.outputs.forEach((t, i) => {
      const label = node.outputs.length > 1 ? (t.label ?? `output ${i}`) : "";
      frame.values.set(t, this.#computed({ node: drawn, output: i, tensor: t, label, reader }));
    });
  }

  /** Draws a node with a program inside as a cluster that holds the program. */
  #drawProgram(frame: Frame, node: TapeNode, program: Program, place: Place, parent: Draft): void {
    const { body, carry, xs, names, isLoop, title } = program;
    const prefix = `${frame.prefix}n${node.index}_`;
    const cluster = this.#cluster({ kind: isLoop ? "loop" : "scope", title }, parent);
    const outside: Outside = { scope: node.where.scope, sweep: place.sweep };
    const inner: Frame = { tape: body, prefix, cluster, outside, values: new Map() };
    const here = (): Reader => {
      return { cluster, place: { ...nowhere, sweep: place.sweep }, position: this.#position, body: prefix };
    };
    const entry: Reader = { cluster: parent, place, position: this.#position, body: frame.prefix };
    const states: GraphNode[] = [];
    body.inputs.forEach((t, i) => {
      const given = node.inputs[i];
      if (given === undefined) return;
      const outer = this.#value(frame, given);
      if (i >= carry + xs) {
        // The same in every step: read as if the body stood outside.
        inner.values.set(t, outer);
        return;
      }
      const isState = i < carry;
      const name = isState ? (names[i] ?? t.label ?? "") : rowOf(t.label ?? (outer.name || "x"));
      const kind = isState ? "state" : "input";
      const drawn = this.#add(cluster, draftNode({ id: `${prefix}i${i}`, kind, name, types: [t] }));
      if (isState) states.push(drawn);
      const edge = this.#edgeFrom(outer, drawn, entry);
      this.#edges.push({ ...edge, label: join(edge.label, isState ? "initial" : "") });
      inner.values.set(t, this.#computed({ node: drawn, output: 0, tensor: t, label: "", reader: here() }));
    });
    this.#draw(inner);
    states.forEach((state, i) => {
      const next = body.outputs[i];
      if (next === undefined) return;
      const { from } = this.#edgeFrom(this.#value(inner, next), state, here());
      this.#edges.push({ from, to: state.id, kind: "carry", label: names[i] ?? "" });
    });
    node.outputs.forEach((t, i) => {
      const made = body.outputs[i];
      if (made === undefined) return;
      const name = i < carry ? (names[i] ?? "") : "";
      const label = i < carry ? `last ${name}`.trimEnd() : "";
      frame.values.set(t, loopResult(this.#value(inner, made), t.label ?? name, label, t));
    });
  }

  /** The value of a tensor on the frame's tape; what is neither an input nor computed is a constant. */
  #value(frame: Frame, t: Tensor): Value {
    const known = frame.values.get(t);
    if (known !== undefined) return known;
    const number = numberText(t);
    const id = `${frame.prefix}k${frame.values.size}`;
    const node = draftNode({
      id,
      kind: "constant",
      operation: constantText(t),
      name: t.label ?? "",
      types: [t],
    });
    const value = number === undefined ? this.#shared(frame.cluster, node) : numberValue(number);
    frame.values.set(t, value);
    return value;
  }

  /** An edge to a node that is no operation, so that a number cannot be written into it and gets a node. */
  #edgeFrom(value: Value, to: GraphNode, reader: Reader): Edge {
    const feed = value.read(reader);
    if (!("number" in feed)) return { ...feed, to: to.id };
    const id = `k${this.#edges.length}_${to.id}`;
    const constant = draftNode({ id, kind: "constant", operation: feed.number, types: [] });
    reader.cluster.standIns.push(constant);
    return { from: constant.id, to: to.id, kind: "data", label: "" };
  }

  /** An input or constant, drawn where it is read. */
  #shared(home: Draft, node: GraphNode): Value {
    const value = new SharedValue(node);
    this.#sharedValues.push({ home, node, value });
    return value;
  }

  #computed(home: Home): Value {
    const value = new ComputedValue(home);
    this.#computedValues.push(value);
    return value;
  }

  #placeStandIns(): void {
    for (const { home, node, value } of this.#sharedValues) {
      const { all } = value.standIns;
      // What nobody reads is shown all the same; an input that needs no repeating stands beside its tape.
      if (all.length === 0) home.standIns.push(node);
      const stay = all.length === 1 && node.kind === "input";
      for (const { node: standIn, cluster } of all) (stay ? home : cluster).standIns.push(standIn);
    }
    for (const { references } of this.#computedValues) {
      for (const { node, cluster } of references?.all ?? []) cluster.standIns.push(node);
    }
  }

  #add(cluster: Draft, node: GraphNode): GraphNode {
    cluster.items.push(node);
    return node;
  }

  #cluster({ kind, title }: Segment, parent: Draft): Draft {
    return draftCluster(`cluster_${this.#clusters++}`, kind, title, parent);
  }
}

const nowhere = { sweep: "", loop: "", step: undefined };

function sameSegment(a: Segment, b: Segment | undefined): boolean {
  return a.kind === b?.kind && a.title === b.title;
}

function join(...labels: readonly string[]): string {
  return labels.filter((text) => text !== "").join(", ");
}

/** The name of one step's row of stacked data; a sum is put in brackets. */
function rowOf(name: string): string {
  return / [+−] /.test(name) ? `(${name})[t]` : `${name}[t]`;
}
