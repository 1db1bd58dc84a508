import { ShapeError } from "../errors.js";
import { apply, floatDtype } from "../tape/apply.js";
import { defineOp } from "../tape/op.js";
import { allocate, type TypedArray } from "../tensor/dtype.js";
import type { Layout } from "../tensor/layout.js";
import { broadcastShapes, formatShape, sizeOf, type Shape } from "../tensor/shape.js";
import type { Storage, Tensor, TensorType } from "../tensor/tensor.js";
import { stretch } from "./loops.js";
import { add, mul } from "./arithmetic.js";
import { expandDims, reshape, transpose } from "./movement.js";

/**
 * Matrix product x·w.  x [..., m, k], w [k, n] or [..., k, n] → [..., m, n]; leading axes broadcast.
 * Sums are accumulated in float64. Throws ShapeError when inner sizes differ or a rank is below 2.
 */
export function matmul(x: Tensor, w: Tensor): Tensor {
  return apply(matmulOp, [x, w], {});
}
const matmulOp = defineOp<readonly [Tensor, Tensor]>({
  name: "matmul",
  shape: matmulShape,
  forward: matmulLoops,
  vjp: (dy, [x, w]) => [
    () => matmul(dy, transpose(w)),
    () => (w.rank === 2 ? matmul(transpose(asMatrix(x)), asMatrix(dy)) : matmul(transpose(x), dy)),
  ],
  jvp: ([dx, dw], [x, w]) => [() => matmul(dx, w), () => matmul(x, dw)],
});

interface Sizes {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

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
  return { shape: [...batchShape(x.shape, w.shape), m, n], dtype: floatDtype("matmul", [x, w]) };
}

function batchShape(x: Shape, w: Shape): Shape {
  return broadcastShapes("matmul (leading axes)", x.slice(0, -2), w.slice(0, -2));
}

/** The plain product, batch by batch, on operands packed row-major into float64: transposed views cost no more. */
function matmulLoops(
  [x, w]: readonly [Tensor, Tensor],
  _attrs: object,
  { shape, dtype }: TensorType,
): TypedArray {
  const isShared = w.rank === 2; // one w for all of x's leading axes, which are then just more rows
  const left = isShared ? asMatrix(x) : x;
  const batch = isShared ? [] : shape.slice(0, -2);
  const [m = 0, k = 0] = left.shape.slice(-2);
  const n = shape.at(-1) ?? 0;
  const xs = stretch(left, [...batch, m, k]);
  const ws = stretch(w, [...batch, k, n]);
  const out = allocate(dtype, sizeOf(shape));
  for (let index = 0; index < sizeOf(batch); index++) {
    product(
      { buffer: left.storage.buffer, strides: xs.strides.slice(-2), offset: offsetOf(index, batch, xs) },
      { buffer: w.storage.buffer, strides: ws.strides.slice(-2), offset: offsetOf(index, batch, ws) },
      { m, k, n },
      out,
      index * m * n,
    );
  }
  return out;
}

/**
 * One product [m, k]·[k, n] of any strides into `out` from `start`. Four columns at a time, because four sums that
 * do not wait for one another run about twice as fast as one.
 */
function product(x: Storage, w: Storage, { m, k, n }: Sizes, out: TypedArray, start: number): void {
  const [a, b] = [x.buffer, w.buffer];
  const [xRow = 0, xColumn = 0] = x.strides;
  const [wRow = 0, wColumn = 0] = w.strides;
  const row = new Float64Array(k);
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) row[p] = a[x.offset + i * xRow + p * xColumn] ?? 0;
    let to = start + i * n;
    let column = w.offset;
    const end = to + n;
    for (; to + 4 <= end; to += 4, column += 4 * wColumn) {
      let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
      for (let p = 0, at = column; p < k; p++, at += wRow) {
        const scale = row[p] ?? 0;
        sum0 += scale * (b[at] ?? 0);
        sum1 += scale * (b[at + wColumn] ?? 0);
        sum2 += scale * (b[at + 2 * wColumn] ?? 0);
        sum3 += scale * (b[at + 3 * wColumn] ?? 0);
      }
      out[to] = sum0;
      out[to + 1] = sum1;
      out[to + 2] = sum2;
      out[to + 3] = sum3;
    }
    for (; to < end; to++, column += wColumn) {
      let sum = 0;
      for (let p = 0, at = column; p < k; p++, at += wRow) sum += (row[p] ?? 0) * (b[at] ?? 0);
      out[to] = sum;
    }
  }
}

/** Where the matrix of batch element `index` (row-major over `batch`) begins. */
function offsetOf(index: number, batch: Shape, { strides, offset }: Layout): number {
  let at = offset;
  for (let axis = batch.length - 1, rest = index; axis >= 0; axis--) {
    const n = batch[axis] ?? 1;
    at += (rest % n) * (strides[axis] ?? 0);
    rest = Math.floor(rest / n);
  }
  return at;
}

/** Affine map x·w + b.  x [..., m, k], w [k, n], b [n] → [..., m, n]. */
export function affine(x: Tensor, w: Tensor, b: Tensor): Tensor {
  return add(matmul(x, w), b);
}

/** Outer product.  a [..., m], b [..., n] → [..., m, n]. */
export function outer(a: Tensor, b: Tensor): Tensor {
  return mul(expandDims(a, -1), expandDims(b, -2));
}
