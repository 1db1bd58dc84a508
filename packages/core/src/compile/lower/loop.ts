import type { ScanAttrs } from "../../control/scan-op.js";
import type { TapeNode } from "../../tape/tape.js";
import { sizeOf, sameShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Buffer, Loop, Repeat, View } from "../ir.js";
import { ordered, runsAfter } from "./dependence.js";
import { Scope, type Source } from "./scope.js";
import { rowOf, wholeOf } from "./views.js";

/** Where one carried value lives. */
interface Carry {
  /** What a step reads, and what it writes for the next one; the same place if it may overwrite what it read. */
  readonly before: View;
  readonly after: View;
  readonly initial: View;
  readonly final: View;
  /** Stacks of the values before, or after, each step, if the carry keeps them. */
  readonly stackOf: (output: Tensor) => View | undefined;
}

/** Lowers a scan: its body's steps, once, inside a loop. `lowerBody` lowers a tape into a scope. */
export function lowerScan(
  scope: Scope,
  node: TapeNode,
  attrs: ScanAttrs,
  lowerBody: (scope: Scope, tape: ScanAttrs["body"]) => void,
): void {
  const { body, carry: carries, xs, length, reverse } = attrs;
  const loop: Loop = { length, reverse };
  const inner = new Scope(scope, loop);
  const repeat: Repeat = { kind: "repeat", loop, steps: [], after: new Set() };
  const read = (t: Tensor): View => {
    const view = scope.view(t);
    scope.reads(repeat, view);
    return view;
  };
  const carried = new Map<number, Carry>();
  body.inputs.forEach((input, i) => {
    const given = node.inputs[i];
    if (given === undefined) return;
    if (i < carries && body.outputs[i] !== input) {
      const carry = carryOf(attrs, i, loop);
      carried.set(i, carry);
      inner.carries.add(carry.before.buffer);
      const before = new Set(scope.steps);
      scope.start(given, carry.initial);
      for (const step of scope.steps) if (!before.has(step)) runsAfter(repeat, step);
      for (const writer of scope.writersOf(carry.initial)) runsAfter(repeat, writer);
      inner.sources.set(input, { kind: "view", view: carry.before });
      return;
    }
    inner.sources.set(
      input,
      sourceOf(scope, given, i >= carries && i < carries + xs ? loop : undefined, read),
    );
  });
  lowerBody(inner, body);
  // What is done only to bring values to the next step is the loop's.
  inner.node = node;

  const outputs = node.outputs.map((output, i): View | undefined => {
    const value = body.outputs[i];
    if (value === undefined) return undefined;
    if (i < carries) {
      const carry = carried.get(i);
      if (carry === undefined) return undefined;
      if (length > 0) inner.place(value, carry.after);
      return carry.final;
    }
    for (const [, carry] of carried) {
      const stack = carry.stackOf(value);
      if (stack !== undefined) return stack;
    }
    const stack = scope.allocate(output, output.label ?? value.label ?? "stack");
    scope.claim(stack);
    if (length > 0) inner.place(value, rowOf(stack, loop));
    return stack;
  });
  for (const view of inner.captured) scope.reads(repeat, view);
  repeat.steps = ordered(inner.steps);
  scope.add(repeat);
  node.outputs.forEach((output, i) => {
    const view = outputs[i];
    const given = node.inputs[i];
    if (view === undefined) {
      // A carry that no step changes.
      if (given !== undefined) scope.sources.set(output, scope.source(given));
      return;
    }
    scope.writes(repeat, view);
    scope.sources.set(output, { kind: "view", view });
  });
}

/** What stands for an outer tensor, or for its row in this step, inside the loop. */
function sourceOf(scope: Scope, t: Tensor, rows: Loop | undefined, read: (t: Tensor) => View): Source {
  const source = scope.source(t);
  if (source.kind === "literal") return source;
  const view = read(t);
  return { kind: "view", view: rows === undefined ? view : rowOf(view, rows) };
}

function carryOf(attrs: ScanAttrs, i: number, loop: Loop): Carry {
  const { body, carry: carries } = attrs;
  const [before, next] = [body.inputs[i], body.outputs[i]];
  if (before === undefined || next === undefined) throw new RangeError(`compile: the loop has no carry ${i}`);
  const stacked = body.outputs.slice(carries);
  if (stacked.includes(before) || stacked.includes(next)) return history(attrs, loop, before, next);
  return updatesInPlace(attrs, before, next) ? single(attrs, before) : pair(attrs, loop, before);
}

/**
 * A carry whose values are stacked as well: a stack with one row more, in which each step reads one row and writes
 * the next. Both stacks, of the values before and after each step, are windows of it.
 */
function history(
  { names, length, reverse, body }: ScanAttrs,
  loop: Loop,
  before: Tensor,
  next: Tensor,
): Carry {
  const { shape } = before;
  const size = sizeOf(shape);
  const buffer = bufferFor(before, names[body.inputs.indexOf(before)], length + 1);
  const row = wholeOf(buffer, shape);
  const [first, second] = reverse ? [size, 0] : [0, size];
  const stack = (offset: number): View => ({ ...wholeOf(buffer, [length, ...shape]), offset });
  const rowAt = (offset: number): View => ({ ...row, offset, moves: [{ loop, stride: size }] });
  return {
    before: rowAt(first),
    after: rowAt(second),
    initial: { ...row, offset: reverse ? length * size : 0 },
    final: { ...row, offset: reverse ? 0 : length * size },
    stackOf: (output) => (output === next ? stack(second) : output === before ? stack(first) : undefined),
  };
}

/** Two places, read and written in turn. */
function pair({ names, length, body }: ScanAttrs, loop: Loop, before: Tensor): Carry {
  const size = sizeOf(before.shape);
  const buffer = bufferFor(before, names[body.inputs.indexOf(before)], 2);
  const row = wholeOf(buffer, before.shape);
  return {
    before: { ...row, moves: [{ loop, stride: size, phase: 0 }] },
    after: { ...row, moves: [{ loop, stride: size, phase: 1 }] },
    initial: row,
    final: { ...row, offset: length % 2 === 0 ? 0 : size },
    stackOf: () => undefined,
  };
}

/** One place: for sums, which read an element just before they write it. */
function single({ names, body }: ScanAttrs, before: Tensor): Carry {
  const row = wholeOf(bufferFor(before, names[body.inputs.indexOf(before)], 1), before.shape);
  return { before: row, after: row, initial: row, final: row, stackOf: () => undefined };
}

/** Whether the next value is this one plus something, and nothing else reads this one. */
function updatesInPlace({ body }: ScanAttrs, before: Tensor, next: Tensor): boolean {
  const readers = body.nodes.filter((node) => node.inputs.includes(before));
  const [reader] = readers;
  return (
    readers.length === 1 &&
    reader?.op.name === "add" &&
    reader.outputs[0] === next &&
    reader.inputs[0] !== reader.inputs[1] &&
    sameShape(before.shape, next.shape) &&
    !body.outputs.includes(before)
  );
}

function bufferFor(t: Tensor, name: string | undefined, copies: number): Buffer {
  return { dtype: t.dtype, elements: copies * sizeOf(t.shape), name: name ?? "carry", lasting: false };
}
