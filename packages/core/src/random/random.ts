import { ArgumentError } from "../errors.js";
import { isNumber, optionsOf, shown } from "../expect.js";
import { add, mul } from "../ops/arithmetic.js";
import { less } from "../ops/compare.js";
import { apply, floatDtype } from "../tape/apply.js";
import { fromTypedArray, tensor } from "../tensor/create.js";
import { getDefaultDtype } from "../tensor/dtype.js";
import { checkShape, type Shape } from "../tensor/shape.js";
import { isTensor, type Tensor } from "../tensor/tensor.js";
import { bitsOp, foldInOp, normalOp, permutationOp, splitKeyOp, uniformOp } from "./ops.js";

/** Dtype of floating-point draws. */
export interface DrawOptions {
  readonly dtype?: "float32" | "float64";
}

/**
 * A random key, int32 [2], from a whole-number seed. Draws are pure functions of a key: the same key gives the same
 * numbers on every machine. Use a key once; `splitKey` and `foldIn` make new ones.
 */
export function randomKey(seed: number): Tensor {
  if (!Number.isSafeInteger(seed))
    throw new ArgumentError(`randomKey: got seed ${shown(seed)}, expected a whole number within ±2⁵³`);
  const high = Math.floor(seed / 2 ** 32);
  return fromTypedArray(Int32Array.of(high, seed | 0), [2]);
}

/** `count` independent keys, int32 [count, 2]: one for each row of a loop's data, for instance. */
export function splitKey(key: Tensor, count = 2): Tensor {
  checkShape("splitKey", [count, 2]);
  return apply(splitKeyOp, [key], { count });
}

/** A key of its own for each whole number `data`, which may be an int32 scalar tensor such as a step count. */
export function foldIn(key: Tensor, data: number | Tensor): Tensor {
  return apply(foldInOp, [key, isTensor(data) ? data : tensor(data, { dtype: "int32" })], {});
}

/** Random 32-bit words, int32 of `shape`. */
export function randomBits(key: Tensor, shape: Shape): Tensor {
  checkShape("randomBits", shape);
  return apply(bitsOp, [key], { shape: [...shape] });
}

/** Uniform draws from [low, high), by default [0, 1). With other bounds, rounding may give `high` itself. */
export function uniform(
  key: Tensor,
  shape: Shape,
  options: DrawOptions & { readonly low?: number; readonly high?: number } = {},
): Tensor {
  const { low = 0, high = 1, dtype = getDefaultDtype() } = optionsOf("uniform", options);
  checkShape("uniform", shape);
  floatDtype("uniform", [{ shape, dtype }]);
  if (!isNumber(low) || !isNumber(high) || !(low <= high) || !Number.isFinite(high - low)) {
    throw new ArgumentError(`uniform: got [${shown(low)}, ${shown(high)}), expected finite bounds in order`);
  }
  const draws = apply(uniformOp, [key], { shape: [...shape], dtype });
  return low === 0 && high === 1 ? draws : add(mul(draws, high - low), low);
}

/** Normal draws with the given mean and standard deviation, by default 0 and 1. */
export function normal(
  key: Tensor,
  shape: Shape,
  options: DrawOptions & { readonly mean?: number; readonly std?: number } = {},
): Tensor {
  const { mean = 0, std = 1, dtype = getDefaultDtype() } = optionsOf("normal", options);
  checkShape("normal", shape);
  floatDtype("normal", [{ shape, dtype }]);
  const draws = apply(normalOp, [key], { shape: [...shape], dtype });
  return mean === 0 && std === 1 ? draws : add(mul(draws, std), mean);
}

/** True with probability p: bool of `shape`, for dropout masks. */
export function bernoulli(key: Tensor, shape: Shape, p = 0.5): Tensor {
  if (!isNumber(p) || !(p >= 0 && p <= 1))
    throw new ArgumentError(`bernoulli: got p ${shown(p)}, expected 0 … 1`);
  return less(uniform(key, shape, { dtype: "float64" }), p);
}

/** The numbers 0 … n − 1 in random order, int32 [n]. */
export function permutation(key: Tensor, n: number): Tensor {
  return apply(permutationOp, [key], { n });
}

/** A source of fresh keys, for code that draws many times, such as initialisers. */
export interface Rng {
  /** A key that this source has not given before, int32 [2]. */
  key(): Tensor;
}

/** Keys derived from one seed, or key, by counting: the same sequence every time. */
export function createRng(seed: number | Tensor): Rng {
  const root = isTensor(seed) ? seed : randomKey(seed);
  let count = 0;
  return { key: () => foldIn(root, count++) };
}
