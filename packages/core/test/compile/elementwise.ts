import * as t from "@tapeloop/core";
import type { Dtype, Tensor } from "@tapeloop/core";

type Unary = (x: Tensor) => Tensor;
type Binary = (a: Tensor, b: Tensor) => Tensor;

const floats: readonly Dtype[] = ["float32", "float64"];
const numbers: readonly Dtype[] = [...floats, "int32"];
const all: readonly Dtype[] = [...numbers, "bool"];

const unary = (on: readonly Dtype[], fns: Readonly<Record<string, Unary>>) =>
  Object.fromEntries(Object.entries(fns).map(([name, fn]) => [name, { fn, on }]));
const binary = (on: readonly Dtype[], fns: Readonly<Record<string, Binary>>) =>
  Object.fromEntries(Object.entries(fns).map(([name, fn]) => [name, { fn, on }]));

/** Operations that IEEE 754, or the integers, fix to the last bit. */
export const exactUnary = {
  ...unary(numbers, {
    neg: t.neg,
    abs: t.abs,
    sign: t.sign,
    square: t.square,
    clip: (x) => t.clip(x, -1, 2),
    "times 3": (x) => t.mul(x, 3),
    "less 1": (x) => t.sub(x, 1),
    "at least 0": (x) => t.maximum(x, 0),
    "at most −0": (x) => t.minimum(x, -0),
  }),
  ...unary(floats, {
    reciprocal: t.reciprocal,
    sqrt: t.sqrt,
    floor: t.floor,
    ceil: t.ceil,
    round: t.round,
    relu: t.relu,
    leakyRelu: (x) => t.leakyRelu(x, { slope: 0.25 }),
    isNaN: t.isNaN,
    isFinite: t.isFinite,
    "divided by −0": (x) => t.div(x, -0),
  }),
  ...unary(["bool"], { logicalNot: t.logicalNot }),
};

export const exactBinary = {
  ...binary(numbers, { add: t.add, sub: t.sub, mul: t.mul, maximum: t.maximum, minimum: t.minimum }),
  ...binary(floats, { div: t.div }),
  ...binary(all, {
    equal: t.equal,
    notEqual: t.notEqual,
    less: t.less,
    lessEqual: t.lessEqual,
    greater: t.greater,
    greaterEqual: t.greaterEqual,
    where: (a, b) => t.where(t.equal(a, b), a, b),
  }),
  ...binary(["bool"], { logicalAnd: t.logicalAnd, logicalOr: t.logicalOr, logicalXor: t.logicalXor }),
};

/** Operations whose results are rounded, and may be off by a few units in the last place. */
export const roundedUnary: Readonly<Record<string, Unary>> = {
  rsqrt: t.rsqrt,
  exp: t.exp,
  expm1: t.expm1,
  log: t.log,
  log1p: t.log1p,
  sin: t.sin,
  cos: t.cos,
  tanh: t.tanh,
  sigmoid: t.sigmoid,
  softplus: t.softplus,
  softsign: t.softsign,
  elu: (x) => t.elu(x, { alpha: 1.5 }),
  erf: t.erf,
  erfc: t.erfc,
  gelu: (x) => t.gelu(x),
  geluTanh: (x) => t.gelu(x, { approximate: "tanh" }),
  "to the power 2.5": (x) => t.pow(x, 2.5),
  "to the power −3": (x) => t.pow(x, -3),
  "2 to the power": (x) => t.pow(2, x),
};

const ordinary = [
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  3,
  0.1,
  -7.25,
  20,
  -20,
  88.5,
  -104,
  700,
  1e6,
  -3e9,
  5e9,
  2 ** 31,
];
const beyond = [NaN, Infinity, -Infinity, 0, -0];
const edges = {
  float32: [2 ** -149, -(2 ** -149), 2 ** -130, 2 ** -126, 3.4028234663852886e38, -1e38],
  float64: [5e-324, -5e-324, 2 ** -1050, 2 ** -1022, Number.MAX_VALUE, -1e300],
};

/** Values at which operations are likely to go wrong. */
export function valuesOf(dtype: Dtype): Tensor {
  switch (dtype) {
    case "float32":
      return t.fromTypedArray(Float32Array.from([...ordinary, ...beyond, ...edges.float32]));
    case "float64":
      return t.fromTypedArray(Float64Array.from([...ordinary, ...beyond, ...edges.float64]));
    case "int32":
      return t.fromTypedArray(
        Int32Array.of(0, 1, -1, 2, 3, -7, 46341, 65536, 2 ** 31 - 1, -(2 ** 31), 123456789),
      );
    case "bool":
      return t.fromTypedArray(Uint8Array.of(0, 1, 1, 0, 1));
  }
}
