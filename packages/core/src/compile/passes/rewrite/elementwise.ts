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

let known: ReadonlySet<object> | undefined;

/** Whether the operation works element by element. */
export function isElementwise(op: Op): boolean {
  return (known ??= findAll()).has(op);
}

/** The operations that functions of one tensor (by default a float scalar) apply. */
export function opsOf(
  functions: readonly ((x: Tensor) => Tensor)[],
  type: TensorType = { shape: [], dtype: "float32" },
): Set<object> {
  const found = new Set<object>();
  for (const fn of functions) {
    const tape = trace(([x]) => (x === undefined ? [] : [fn(x)]), [type]);
    for (const node of tape.nodes) found.add(node.op);
  }
  return found;
}

/** Traces each public function once, on scalars, to see the operation that it applies. */
function findAll(): Set<object> {
  const { clip, leakyRelu, elu, relu, sigmoid, softplus, softsign, tanh } = activations;
  const { abs, sign, square, sqrt, rsqrt, exp, expm1, log, log1p, sin, cos, floor, ceil, round } = unary;
  const { neg, reciprocal, add, sub, mul, div, pow, maximum, minimum } = arithmetic;
  const { equal, notEqual, less, lessEqual, greater, greaterEqual, isNaN, isFinite, where } = compare;
  const { logicalAnd, logicalOr, logicalXor, logicalNot } = compare;
  const ofOne: readonly ((x: Tensor) => Tensor)[] = [
    ...[abs, sign, square, sqrt, rsqrt, exp, expm1, log, log1p, sin, cos, floor, ceil, round],
    ...[relu, leakyRelu, elu, sigmoid, softplus, softsign, tanh, neg, reciprocal, erf, erfc, gelu],
    ...[isNaN, isFinite],
    (x) => clip(x, 0, 1),
    (x) => gelu(x, { approximate: "tanh" }),
    (x) => where(isNaN(x), x, x),
  ];
  const ofTwo = [
    ...[add, sub, mul, div, pow, maximum, minimum],
    ...[equal, notEqual, less, lessEqual, greater, greaterEqual],
  ].map(
    (fn) =>
      (x: Tensor): Tensor =>
        fn(x, x),
  );
  const ofBools = [
    logicalNot,
    ...[logicalAnd, logicalOr, logicalXor].map(
      (fn) =>
        (x: Tensor): Tensor =>
          fn(x, x),
    ),
  ];
  return new Set([castOp, ...opsOf([...ofOne, ...ofTwo]), ...opsOf(ofBools, { shape: [], dtype: "bool" })]);
}
