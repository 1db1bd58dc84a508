import { addOp, mulOp, negOp } from "../../../ops/arithmetic.js";
import { castOp } from "../../../ops/cast.js";
import { broadcastToOp, reshapeOp } from "../../../ops/movement.js";
import { sumOp } from "../../../ops/reduce.js";
import { reducedCount, type ReduceAttrs } from "../../../ops/reduction.js";
import { abs, exp, square } from "../../../ops/unary.js";
import { relu, sigmoid, softplus } from "../../../ops/activations.js";
import { runUnrecorded } from "../../../tape/tape.js";
import { isFloat } from "../../../tensor/dtype.js";
import { sameShape } from "../../../tensor/shape.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { applies, type Draft } from "../rewrite/draft.js";
import { opsOf } from "../rewrite/elementwise.js";
import { numberOf, type Rule } from "./simplifier.js";

/*
 * Rules that give the same numbers to the last bit, signs of zeros included: x + 0 is not x where x is −0, and x · 0 is
 * not 0 where x is NaN, infinite or negative.
 */

const isPlusZero = (value: number | undefined): boolean => Object.is(value, 0);

/** x + 0 = x unless x may be −0; x + (−0) = x. */
export const addRule: Rule = ({ inputs: [a, b], output }, make) => {
  if (a === undefined || b === undefined) return undefined;
  for (const [x, zero] of [
    [a, b],
    [b, a],
  ] as const) {
    const value = make.constant(zero);
    if (value !== 0 || !sameShape(x.shape, output.shape)) continue;
    if (Object.is(value, -0) || !isFloat(x.dtype) || isNeverMinusZero(make.draft, x)) return x;
  }
  return undefined;
};

/** x − 0 = x. */
export const subRule: Rule = ({ inputs: [a, b], output }, make) =>
  a !== undefined && b !== undefined && isPlusZero(make.constant(b)) && sameShape(a.shape, output.shape)
    ? a
    : undefined;

/** x · 1 = x, and, of whole numbers only, x · 0 = 0. */
export const mulRule: Rule = ({ inputs: [a, b], output, where }, make) => {
  if (a === undefined || b === undefined) return undefined;
  for (const [x, factor] of [
    [a, b],
    [b, a],
  ] as const) {
    const value = make.constant(factor);
    if (value === 1 && sameShape(x.shape, output.shape)) return x;
    if (value === 0 && !isFloat(output.dtype)) return make.fill(0, output, where);
  }
  return undefined;
};

/** x / 1 = x. */
export const divRule: Rule = ({ inputs: [a, b], output }, make) =>
  a !== undefined && b !== undefined && make.constant(b) === 1 && sameShape(a.shape, output.shape)
    ? a
    : undefined;

/** −(−x) = x. */
export const negRule: Rule = ({ inputs: [x] }, make) =>
  x === undefined ? undefined : make.draft.madeBy(negOp, x)?.inputs[0];

/** A cast to its own dtype, or to a wider float and back. */
export const castRule: Rule = ({ inputs: [x], output }, make) => {
  if (x === undefined) return undefined;
  if (x.dtype === output.dtype) return x;
  const [source] = make.draft.madeBy(castOp, x)?.inputs ?? [];
  return source?.dtype === "float32" && x.dtype === "float64" && output.dtype === "float32"
    ? source
    : undefined;
};

/** `where` with one and the same tensor on both sides, or with a condition that is known. */
export const whereRule: Rule = ({ inputs: [condition, a, b], output }, make) => {
  if (condition === undefined || a === undefined || b === undefined) return undefined;
  const value = make.constant(condition);
  const chosen = value !== undefined ? (value !== 0 ? a : b) : a === b ? a : undefined;
  return chosen !== undefined && sameShape(chosen.shape, output.shape) ? chosen : undefined;
};

/** An elementwise operation on constants is a constant, computed by the reference kernel. */
export const foldRule: Rule = ({ op, inputs, attrs, output, where }, make) => {
  const values: number[] = [];
  for (const t of inputs) {
    const value = make.constant(t);
    if (value === undefined) return undefined;
    values.push(value);
  }
  const scalars = inputs.map((t, i) => numberOf(values[i] ?? NaN, t.dtype));
  const [result] = runUnrecorded(() => op.forward(scalars, attrs, [{ shape: [], dtype: output.dtype }]));
  return result === undefined ? undefined : make.fill(result.item(), output, where);
};

/** Operands that are stretched before they meet a larger one need not be: elementwise operations stretch. */
export const stretchRule: Rule = ({ op, inputs, attrs, output, where }, make) => {
  for (let i = 0; i < inputs.length; i++) {
    const t = inputs[i];
    const [source] = (t && make.draft.madeBy(broadcastToOp, t)?.inputs) ?? [];
    if (source === undefined) continue;
    const others = inputs.with(i, source);
    const [type] = op.infer(others, attrs);
    if (type !== undefined && sameShape(type.shape, output.shape)) return make.add(op, others, attrs, where);
  }
  return undefined;
};

/**
 * The sum of a stretched tensor is a multiple of it (+ 0, since a sum of −0s is 0). Where all elements are one whole
 * number, it is a number.
 */
export const sumRule: Rule<ReduceAttrs> = ({ inputs: [x], attrs: { axes }, output, where }, make) => {
  if (x === undefined) return undefined;
  const value = make.constant(x);
  const count = reducedCount(x.shape, axes);
  if (value !== undefined && Number.isInteger(value) && Math.abs(value * count) < 2 ** 31) {
    return make.fill(value * count + 0, output, where);
  }
  const [source] = make.draft.madeBy(broadcastToOp, x)?.inputs ?? [];
  if (source === undefined || count === 0 || count >= 2 ** 28 || !isFloat(x.dtype)) return undefined;
  // Sums over every stretched axis, and only those: what is left is the source itself.
  const lead = x.rank - source.rank;
  const isWhole = axes.every((axis) => axis < lead || source.shape[axis - lead] === 1);
  if (!isWhole || output.size !== source.size) return undefined;
  const total = make.add(mulOp, [source, numberOf(count, x.dtype)], {}, where);
  const sum = make.add(addOp, [total, numberOf(0, x.dtype)], {}, where);
  return make.add(reshapeOp, [sum], { shape: output.shape }, where);
};

let nonNegative: ReadonlySet<object> | undefined;

/** Whether no element can be −0. Sums start from 0, so they never are; a sum of two is only if both are. */
function isNeverMinusZero(draft: Draft, t: Tensor): boolean {
  const node = draft.producer(t)?.node;
  if (node === undefined) return !t.isAbstract && t.rank === 0 && !Object.is(t.item(), -0);
  nonNegative ??= opsOf([abs, square, exp, sigmoid, relu, softplus]);
  if (nonNegative.has(node.op) || applies(sumOp, node)) return true;
  const certain = (x: Tensor): boolean => {
    const made = draft.producer(x)?.node;
    return made !== undefined && (nonNegative?.has(made.op) === true || applies(sumOp, made));
  };
  if (applies(castOp, node)) return node.inputs.some((x) => !isFloat(x.dtype) || certain(x));
  return applies(addOp, node) && node.inputs.some(certain);
}
