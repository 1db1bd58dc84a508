import { ShapeError } from "../errors.js";
import { checkTensor } from "../tensor/operand.js";
import { apply, floatDtype } from "../tape/apply.js";
import { libraryOp } from "../tape/op.js";
import { broadcastShapes, checkShape, formatShape, sameShape, sizeOf, type Shape } from "../tensor/shape.js";
import type { Tensor, TensorType } from "../tensor/tensor.js";
import { add, mul } from "./arithmetic.js";
import { matmulLoops } from "./matmul-kernel.js";
import { expandDims, reshape, transpose } from "./movement.js";

/**
 * Matrix product x·w.  x [..., m, k], w [k, n] or [..., k, n] → [..., m, n]; leading axes broadcast.
 * Sums are accumulated in float64; those of large float32 products, which run on SIMD kernels, in blocks in float32.
 * Throws ShapeError when inner sizes differ or a rank is below 2.
 */
export function matmul(x: Tensor, w: Tensor): Tensor {
  return apply(matmulOp, [x, w], {});
}
export const matmulOp = libraryOp<readonly [Tensor, Tensor]>({
  name: "matmul",
  shape: matmulShape,
  forward: matmulLoops,
  vjp: (dy, [x, w]) => [
    () => matmul(dy, transpose(w)),
    () => (w.rank === 2 ? matmul(transpose(asMatrix(x)), asMatrix(dy)) : matmul(transpose(x), dy)),
  ],
  jvp: ([dx, dw], [x, w]) => [() => matmul(dx, w), () => matmul(x, dw)],
});

/** Leading axes folded into the rows: one large product instead of a sum over a batch of small ones. */
function asMatrix(x: Tensor): Tensor {
  return x.rank === 2 ? x : reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1) ?? 0]);
}

function matmulShape([x, w]: readonly [TensorType, TensorType]): TensorType {
  const pair = `x ${formatShape(x.shape)} · w ${formatShape(w.shape)}`;
  if (x.shape.length < 2 || w.shape.length < 2) {
    throw new ShapeError(
      `matmul: ${pair}: expected rank 2 or more on both sides; expandDims(v, -1) makes a vector a column`,
    );
  }
  const [m = 0, k = 0] = x.shape.slice(-2);
  const [inner = 0, n = 0] = w.shape.slice(-2);
  if (k !== inner) throw new ShapeError(`matmul: ${pair}: inner sizes differ (${k} vs ${inner})`);
  const shape = [...batchShape(x.shape, w.shape), m, n];
  checkShape("matmul", shape);
  return { shape, dtype: floatDtype("matmul", [x, w]) };
}

function batchShape(x: Shape, w: Shape): Shape {
  return broadcastShapes("matmul (leading axes)", x.slice(0, -2), w.slice(0, -2));
}

/**
 * Affine map x·w + b.  x [..., m, k], w [k, n], b [n] → [..., m, n]. Throws ShapeError for a b that would stretch the
 * product, so that a bias of the wrong shape does not quietly make a larger result.
 */
export function affine(x: Tensor, w: Tensor, b: Tensor): Tensor {
  const product = matmul(x, w);
  const result = add(product, b);
  if (sameShape(result.shape, product.shape)) return result;
  throw new ShapeError(`affine: got bias ${formatShape(b.shape)}, expected [${w.shape.at(-1) ?? 0}]`);
}

/** Outer product.  a [..., m], b [..., n] → [..., m, n]. */
export function outer(a: Tensor, b: Tensor): Tensor {
  const [column, row] = [checkTensor("outer", a), checkTensor("outer", b)];
  return mul(expandDims(column, -1), expandDims(row, -2));
}
