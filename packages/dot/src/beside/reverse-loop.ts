import type { Tensor } from "@tapeloop/core";
import { draftNode } from "../graph/draft.js";
import { readerAt, readerIn, valueOf, type Frame } from "../graph/frame.js";
import { rowOf, type DrawTape, type ProgramNode } from "../graph/loop.js";
import type { GraphNode } from "../graph/model.js";
import { inFormulas, loopResult, type Value } from "../graph/values.js";
import type { Beside } from "./beside.js";
import type { DrawnLoop, SweptState } from "./drawn.js";
import { expressionValue } from "./written.js";
import { withValues } from "./expression.js";
import { plainName } from "./names.js";

/** The row of a series of gradients without a name. */
const INCOMING = rowOf("δ", "t");

/** Draws the steps of a reverse sweep beside those of the loop that it goes back through. */
export function drawReverse(
  beside: Beside,
  frame: Frame,
  { node, program, place }: ProgramNode,
  loop: DrawnLoop,
  draw: DrawTape,
): void {
  const { canvas } = frame;
  const { body, carry, xs, names } = program;
  const { cluster } = loop.inner;
  const prefix = `${frame.prefix}n${node.index}_`;
  const outside = { scope: node.where.scope, sweep: place.sweep };
  const inner: Frame = {
    ...loop.inner,
    tape: body,
    prefix,
    outside,
    values: new Map(),
    carry,
  };
  const totals = beside.totalsOf(body, carry);
  const captured = loop.program.body.inputs.slice(loop.program.carry + loop.program.xs);
  for (const [i, t] of body.inputs.slice(0, carry).entries()) {
    if (!totals.has(t)) continue;
    const parameters = captured.map((outer) => valueOf(loop.inner, outer));
    beside.placeTotal(
      t,
      parameters.find(({ name }) => `d${name}` === names[i]),
    );
  }
  for (const [i, t] of body.outputs.slice(0, carry).entries()) {
    const state = loop.program.names.findIndex((name) => `d${name}` === names[i]);
    if (state >= 0)
      beside.placeResult(t, { cluster, id: `${loop.inner.prefix}i${state}`, tape: body, scope: "" });
  }
  const states = new Map<number, GraphNode>();
  const enter = (t: Tensor, i: number, kind: "state" | "input", name: string, outer: Value): GraphNode => {
    const of = loop.program.names.findIndex((state) => `d${state}` === names[i]);
    const made = kind === "state" ? loop.program.body.outputs[of] : undefined;
    const home = beside.homeOf(made);
    const drawn = canvas.add(
      home?.cluster ?? cluster,
      draftNode({
        id: `${prefix}i${i}`,
        kind,
        name,
        types: [t],
        derivative: true,
        ...(home !== undefined && { beside: home.id }),
      }),
    );
    // A cotangent of zero is no information.
    if (outer.role === "constant") outer.asOneOfMany?.();
    else beside.connect(outer, drawn, readerAt(frame, place, cluster));
    const reader = readerIn(inner);
    const value = canvas.computed({ node: drawn, output: 0, tensor: t, label: "", reader });
    const symbol = name === INCOMING ? name : plainName(name);
    const called = name === "" ? value : inFormulas(value, { symbol });
    inner.values.set(t, called);
    beside.noteEntry(called, drawn);
    return drawn;
  };
  body.inputs.forEach((t, i) => {
    const given = node.inputs[i];
    if (given === undefined || totals.has(t)) return;
    const outer = valueOf(frame, given);
    if (i < carry) states.set(i, enter(t, i, "state", names[i] ?? "", outer));
    else if (i >= carry + xs) inner.values.set(t, outer);
    else {
      const row = (beside.loopOf(given) === loop ? outer.inner : undefined) ?? loop.rows.get(outer);
      if (row !== undefined) inner.values.set(t, row);
      else
        enter(
          t,
          i,
          "input",
          outer.name === "" && t.label === undefined ? INCOMING : rowOf(t.label ?? outer.name, "t"),
          outer,
        );
    }
  });
  draw(inner);
  const carried: SweptState[] = [];
  for (const [i, state] of states) {
    const next = body.outputs[i];
    if (next === undefined) continue;
    const { from } = canvas.edgeFrom(valueOf(inner, next), state, readerIn(inner));
    const name = names[i] ?? "";
    canvas.edges.push({ from, to: state.id, kind: "carry", label: name, isFree: true });
    carried.push({ name, from: state.id, to: from, result: beside.operand(inner, next) });
  }
  beside.sweeps.push({ body: loop.program.body, states: carried });
  node.outputs.forEach((t, i) => {
    const made = body.outputs[i];
    if (made === undefined) return;
    const as = { name: t.label ?? (i < carry ? (names[i] ?? "") : ""), label: "", isStacked: i >= carry };
    const result = valueOf(inner, made);
    const { expression } = result;
    if (expression === undefined || result.number !== undefined)
      frame.values.set(t, loopResult(result, as, t));
    else if (as.isStacked)
      frame.values.set(t, loopResult(beside.drawResult(inner, expression, made, `${prefix}e${i}`), as, t));
    else {
      const outer = withValues(expression, (value, type) => loopResult(value, { ...as, name: "" }, type));
      frame.values.set(t, expressionValue(outer));
    }
  });
}
