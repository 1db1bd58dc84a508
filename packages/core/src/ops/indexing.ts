import { ArgumentError } from "../errors.js";
import { optionsOf, shown } from "../expect.js";
import { axisOf } from "../tensor/operand.js";
import { apply } from "../tape/apply.js";
import { libraryOp } from "../tape/op.js";
import { allocate, checkDtype, getDefaultDtype, type Dtype } from "../tensor/dtype.js";
import { checkShape, sizeOf, type Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkedIndices, eachTaken, requireIndices } from "./indices.js";
import { rounded } from "./reduction.js";

type Indexed = readonly [x: Tensor, indices: Tensor];

interface AxisAttrs {
  readonly axis: number;
}

/**
 * The elements of an axis that `indices` names, in place of that axis: an embedding look-up is
 * `take(table [vocab, dim], indices [batch, time])` → [batch, time, dim]. Repeated indices add up in the gradient.
 * Throws DtypeError unless indices are int32, ArgumentError when one is outside 0 … n − 1.
 */
export function take(x: Tensor, indices: Tensor, axis = 0): Tensor {
  return apply(takeOp, [x, indices], { axis: axisOf("take", x, axis) });
}
export const takeOp = libraryOp<Indexed, AxisAttrs>({
  name: "take",
  shape([x, indices], { axis }) {
    requireIndices("take", indices);
    const shape = x.shape.toSpliced(axis, 1, ...indices.shape);
    checkShape("take", shape);
    return { shape, dtype: x.dtype };
  },
  forward([x, indices], { axis }, { shape, dtype }) {
    const out = allocate(dtype, sizeOf(shape));
    const { data } = x;
    eachTaken("take", x.shape, axis, indices, (within, taken, n) => {
      for (let k = 0; k < n; k++) out[taken + k] = data[within + k] ?? 0;
    });
    return out;
  },
  vjp: (dy, [x, indices], _y, { axis }) => [() => takeGrad(dy, indices, { shape: x.shape, axis }), null],
  jvp: ([dx], [, indices], _y, { axis }) => [() => take(dx, indices, axis), null],
});

/** The transpose of take: every slice of dy is added where it was taken from, in zeros of `shape`. */
function takeGrad(dy: Tensor, indices: Tensor, attrs: AxisAttrs & { readonly shape: Shape }): Tensor {
  return apply(takeGradOp, [dy, indices], attrs);
}
export const takeGradOp = libraryOp<Indexed, AxisAttrs & { readonly shape: Shape }>({
  name: "takeGrad",
  shape: ([dy], { shape }) => ({ shape, dtype: dy.dtype }),
  forward([dy, indices], { axis }, { shape, dtype }) {
    const total = new Float64Array(sizeOf(shape));
    const { data } = dy;
    eachTaken("takeGrad", shape, axis, indices, (within, taken, n) => {
      for (let k = 0; k < n; k++) total[within + k] = (total[within + k] ?? 0) + (data[taken + k] ?? 0);
    });
    return rounded(total, dtype);
  },
  vjp: (dx, [, indices], _x, { axis }) => [() => take(dx, indices, axis), null],
  jvp: ([ddy], [, indices], _x, attrs) => [() => takeGrad(ddy, indices, attrs), null],
});

/** The dtype of one-hot vectors: the default dtype unless named. */
export interface OneHotOptions {
  readonly dtype?: Dtype;
}

/**
 * A vector of length `depth` for each index, 1 at the index and 0 elsewhere: [b] → [b, depth].
 * Throws DtypeError unless indices are int32, ArgumentError when one is outside 0 … depth − 1.
 */
export function oneHot(indices: Tensor, depth: number, options: OneHotOptions = {}): Tensor {
  const { dtype = getDefaultDtype() } = optionsOf("oneHot", options);
  checkDtype("oneHot", dtype);
  if (!Number.isInteger(depth) || depth < 0) {
    throw new ArgumentError(`oneHot: got depth ${shown(depth)}, expected a whole number of 0 or more`);
  }
  return apply(oneHotOp, [indices], { depth, dtype });
}
export const oneHotOp = libraryOp<readonly [Tensor], { readonly depth: number; readonly dtype: Dtype }>({
  name: "oneHot",
  shape([indices], { depth, dtype }) {
    requireIndices("oneHot", indices);
    const shape = [...indices.shape, depth];
    checkShape("oneHot", shape);
    return { shape, dtype };
  },
  forward([indices], { depth }, { shape, dtype }) {
    const out = allocate(dtype, sizeOf(shape));
    checkedIndices("oneHot", indices, depth).forEach((value, i) => (out[i * depth + value] = 1));
    return out;
  },
});
