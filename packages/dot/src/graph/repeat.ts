import type { TapeNode, Tensor } from "@tapeloop/core";
import type { Repeat, Repeats } from "../repeat/find.js";
import type { Source } from "../repeat/wiring.js";
import { draftNode, type Draft } from "./draft.js";
import { readerAt, valueOf, type Frame } from "./frame.js";
import { rowOf } from "./loop.js";
import type { GraphNode } from "./model.js";
import { drawOperation } from "./operation.js";
import type { Place, Segment } from "./place.js";
import { seriesName } from "./series.js";
import { count } from "./text.js";
import { repeatedValue, type Value } from "./values.js";

/** How a repeated block finds its place. */
export interface Placing {
  readonly placeOf: (node: TapeNode) => Place;
  readonly clusterOf: (path: readonly Segment[]) => Draft;
}

/** Draws a repeated block once, as a loop: what it carries on is a dashed edge back to its beginning. */
export function drawRepeat(frame: Frame, repeat: Repeat, { placeOf, clusterOf }: Placing): void {
  const { canvas } = frame;
  const { blocks, sources } = repeat;
  const block = blocks[0] ?? [];
  const [first] = block;
  if (first === undefined) return;
  const places = block.map(placeOf);
  const around = outerPath(places[0] ?? { path: [] });
  const parent = clusterOf(around);
  const folded = (blocks.length - 1) * block.length;
  const title = `${titleOf(repeat)}, ${count(folded, "node")} folded`;
  const cluster = canvas.cluster({ kind: "loop", title }, parent, folded);
  const entries = new Entries(frame, repeat, cluster, places[0]);

  block.forEach((node, at) => {
    const { path, ...place } = places[at] ?? { path: [], sweep: "", loop: "", step: undefined };
    const within = path.slice(around.length).filter(({ kind }) => kind !== "step");
    const operands = node.inputs.map((t, slot) => entries.operand(sources[at]?.[slot], t));
    const labels = node.outputs.length === 1 ? blocks.map((all) => all[at]?.outputs[0]?.label) : [];
    const name = seriesName(labels);
    const inner = clusterOf([...around, { kind: "loop", title, cluster }, ...within]);
    drawOperation(frame, node, { ...place, path, step: undefined }, inner, { operands, name });
  });
  entries.close();
  const made = block.map(({ outputs }, at) =>
    outputs.map((t, i) => {
      const name = seriesName(blocks.map((all) => all[at]?.outputs[i]?.label));
      return { value: valueOf(frame, t), name };
    }),
  );
  blocks.forEach((nodes, r) => {
    nodes.forEach(({ outputs }, at) =>
      outputs.forEach((t, i) => {
        const { value, name = "" } = made[at]?.[i] ?? {};
        if (value) frame.values.set(t, repeatedValue(value, name, { name, at: r, count: blocks.length }));
      }),
    );
  });
}

/** Makes the repetitions of loops that nobody marked with `timeStep` steps all the same, counted from 1. */
export function numberRepetitions(places: Map<TapeNode, Place>, { beginning }: Repeats): void {
  for (const [first, { blocks }] of beginning) {
    if (first.where.step !== undefined) continue;
    blocks.forEach((block, r) => {
      for (const node of block) {
        const place = places.get(node);
        if (place === undefined) continue;
        const around = outerPath(place);
        const step: Segment = { kind: "step", title: `repetition ${r + 1}` };
        const path = [...around, step, ...place.path.slice(around.length)];
        places.set(node, { ...place, path, loop: `${place.sweep}:repeat ${first.index}`, step: r });
      }
    });
  }
}

/** The nodes through which a block gets what changes from one repetition to the next. */
class Entries {
  readonly #known = new Map<string, Value>();
  readonly #carries: {
    readonly node: GraphNode;
    readonly source: Source & { kind: "carry" };
    name: string;
  }[] = [];
  readonly #frame: Frame;
  readonly #repeat: Repeat;
  readonly #cluster: Draft;
  readonly #place: Place;

  constructor(frame: Frame, repeat: Repeat, cluster: Draft, place: Place | undefined) {
    this.#frame = frame;
    this.#repeat = repeat;
    this.#cluster = cluster;
    this.#place = { path: [], sweep: place?.sweep ?? "", loop: "", step: undefined };
  }

  operand(source: Source | undefined, t: Tensor): Value {
    if (source?.kind === "carry") return this.#carry(source);
    if (source?.kind === "each") return this.#each(source.values);
    return valueOf(this.#frame, source?.kind === "same" ? source.value : t);
  }

  /** Draws what is carried, when the whole block is drawn. */
  close(): void {
    const { canvas } = this.#frame;
    for (const { node, source, name } of this.#carries) {
      const made = this.#repeat.blocks[0]?.[source.at]?.outputs[source.output];
      if (made === undefined) continue;
      const { from } = canvas.edgeFrom(valueOf(this.#frame, made), node, this.#reader(this.#cluster));
      const label = source.lag === 1 ? name : `${name} (${source.lag} steps on)`.trimStart();
      canvas.edges.push({ from, to: node.id, kind: "carry", label });
    }
  }

  #reader(cluster: Draft) {
    return readerAt(this.#frame, this.#place, cluster);
  }

  #carry(source: Source & { kind: "carry" }): Value {
    const { at, output, lag, initial } = source;
    const own = this.#nameOfOutput(at, output);
    const name = own === "" ? (initial[0]?.label ?? "") : own;
    return this.#entry(`${lag} ${at}.${output}`, initial, () => {
      const node = this.#node("state", name, initial);
      this.#carries.push({ node, source, name });
      for (const t of initial) this.#connect(valueOf(this.#frame, t), node, "initial");
      return node;
    });
  }

  #each(values: readonly Tensor[]): Value {
    return this.#entry("each", values, () => {
      const row = this.#repeat.rows.get(values[0] ?? missing());
      if (row !== undefined) {
        const source = valueOf(this.#frame, row.source);
        const node = this.#node("input", rowOf(source.name || "x", "t"), values);
        this.#connect(source, node);
        return node;
      }
      const outer = values.map((t) => valueOf(this.#frame, t));
      const name = seriesName(outer.map((value) => value.name)) || "x";
      // A series of inputs or parameters needs no other nodes than this one.
      const [one] = outer.map((value) => value.asOneOfMany?.());
      if (one !== undefined) {
        const kind = one.kind === "parameter" ? one.kind : "input";
        return this.#node(kind, rowOf(name, "t"), values);
      }
      const node = this.#node("input", rowOf(name, "t"), values);
      for (const value of outer) this.#connect(value, node);
      return node;
    });
  }

  #connect(value: Value, node: GraphNode, label = ""): void {
    this.#frame.canvas.connect(value, node, this.#reader(this.#cluster), label);
  }

  #node(kind: GraphNode["kind"], name: string, values: readonly Tensor[]): GraphNode {
    const at = this.#repeat.blocks[0]?.[0]?.index ?? 0;
    const id = `${this.#frame.prefix}e${at}_${this.#known.size}`;
    const [type] = values;
    return this.#frame.canvas.add(
      this.#cluster,
      draftNode({ id, kind, name, types: type === undefined ? [] : [type] }),
    );
  }

  /** One node for all operands that are the same series of values. */
  #entry(kind: string, values: readonly Tensor[], draw: () => GraphNode): Value {
    const [tensor] = values;
    if (tensor === undefined) return missing();
    const key = `${kind} ${values.map((t) => this.#numberOf(t)).join()}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const node = draw();
    const reader = this.#reader(this.#cluster);
    const value = this.#frame.canvas.computed({ node, output: 0, tensor, label: "", reader });
    this.#known.set(key, value);
    return value;
  }

  readonly #numbers = new Map<Tensor, number>();
  #numberOf(t: Tensor): number {
    const known = this.#numbers.get(t) ?? this.#numbers.size;
    this.#numbers.set(t, known);
    return known;
  }

  #nameOfOutput(at: number, output: number): string {
    return seriesName(this.#repeat.blocks.map((block) => block[at]?.outputs[output]?.label));
  }
}

function missing(): never {
  throw new Error("toDot: a repeated block has an operand without a value");
}

/** The clusters around a block: those around its time loop, or else the pass alone. */
function outerPath({ path }: { readonly path: readonly Segment[] }): Segment[] {
  const step = path.findIndex(({ kind }) => kind === "step");
  return step < 0 ? path.filter(({ kind }) => kind === "sweep") : path.slice(0, step);
}

/** `loop × 24`, and which time steps these are if they do not count up from 0. */
function titleOf({ blocks }: Repeat): string {
  const times = `loop × ${blocks.length}`;
  const [from, to] = [blocks[0]?.[0]?.where.step, blocks.at(-1)?.[0]?.where.step];
  if (from === undefined || to === undefined || (from === 0 && to === blocks.length - 1)) return times;
  return `${times}, t = ${from} … ${to}`;
}
