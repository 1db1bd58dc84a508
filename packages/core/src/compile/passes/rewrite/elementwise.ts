import * as activations from "../../../ops/activations.js";
import * as arithmetic from "../../../ops/arithmetic.js";
import { castOp } from "../../../ops/cast.js";
import * as compare from "../../../ops/compare.js";
import { erf, erfc } from "../../../ops/erf.js";
import { gelu } from "../../../ops/gelu.js";
import * as unary from "../../../ops/unary.js";
import type { Op } from "../../../tape/op.js";
import { trace } from "../../../tape/record.js";
import type { Tensor, TensorType } from "../../../tensor/tensor.js";

/*
 * Operations that work element by element, with broadcasting: element i of the result depends on element i of each
 * operand alone.
 */

const { clip, leakyRelu, elu, relu, sigmoid, softplus, softsign, tanh } = activations;
const { abs, sign, square, sqrt, rsqrt, exp, expm1, log, log1p, sin, cos, floor, ceil, round } = unary;
const { neg, reciprocal, add, sub, mul, div, pow, maximum, minimum } = arithmetic;
const { equal, notEqual, less, lessEqual, greater, greaterEqual, isNaN, isFinite } = compare;
const { logicalAnd, logicalOr, logicalXor, logicalNot, whereOp } = compare;

type Unary = (x: Tensor) => Tensor;

/** Functions that apply an elementwise operation of their own name to one tensor. */
const ofOne: Readonly<Record<string, Unary>> = {
  ...{ abs, sign, square, sqrt, rsqrt, exp, expm1, log, log1p, sin, cos, floor, ceil, round },
  ...{ relu, leakyRelu, elu, sigmoid, softplus, softsign, tanh, neg, reciprocal, erf, erfc, gelu },
  ...{ isNaN, isFinite, logicalNot },
  clip: (x) => clip(x, 0, 1),
  geluTanh: (x) => gelu(x, { approximate: "tanh" }),
};

/** The same, of two tensors. */
const ofTwo = {
  ...{ add, sub, mul, div, pow, maximum, minimum },
  ...{ equal, notEqual, less, lessEqual, greater, greaterEqual },
  ...{ logicalAnd, logicalOr, logicalXor },
};

const functions = new Map<string, Unary>([
  ...Object.entries(ofOne),
  ...Object.entries(ofTwo).map(([name, fn]) => [name, (x: Tensor): Tensor => fn(x, x)] as const),
]);

const known = new Map<object, boolean>([
  [castOp, true],
  [whereOp, true],
]);

/**
 * Whether the operation works element by element. Anyone may define an operation named "tanh", so the name alone says
 * nothing: the first time, it is compared with the operation that the library's function applies.
 */
export function isElementwise(op: Op): boolean {
  const answer = known.get(op);
  if (answer !== undefined) return answer;
  const fn = functions.get(op.name);
  const dtype = op.name.startsWith("logical") ? "bool" : "float32";
  const found = fn !== undefined && opsOf([fn], { shape: [], dtype }).has(op);
  known.set(op, found);
  return found;
}

/** The operations that functions of one tensor (by default a float scalar) apply. */
export function opsOf(
  list: readonly Unary[],
  type: TensorType = { shape: [], dtype: "float32" },
): Set<object> {
  const found = new Set<object>();
  for (const fn of list) {
    const tape = trace(([x]) => (x === undefined ? [] : [fn(x)]), [type]);
    for (const node of tape.nodes) found.add(node.op);
  }
  return found;
}
