import type { TapeNode, Tensor } from "@tapeloop/core";
import type { Draft } from "./draft.js";
import { draftNode } from "./draft.js";
import { readerAt, readerIn, valueOf, type Frame } from "./frame.js";
import type { GraphNode } from "./model.js";
import type { Place } from "./place.js";
import type { Program } from "./program.js";
import type { DrawnLoop } from "../beside/drawn.js";
import { plainName } from "../beside/names.js";
import { inFormulas, loopResult, type Value } from "./values.js";

/** Draws the operations of a tape whose inputs have values. */
export type DrawTape = (frame: Frame) => void;

/** A node with a program inside, and where it stands. */
export interface ProgramNode {
  readonly node: TapeNode;
  readonly program: Program;
  readonly place: Place;
  readonly parent: Draft;
}

/** Draws a node with a program inside as a cluster that holds the program once. */
export function drawLoop(
  frame: Frame,
  { node, program, place, parent }: ProgramNode,
  draw: DrawTape,
): DrawnLoop {
  const { canvas } = frame;
  const { body, carry, xs, results, names, isLoop, title } = program;
  const prefix = `${frame.prefix}n${node.index}_`;
  const cluster = canvas.cluster({ kind: isLoop ? "loop" : "scope", title }, parent);
  const outside = { scope: node.where.scope, sweep: place.sweep };
  const values = new Map<Tensor, Value>();
  const inner: Frame = { canvas, tape: body, prefix, body: prefix, cluster, outside, values, results };
  const entry = readerAt(frame, place, parent);
  const states: GraphNode[] = [];
  const rows = new Map<Value, Value>();
  body.inputs.forEach((t, i) => {
    const given = node.inputs[i];
    if (given === undefined) return;
    const outer = valueOf(frame, given);
    if (i >= carry + xs) {
      // The same in every step: read as if the body stood outside.
      inner.values.set(t, outer);
      return;
    }
    const isState = i < carry;
    const name = isState ? (names[i] ?? t.label ?? "") : rowOf(t.label ?? (outer.name || "x"), "t");
    const kind = isState ? "state" : "input";
    const drawn = canvas.add(cluster, draftNode({ id: `${prefix}i${i}`, kind, name, types: [t] }));
    if (isState) states.push(drawn);
    canvas.connect(outer, drawn, entry, isState ? "initial" : "");
    const value = canvas.computed({ node: drawn, output: 0, tensor: t, label: "", reader: readerIn(inner) });
    inner.values.set(t, name === "" ? value : inFormulas(value, { symbol: plainName(name) }));
    if (!isState) rows.set(outer, valueOf(inner, t));
  });
  draw(inner);
  states.forEach((state, i) => {
    const next = body.outputs[i];
    if (next === undefined) return;
    const { from } = canvas.edgeFrom(valueOf(inner, next), state, readerIn(inner));
    canvas.edges.push({ from, to: state.id, kind: "carry", label: names[i] ?? "" });
  });
  node.outputs.forEach((t, i) => {
    const made = body.outputs[i];
    if (made === undefined) return;
    const name = i < carry ? (names[i] ?? "") : "";
    const label = i < carry ? `last ${name}`.trimEnd() : "";
    frame.values.set(
      t,
      loopResult(valueOf(inner, made), { name: t.label ?? name, label, isStacked: isLoop && i >= carry }, t),
    );
  });
  return { program, inner, rows };
}

/** The name of one step's row of stacked data; a sum is put in brackets. */
export function rowOf(name: string, step: number | string): string {
  return / [+−] /.test(name) ? `(${name})[${step}]` : `${name}[${step}]`;
}
