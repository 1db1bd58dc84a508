import { draftNode, type Draft } from "./draft.js";
import { readerAt, readerIn, valueOf, type Frame } from "./frame.js";
import { rowOf, type DrawTape, type ProgramNode } from "./loop.js";
import { count } from "./text.js";
import { StackedValue } from "./stacked.js";
import { named, type Value } from "./values.js";

/** The steps that are drawn of a loop: the first ones and the last; `true` draws all. */
export function stepsToDraw(length: number, unrolled: number | true): number[] {
  const all = Array.from({ length }, (_, t) => t);
  if (unrolled === true || unrolled >= length) return all;
  return [...all.slice(0, unrolled - 1), length - 1];
}

/** Draws a loop step by step, with one node for those that are left out. */
export function drawSteps(
  frame: Frame,
  { node, program, place, parent }: ProgramNode,
  unrolled: number | true,
  draw: DrawTape,
): void {
  const { canvas } = frame;
  const { body, carry, xs, names, title, length, reverse } = program;
  const prefix = `${frame.prefix}n${node.index}_`;
  const cluster = canvas.cluster({ kind: "loop", title }, parent);
  const outside = { scope: node.where.scope, sweep: place.sweep };
  const given = node.inputs.map((t) => valueOf(frame, t));
  const entry = readerAt(frame, place, parent);
  const stateName = (i: number): string => names[i] ?? "";
  const stacked = node.outputs.slice(carry).map((t, i) => {
    const name = t.label ?? body.outputs[carry + i]?.label ?? "";
    return new StackedValue({
      canvas,
      cluster: parent,
      loop: cluster,
      id: `${prefix}y${i}`,
      name,
      type: t,
      reader: entry,
    });
  });

  let states = given.slice(0, carry);
  const frameOf = (id: number | string, within: Draft, step: number): Frame => {
    const own = `${prefix}${id}_`;
    return {
      canvas,
      tape: body,
      prefix: own,
      body: prefix,
      step,
      cluster: within,
      outside,
      values: new Map(),
    };
  };
  const drawStep = (t: number): void => {
    const inner = frameOf(t, canvas.cluster({ kind: "step", title: `t = ${t}` }, cluster), t);
    body.inputs.forEach((input, i) => {
      const outer = i < carry ? states[i] : given[i];
      if (outer === undefined) return;
      const isRow = i >= carry && i < carry + xs;
      inner.values.set(input, isRow ? rowValue(inner, i, t, outer) : outer);
    });
    draw(inner);
    const results = body.outputs.map((made) => valueOf(inner, made));
    states = results.slice(0, carry).map((value, i) => named(value, stateName(i)));
    stacked.forEach((all, i) => all.push(t, results[carry + i]));
  };
  const rowValue = (inner: Frame, i: number, t: number, outer: Value): Value => {
    const row = outer.row?.(t);
    const input = body.inputs[i];
    if (row !== undefined || input === undefined) return row ?? outer;
    const name = rowOf(input.label ?? (outer.name || "x"), t);
    const drawn = draftNode({ id: `${inner.prefix}i${i}`, kind: "input", name, types: [input], step: t });
    canvas.add(inner.cluster, drawn);
    canvas.connect(outer, drawn, entry);
    return canvas.computed({ node: drawn, output: 0, tensor: input, label: "", reader: readerIn(inner) });
  };
  /** One node for the steps from `first` to `last`. */
  const drawGap = (first: number, last: number): void => {
    const steps = last - first + 1;
    const inner = frameOf("gap", cluster, first);
    const [from, to] = reverse ? [last, first] : [first, last];
    const operation = first === last ? `t = ${first}` : `t = ${from} … ${to}`;
    const name = `${count(steps, "step")} left out`;
    const folded = steps * body.nodes.length;
    const id = `${prefix}gap`;
    const gap = canvas.add(cluster, draftNode({ id, kind: "fold", operation, name, types: [], folded }));
    const reader = readerIn(inner);
    states.forEach((value) => canvas.connect(value, gap, reader));
    const value = (i: number): Value | undefined => {
      const tensor = body.outputs[i];
      return tensor && canvas.computed({ node: gap, output: i, tensor, label: "", reader });
    };
    states = states.map((known, i) => named(value(i) ?? known, stateName(i)));
    stacked.forEach((all, i) => {
      for (let t = first; t <= last; t++) all.push(t, value(carry + i));
    });
  };

  const shown = stepsToDraw(length, unrolled);
  const order: (() => void)[] = [];
  shown.forEach((t, k) => {
    const before = shown[k - 1] ?? -1;
    if (t > before + 1) order.push(() => drawGap(before + 1, t - 1));
    order.push(() => drawStep(t));
  });
  for (const next of reverse ? order.reverse() : order) next();
  node.outputs.forEach((t, i) => {
    const value = i < carry ? states[i] : stacked[i - carry];
    if (value !== undefined)
      frame.values.set(t, i < carry ? named(value, stateName(i), `last ${stateName(i)}`) : value);
  });
}
