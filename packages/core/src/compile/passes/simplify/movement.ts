import { concatOp } from "../../../ops/join.js";
import { broadcastToOp, permuteOp, reshapeOp } from "../../../ops/movement.js";
import { flipOp, padOp, sliceOp } from "../../../ops/slice.js";
import { sameShape, type Shape } from "../../../tensor/shape.js";
import type { Tensor } from "../../../tensor/tensor.js";
import type { Maker, Pending, Rule } from "./simplifier.js";

/** Rules for operations that move elements. Two in a row become one, and those that move nothing vanish. */

/** Elements that are all alike stay so wherever they are moved. */
export const moveConstantRule: Rule = ({ inputs: [x], output, where }, make) => {
  const value = x === undefined || x.rank === 0 ? undefined : make.constant(x);
  return value === undefined ? undefined : make.fill(value, output, where);
};

export const reshapeRule: Rule = ({ inputs: [x], attrs, op, output, where }, make) => {
  if (x === undefined) return undefined;
  if (sameShape(x.shape, output.shape)) return x;
  const [source] = make.draft.madeBy(reshapeOp, x)?.inputs ?? [];
  return source === undefined ? undefined : make.add(op, [source], attrs, where);
};

export const permuteRule: Rule<{ axes: readonly number[] }> = ({ inputs: [x], attrs, where }, make) => {
  const { axes } = attrs;
  if (x === undefined || axes.every((axis, i) => axis === i)) return x;
  const earlier = make.draft.madeBy(permuteOp, x);
  const [source] = earlier?.inputs ?? [];
  if (earlier === undefined || source === undefined) return undefined;
  const both = axes.map((axis) => earlier.attrs.axes[axis] ?? 0);
  return make.add(permuteOp, [source], { axes: both }, where);
};

export const broadcastRule: Rule<{ shape: Shape }> = ({ inputs: [x], attrs, where }, make) => {
  if (x === undefined || sameShape(x.shape, attrs.shape)) return x;
  const [source] = make.draft.madeBy(broadcastToOp, x)?.inputs ?? [];
  return source === undefined ? undefined : make.add(broadcastToOp, [source], attrs, where);
};

export const flipRule: Rule<{ axes: readonly number[] }> = ({ inputs: [x], attrs, where }, make) => {
  if (x === undefined) return undefined;
  const axes = attrs.axes.filter((axis) => (x.shape[axis] ?? 0) > 1);
  if (axes.length === 0) return x;
  if (axes.length < attrs.axes.length) return make.add(flipOp, [x], { axes }, where);
  const earlier = make.draft.madeBy(flipOp, x);
  return earlier !== undefined && sameShape(earlier.attrs.axes, axes) ? earlier.inputs[0] : undefined;
};

interface PadAttrs {
  readonly widths: readonly (readonly [number, number])[];
  readonly value: number;
}

export const padRule: Rule<PadAttrs> = ({ inputs: [x], attrs, output, where }, make) => {
  const { widths, value } = attrs;
  if (x === undefined || widths.every(([before, after]) => before === 0 && after === 0)) return x;
  if (Object.is(make.constant(x), value)) return make.fill(value, output, where);
  const earlier = make.draft.madeBy(padOp, x);
  const [source] = earlier?.inputs ?? [];
  if (earlier === undefined || source === undefined || !Object.is(earlier.attrs.value, value)) {
    return undefined;
  }
  const both = widths.map(([before, after], axis) => {
    const [b, a] = earlier.attrs.widths[axis] ?? [0, 0];
    return [before + b, after + a] as const;
  });
  return make.add(padOp, [source], { widths: both, value }, where);
};

export const concatRule: Rule<{ axis: number }> = ({ inputs, attrs, output, where }, make) => {
  const { axis } = attrs;
  const parts = joined(
    inputs.filter((t) => (t.shape[axis] ?? 0) > 0),
    axis,
    where,
    make,
  );
  const [only] = parts;
  if (only === undefined) return inputs[0];
  if (parts.length === 1) return only;
  const value = make.constant(only);
  if (value !== undefined && parts.every((t) => Object.is(make.constant(t), value))) {
    return make.fill(value, output, where);
  }
  return parts.length < inputs.length ? make.add(concatOp, parts, attrs, where) : undefined;
};

/** The parts, of which neighbouring slices of one tensor are a single slice of it. */
function joined(
  inputs: readonly Tensor[],
  axis: number,
  where: Pending["where"],
  make: Maker,
): readonly Tensor[] {
  const parts: Tensor[] = [];
  for (const t of inputs) {
    const last = parts.at(-1);
    const both = last && neighbours(last, t, axis, make);
    if (both === undefined) parts.push(t);
    else parts[parts.length - 1] = make.add(sliceOp, [both.source], both.attrs, where);
  }
  return parts;
}

function neighbours(a: Tensor, b: Tensor, axis: number, make: Maker) {
  const [first, second] = [make.draft.madeBy(sliceOp, a), make.draft.madeBy(sliceOp, b)];
  const [source] = first?.inputs ?? [];
  if (first === undefined || second === undefined || source === undefined) return undefined;
  if (second.inputs[0] !== source) return undefined;
  const [p, q] = [first.attrs, second.attrs];
  const unit = [...p.step, ...q.step].every((by) => by === 1);
  const follows = q.start.every((at, i) => at === (p.start[i] ?? 0) + (i === axis ? (p.size[i] ?? 0) : 0));
  if (!unit || !follows) return undefined;
  const size = p.size.with(axis, (p.size[axis] ?? 0) + (q.size[axis] ?? 0));
  return { source, attrs: { ...p, size } };
}
