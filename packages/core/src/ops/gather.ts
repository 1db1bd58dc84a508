import { ShapeError } from "../errors.js";
import { axisOf } from "../tensor/operand.js";
import { apply, numericDtype } from "../tape/apply.js";
import { libraryOp } from "../tape/op.js";
import { zerosLike } from "../tensor/create.js";
import { allocate } from "../tensor/dtype.js";
import { formatShape, sameShape, sizeOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkAlong, eachGathered } from "./indices.js";
import { rounded } from "./reduction.js";

type Indexed = readonly [x: Tensor, indices: Tensor];

interface AxisAttrs {
  readonly axis: number;
}

/**
 * One element per index: y[i, j, …] = x[i, …, indices[i, j, …], …] with the index at `axis`. As PyTorch's `gather` and
 * NumPy's `take_along_axis`: with logits [batch, classes] and targets [batch, 1], `gather(logits, targets, 1)` is the
 * logit of each target. `indices` has the rank of x, and its sizes except on the axis.
 * Throws DtypeError unless indices are int32, ShapeError on other sizes, ArgumentError for one outside 0 … n − 1.
 */
export function gather(x: Tensor, indices: Tensor, axis: number): Tensor {
  return apply(gatherOp, [x, indices], { axis: axisOf("gather", x, axis) });
}
const gatherOp = libraryOp<Indexed, AxisAttrs>({
  name: "gather",
  shape([x, indices], { axis }) {
    checkAlong("gather", x, indices, axis);
    return { shape: indices.shape, dtype: x.dtype };
  },
  forward([x, indices], { axis }, { shape, dtype }) {
    const out = allocate(dtype, sizeOf(shape));
    const { data } = x;
    eachGathered("gather", x.shape, axis, indices, (within, at) => (out[at] = data[within] ?? 0));
    return out;
  },
  vjp: (dy, [x, indices], _y, { axis }) => [() => scatterAdd(zerosLike(x), indices, dy, axis), null],
  jvp: ([dx], [, indices], _y, { axis }) => [() => gather(dx, indices, axis), null],
});

/**
 * x plus `updates`, each added at its index: y[i, …, indices[i, j, …], …] += updates[i, j, …] with the index at `axis`.
 * Repeated indices add up. `updates` and `indices` have one shape, that of x except on the axis. The transpose of
 * `gather`, and PyTorch's `scatter_add`. Throws as `gather` does, and DtypeError for bool.
 */
export function scatterAdd(x: Tensor, indices: Tensor, updates: Tensor, axis: number): Tensor {
  return apply(scatterAddOp, [x, indices, updates], { axis: axisOf("scatterAdd", x, axis) });
}
const scatterAddOp = libraryOp<readonly [Tensor, Tensor, Tensor], AxisAttrs>({
  name: "scatterAdd",
  shape([x, indices, updates], { axis }) {
    checkAlong("scatterAdd", x, indices, axis);
    if (!sameShape(updates.shape, indices.shape)) {
      throw new ShapeError(
        `scatterAdd: got updates ${formatShape(updates.shape)} for indices ${formatShape(indices.shape)}, expected one shape`,
      );
    }
    return { shape: x.shape, dtype: numericDtype("scatterAdd", [x, updates]) };
  },
  forward([x, indices, updates], { axis }, { shape, dtype }) {
    const total = Float64Array.from(x.data);
    const { data } = updates;
    eachGathered("scatterAdd", shape, axis, indices, (within, at) => {
      total[within] = (total[within] ?? 0) + (data[at] ?? 0);
    });
    return rounded(total, dtype);
  },
  vjp: (dy, [, indices], _y, { axis }) => [() => dy, null, () => gather(dy, indices, axis)],
  jvp: ([dx, , du], [x, indices], _y, { axis }) => [
    () => dx,
    null,
    () => scatterAdd(zerosLike(x), indices, du, axis),
  ],
});
