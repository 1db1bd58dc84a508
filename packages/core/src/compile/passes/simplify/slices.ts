import { concatOp } from "../../../ops/join.js";
import { broadcastToOp, permuteOp } from "../../../ops/movement.js";
import { flipOp, padOp, sliceOp } from "../../../ops/slice.js";
import type { Shape } from "../../../tensor/shape.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { isNode } from "../rewrite/draft.js";
import type { Maker, Pending, Rule } from "./simplifier.js";

/** Settings of a slice: element i of an axis is element start + step·i of the operand's. */
export interface SliceAttrs {
  readonly size: Shape;
  readonly start: readonly number[];
  readonly step: readonly number[];
}

/** A slice of something that was itself moved: of what was there before. */
export const sliceRule: Rule<SliceAttrs> = (node, make) => {
  const [x] = node.inputs;
  if (x === undefined || isWhole(x.shape, node.attrs)) return x;
  const attrs = plain(node.attrs);
  const source = make.draft.producer(x)?.node;
  const [from] = source?.inputs ?? [];
  if (source === undefined || from === undefined) return undefined;
  const { where } = node;
  const { size, start, step } = attrs;
  if (isNode(sliceOp, source)) {
    const first = source.attrs;
    return make.add(
      sliceOp,
      [from],
      plain({
        size,
        start: start.map((at, i) => (first.start[i] ?? 0) + (first.step[i] ?? 1) * at),
        step: step.map((by, i) => by * (first.step[i] ?? 1)),
      }),
      where,
    );
  }
  if (isNode(flipOp, source)) {
    const flipped = (i: number): boolean => source.attrs.axes.includes(i);
    const from0 = start.map((at, i) => (flipped(i) ? (x.shape[i] ?? 0) - 1 - at : at));
    const by = step.map((each, i) => (flipped(i) ? -each : each));
    return size.includes(0)
      ? undefined
      : make.add(sliceOp, [from], plain({ size, start: from0, step: by }), where);
  }
  if (isNode(permuteOp, source)) {
    const { axes } = source.attrs;
    const back = axes.map((_, i) => axes.indexOf(i));
    const moved = <T>(list: readonly T[], none: T): T[] => back.map((axis) => list[axis] ?? none);
    const inner = { size: moved(size, 0), start: moved(start, 0), step: moved(step, 1) };
    return make.add(permuteOp, [make.add(sliceOp, [from], inner, where)], { axes }, where);
  }
  if (isNode(broadcastToOp, source)) return ofStretched(x, from, attrs, node, make);
  if (isNode(concatOp, source)) return ofJoined(source.inputs, source.attrs.axis, attrs, node, make);
  if (isNode(padOp, source)) return ofPadded(from, source.attrs, attrs, node, make);
  return undefined;
};

/** Axes of one element, or none, have no direction. */
function plain({ size, start, step }: SliceAttrs): SliceAttrs {
  return { size, start, step: step.map((by, i) => ((size[i] ?? 0) > 1 ? by : 1)) };
}

function isWhole(shape: Shape, { size, start, step }: SliceAttrs): boolean {
  return shape.every((n, i) => n === size[i] && (n === 0 || (start[i] === 0 && (n === 1 || step[i] === 1))));
}

function ofStretched(x: Tensor, from: Tensor, attrs: SliceAttrs, { where }: Pending, make: Maker): Tensor {
  const { size, start, step } = attrs;
  const lead = x.rank - from.rank;
  const taken = (i: number): boolean => from.shape[i] === x.shape[i + lead];
  const inner = {
    size: from.shape.map((n, i) => (taken(i) ? (size[i + lead] ?? 0) : n)),
    start: from.shape.map((_, i) => (taken(i) ? (start[i + lead] ?? 0) : 0)),
    step: from.shape.map((_, i) => (taken(i) ? (step[i + lead] ?? 1) : 1)),
  };
  return make.add(broadcastToOp, [make.add(sliceOp, [from], inner, where)], { shape: size }, where);
}

/** The first and the last position that a slice takes on an axis; of one element or more. */
function span({ size, start, step }: SliceAttrs, axis: number): readonly [number, number] {
  const first = start[axis] ?? 0;
  const last = first + ((size[axis] ?? 1) - 1) * (step[axis] ?? 1);
  return [Math.min(first, last), Math.max(first, last)];
}

function ofJoined(
  parts: readonly Tensor[],
  axis: number,
  attrs: SliceAttrs,
  { where }: Pending,
  make: Maker,
): Tensor | undefined {
  if (attrs.size[axis] === 0) return undefined;
  const [first, last] = span(attrs, axis);
  let offset = 0;
  for (const part of parts) {
    const end = offset + (part.shape[axis] ?? 0);
    if (first >= offset && last < end) {
      const start = attrs.start.with(axis, (attrs.start[axis] ?? 0) - offset);
      return make.add(sliceOp, [part], { ...attrs, start }, where);
    }
    offset = end;
  }
  return undefined;
}

function ofPadded(
  from: Tensor,
  { widths, value }: { readonly widths: readonly (readonly [number, number])[]; readonly value: number },
  attrs: SliceAttrs,
  { output, where }: Pending,
  make: Maker,
): Tensor | undefined {
  if (attrs.size.includes(0)) return undefined;
  let inside = true;
  for (const [axis, [before]] of widths.entries()) {
    const [first, last] = span(attrs, axis);
    const end = before + (from.shape[axis] ?? 0);
    if (last < before || first >= end) return make.fill(value, output, where);
    inside &&= first >= before && last < end;
  }
  if (!inside) return undefined;
  const start = attrs.start.map((at, axis) => at - (widths[axis]?.[0] ?? 0));
  return make.add(sliceOp, [from], { ...attrs, start }, where);
}
