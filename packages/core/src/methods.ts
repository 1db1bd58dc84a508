import { add, div, maximum, minimum, mul, neg, pow, reciprocal, sub } from "./ops/arithmetic.js";
import { clip, elu, leakyRelu, relu, sigmoid, softplus, softsign, tanh } from "./ops/activations.js";
import { cast, stopGradient } from "./ops/cast.js";
import { equal, greater, greaterEqual, less, lessEqual, notEqual } from "./ops/compare.js";
import { cumsum } from "./ops/cumulative.js";
import { erf, erfc } from "./ops/erf.js";
import { argmax, argmin, max, min } from "./ops/extrema.js";
import { gelu } from "./ops/gelu.js";
import { gather, scatterAdd } from "./ops/gather.js";
import { oneHot, take } from "./ops/indexing.js";
import { split, unstack } from "./ops/join.js";
import { matmul } from "./ops/matmul.js";
import { std, variance } from "./ops/moments.js";
import { prod } from "./ops/product.js";
import {
  broadcastTo,
  expandDims,
  flatten,
  moveAxis,
  permute,
  repeat,
  reshape,
  squeeze,
  tile,
  transpose,
} from "./ops/movement.js";
import { all, any, mean, sum } from "./ops/reduce.js";
import { flip, index, pad, slice } from "./ops/slice.js";
import { logSoftmax, logSumExp, softmax } from "./ops/softmax.js";
import {
  abs,
  ceil,
  cos,
  exp,
  expm1,
  floor,
  log,
  log1p,
  round,
  rsqrt,
  sign,
  sin,
  sqrt,
  square,
} from "./ops/unary.js";
import { slidingWindows } from "./ops/windows.js";
import { Tensor } from "./tensor/tensor.js";

/** Functions whose first parameter is a tensor, and which are therefore methods too: `add(a, b)` is `a.add(b)`. */
const chainable = {
  ...{ add, sub, mul, div, pow, maximum, minimum, neg, reciprocal },
  ...{ abs, sign, square, sqrt, rsqrt, exp, expm1, log, log1p, sin, cos, erf, erfc, floor, ceil, round },
  ...{ tanh, sigmoid, relu, leakyRelu, elu, gelu, softplus, softsign, clip, softmax, logSoftmax },
  ...{ equal, notEqual, less, lessEqual, greater, greaterEqual },
  ...{
    matmul,
    transpose,
    permute,
    moveAxis,
    reshape,
    flatten,
    expandDims,
    squeeze,
    broadcastTo,
    tile,
    repeat,
  },
  ...{ split, unstack, slice, index, flip, pad, slidingWindows, take, gather, scatterAdd, oneHot },
  ...{ sum, mean, prod, max, min, variance, std, logSumExp, argmax, argmin, any, all, cumsum },
  ...{ cast, stopGradient },
};

/** The function without its first parameter, which is the tensor the method is called on. */
type Method<F> = F extends (x: Tensor, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;

type Chainable = typeof chainable;

/** Every operation on one tensor as a method, generated from the functions themselves. */
export type TensorMethods = { [K in keyof Chainable]: Method<Chainable[K]> };

for (const [name, fn] of Object.entries(chainable)) {
  Object.defineProperty(Tensor.prototype, name, {
    configurable: true,
    value(this: Tensor, ...rest: unknown[]): unknown {
      return Reflect.apply(fn, undefined, [this, ...rest]);
    },
  });
}
