import * as activations from "../../../ops/activations.js";
import * as arithmetic from "../../../ops/arithmetic.js";
import { castOp } from "../../../ops/cast.js";
import * as compare from "../../../ops/compare.js";
import { erf, erfc } from "../../../ops/erf.js";
import { gelu } from "../../../ops/gelu.js";
import * as unary from "../../../ops/unary.js";
import type { Op } from "../../../tape/op.js";
import { trace } from "../../../tape/record.js";
import type { Dtype } from "../../../tensor/dtype.js";
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
  const found = new Set<object>([castOp]);
  const see = (dtypes: readonly Dtype[], fn: (...x: Tensor[]) => Tensor): void => {
    const tape = trace(
      (inputs) => [fn(...inputs)],
      dtypes.map((dtype) => ({ shape: [], dtype })),
    );
    for (const node of tape.nodes) found.add(node.op);
  };
  const { clip, leakyRelu, elu, relu, sigmoid, softplus, softsign, tanh } = activations;
  const { abs, sign, square, sqrt, rsqrt, exp, expm1, log, log1p, sin, cos, floor, ceil, round } = unary;
  const { neg, reciprocal, add, sub, mul, div, pow, maximum, minimum } = arithmetic;
  const ones = [abs, sign, square, sqrt, rsqrt, exp, expm1, log, log1p, sin, cos, floor, ceil, round];
  const more = [leakyRelu, elu, relu, sigmoid, softplus, softsign, tanh, neg, reciprocal, erf, erfc, gelu];
  for (const fn of [...ones, ...more]) see(["float32"], (x) => fn(x ?? 0));
  see(["float32"], (x) => clip(x ?? 0, 0, 1));
  see(["float32"], (x) => gelu(x ?? 0, { approximate: "tanh" }));
  const { equal, notEqual, less, lessEqual, greater, greaterEqual, isNaN, isFinite } = compare;
  for (const fn of [add, sub, mul, div, pow, maximum, minimum])
    see(["float32", "float32"], (a, b) => fn(a ?? 0, b ?? 0));
  for (const fn of [equal, notEqual, less, lessEqual, greater, greaterEqual])
    see(["float32", "float32"], (a, b) => fn(a ?? 0, b ?? 0));
  for (const fn of [isNaN, isFinite]) see(["float32"], (x) => fn(x ?? 0));
  const { logicalAnd, logicalOr, logicalXor, logicalNot, where } = compare;
  for (const fn of [logicalAnd, logicalOr, logicalXor])
    see(["bool", "bool"], (a, b) => fn(a ?? false, b ?? false));
  see(["bool"], (x) => logicalNot(x ?? false));
  see(["bool", "float32", "float32"], (c, a, b) =>
    c === undefined ? add(a ?? 0, b ?? 0) : where(c, a ?? 0, b ?? 0),
  );
  return found;
}
