import { add, div, maximum, minimum, mul, neg, pow, reciprocal, sub } from "./ops/arithmetic.js";
import { sigmoid, tanh } from "./ops/activations.js";
import { cast, stopGradient } from "./ops/cast.js";
import { equal, greater, greaterEqual, less, lessEqual, notEqual } from "./ops/compare.js";
import { matmul } from "./ops/matmul.js";
import { broadcastTo, expandDims, permute, reshape, squeeze, transpose } from "./ops/movement.js";
import { sum } from "./ops/reduce.js";
import { log, square } from "./ops/unary.js";
import { Tensor } from "./tensor/tensor.js";

/** Functions whose first parameter is a tensor, and which are therefore methods too: `add(a, b)` is `a.add(b)`. */
const chainable = {
  ...{ add, sub, mul, div, pow, maximum, minimum, neg, reciprocal },
  ...{ log, square, tanh, sigmoid },
  ...{ equal, notEqual, less, lessEqual, greater, greaterEqual },
  ...{ matmul, transpose, permute, reshape, expandDims, squeeze, broadcastTo },
  ...{ sum, cast, stopGradient },
};

/** The function without its first parameter, which is the tensor the method is called on. */
type Method<F> = F extends (x: Tensor, ...rest: infer Rest) => infer Result ? (...rest: Rest) => Result : never;

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
