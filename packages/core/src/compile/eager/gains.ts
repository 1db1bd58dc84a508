import { isLibraryOp, type Op } from "../../tape/op.js";
import { sizeOf } from "../../tensor/shape.js";
import type { Tensor, TensorType } from "../../tensor/tensor.js";

/*
 * From which size on an operation gains so much as a program (the copies of its operands and result included) that
 * making the program, one to two milliseconds, pays for itself within a few dozen calls.
 */

/** Elements, for arithmetic, reductions and copies: 40 to 60 µs become 10 to 20. */
const ARITHMETIC = 4096;
/** Elements, for functions that take many instructions: 40 to 150 µs become 5 to 20. */
const FUNCTION = 1024;
/** Multiplications and additions of a matrix product: 65 µs become 15. */
const PRODUCT = 2 ** 15;

const least: Readonly<Record<string, number>> = {
  ...from(ARITHMETIC, ["add", "sub", "mul", "div", "neg", "reciprocal", "maximum", "minimum", "abs", "sign"]),
  ...from(ARITHMETIC, ["square", "sqrt", "rsqrt", "floor", "ceil", "round", "relu", "leakyRelu", "clip"]),
  ...from(ARITHMETIC, ["softsign", "where", "equal", "notEqual", "less", "lessEqual", "greater"]),
  ...from(ARITHMETIC, ["greaterEqual", "isNaN", "isFinite"]),
  ...from(ARITHMETIC, ["sum", "mean", "max", "min", "prod", "cumsum", "concat", "pad", "sliceGrad"]),
  ...from(FUNCTION, ["exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "sigmoid", "softplus", "elu"]),
  ...from(FUNCTION, ["erf", "erfc", "gelu", "geluTanh", "pow", "variance", "std"]),
  ...from(FUNCTION, ["softmax", "logSoftmax", "logSumExp"]),
  ...from(PRODUCT, ["matmul"]),
};

function from(size: number, names: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(names.map((name) => [name, size]));
}

const known = new WeakMap<Op, number>();

/** From which amount of work on the operation gains; Infinity if it never does. */
function leastWork(op: Op): number {
  let work = known.get(op);
  if (work === undefined) known.set(op, (work = isLibraryOp(op) ? (least[op.name] ?? Infinity) : Infinity));
  return work;
}

/** Whether an operation runs faster as a program. Only for float32: in float64 gradient checks see plain loops. */
export function gains(op: Op, inputs: readonly Tensor[], [type]: readonly TensorType[]): boolean {
  const enough = leastWork(op);
  if (enough === Infinity || type === undefined) return false;
  let work = sizeOf(type.shape);
  if (op.name === "matmul") work *= inputs[0]?.shape.at(-1) ?? 0;
  else for (const { shape } of inputs) work = Math.max(work, sizeOf(shape));
  return work >= enough && isNarrow(type) && inputs.every(isNarrow) && inputs.some(isFloat32);
}

/** bool goes along: masks choose among floats. */
function isNarrow({ dtype }: TensorType): boolean {
  return dtype === "float32" || dtype === "bool";
}

function isFloat32({ dtype }: TensorType): boolean {
  return dtype === "float32";
}
