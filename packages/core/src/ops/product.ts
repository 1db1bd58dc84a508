import { apply, numericDtype } from "../tape/apply.js";
import { libraryOp } from "../tape/op.js";
import { onesLike, zerosLike } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";
import { add, mul } from "./arithmetic.js";
import { concat, split } from "./join.js";
import { permute, reshape } from "./movement.js";
import { keepReduced } from "./reduce.js";
import {
  foldOver,
  reduceAttrs,
  reducedCount,
  reducing,
  rounded,
  type ReduceAttrs,
  type Reduction,
} from "./reduction.js";

/**
 * Product over axes; 1 over an empty axis. int32 wraps around. The derivative by an element is the product of all
 * others, whether or not there are zeros among them.
 */
export function prod(x: Tensor, options: Reduction = {}): Tensor {
  return apply(prodOp, [x], reduceAttrs("prod", x, options));
}
const prodOp = libraryOp<readonly [Tensor], ReduceAttrs>({
  name: "prod",
  shape: reducing("prod", numericDtype),
  forward([x], { axes }, { dtype }) {
    const times = dtype === "int32" ? Math.imul : (a: number, b: number) => a * b;
    const product = foldOver(x, axes, 1, (sofar, v) => times(sofar, v));
    return rounded(product, dtype);
  },
  vjp: (dy, [x], _y, { axes }) => [
    () => mul(keepReduced(dy, x.shape, axes), fromRows(productOfOthers(toRows(x, axes)), x, axes)),
  ],
  jvp: ([dx], [x], y, { axes }) => [
    () => reshape(productTangent(toRows(x, axes), toRows(dx, axes)), y.shape),
  ],
});

/**
 * For every element of x [..., n] the product of the n − 1 others, without division: pairs are multiplied, the others
 * of a pair are found in turn, and each element of the pair gets them times its partner. O(n) products, log₂ n deep.
 */
function productOfOthers(x: Tensor): Tensor {
  const n = x.shape.at(-1) ?? 1;
  if (n < 2) return onesLike(x);
  const half = Math.floor(n / 2);
  const [a = x, b = x, ...odd] = split(x, n % 2 === 0 ? [half, half] : [half, half, 1]);
  const others = productOfOthers(concat([mul(a, b), ...odd]));
  const [ofPairs = others, ...ofOdd] = split(others, n % 2 === 0 ? [half] : [half, 1]);
  return concat([mul(ofPairs, b), mul(ofPairs, a), ...ofOdd]);
}

/** The tangent of the product of x [..., n] along dx, [..., 1]: pairs are multiplied by the product rule until one is left. */
function productTangent(x: Tensor, dx: Tensor): Tensor {
  const n = x.shape.at(-1) ?? 1;
  if (n === 1) return dx;
  if (n === 0) return zerosLike({ shape: [...x.shape.slice(0, -1), 1], dtype: x.dtype });
  const half = Math.floor(n / 2);
  const sizes = n % 2 === 0 ? [half, half] : [half, half, 1];
  const [a = x, b = x, ...odd] = split(x, sizes);
  const [da = dx, db = dx, ...dOdd] = split(dx, sizes);
  return productTangent(concat([mul(a, b), ...odd]), concat([add(mul(da, b), mul(a, db)), ...dOdd]));
}

/** The axes that stay, then the reduced ones as one. */
function toRows(x: Tensor, axes: readonly number[]): Tensor {
  const kept = x.shape.filter((_, i) => !axes.includes(i));
  return reshape(permute(x, keptFirst(x.rank, axes)), [...kept, reducedCount(x.shape, axes)]);
}

/** Undoes `toRows`: gives rows the shape of x. */
function fromRows(rows: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  const order = keptFirst(x.rank, axes);
  const apart = reshape(
    rows,
    order.map((axis) => x.shape[axis] ?? 1),
  );
  return permute(
    apart,
    order.map((_, i) => order.indexOf(i)),
  );
}

function keptFirst(rank: number, axes: readonly number[]): number[] {
  const all = Array.from({ length: rank }, (_, i) => i);
  return [...all.filter((i) => !axes.includes(i)), ...axes];
}
