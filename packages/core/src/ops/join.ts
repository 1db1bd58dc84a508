import { ArgumentError, DtypeError, ShapeError } from "../errors.js";
import { checkList, shown } from "../expect.js";
import { axisOf, shapeOf } from "../tensor/operand.js";
import { apply, applyAll, toTensors } from "../tape/apply.js";
import { libraryOp, type Contribution, type Op } from "../tape/op.js";
import { zerosLike } from "../tensor/create.js";
import { allocate } from "../tensor/dtype.js";
import { copyElements } from "../tensor/layout.js";
import {
  checkShape,
  contiguousStrides,
  formatShape,
  normalizeAxis,
  sizeOf,
  type Shape,
} from "../tensor/shape.js";
import { describe, viewOf, type Tensor, type TensorLike, type TensorType } from "../tensor/tensor.js";

/** Joining tensors and taking them apart. In each pair, concat/split and stack/unstack, one undoes the other. */

interface AxisAttrs {
  readonly axis: number;
}

/**
 * Joins tensors along an axis that they have, by default the last: [b, m] and [b, n] → [b, m + n].
 * Throws ArgumentError for an empty list, ShapeError when sizes differ on another axis, DtypeError on mixed dtypes.
 */
export function concat(tensors: readonly Tensor[], axis = -1): Tensor {
  const { length: rank } = firstShape("concat", tensors);
  if (rank === 0) throw new ShapeError("concat: got scalars, expected rank 1 or more; stack joins scalars");
  return apply(concatOp, tensors, { axis: normalizeAxis("concat", axis, rank) });
}
export const concatOp = libraryOp<readonly Tensor[], AxisAttrs>({
  name: "concat",
  shape(inputs, { axis }) {
    const { shape, dtype } = alike("concat", inputs, axis);
    const joined = shape.with(axis, sum(sizesOf(inputs, axis)));
    checkShape("concat", joined);
    return { shape: joined, dtype };
  },
  forward(inputs, { axis }, { shape, dtype }) {
    const out = allocate(dtype, sizeOf(shape));
    const strides = contiguousStrides(shape);
    let offset = 0;
    for (const x of inputs) {
      copyElements(x.shape, x.storage, out, { strides, offset });
      offset += (x.shape[axis] ?? 0) * (strides[axis] ?? 0);
    }
    return out;
  },
  vjp: (dy, inputs, _y, { axis }) => shared(inputs.length, () => split(dy, sizesOf(inputs, axis), axis)),
  jvp: "linear",
});

/** Rows on top of each other: joins along axis 0; vectors [n] count as rows [1, n]. As NumPy's `vstack`. */
export function vstack(tensors: readonly Tensor[]): Tensor {
  return firstShape("vstack", tensors).length === 1 ? stack(tensors, 0) : concat(tensors, 0);
}

/** Columns side by side: joins along axis 1, and vectors along axis 0. As NumPy's `hstack`. */
export function hstack(tensors: readonly Tensor[]): Tensor {
  return concat(tensors, firstShape("hstack", tensors).length === 1 ? 0 : 1);
}

/**
 * Joins n tensors of one shape along a new axis, which is `axis` of the result: n of [b, d] → [n, b, d] for axis 0.
 * Throws ArgumentError for an empty list, ShapeError when shapes differ, DtypeError on mixed dtypes.
 */
export function stack(tensors: readonly TensorLike[], axis = 0): Tensor {
  const { length: rank } = firstShape("stack", tensors);
  const inputs = toTensors("stack", tensors);
  return apply(stackOp, inputs, { axis: normalizeAxis("stack", axis, rank + 1) });
}
export const stackOp = libraryOp<readonly Tensor[], AxisAttrs>({
  name: "stack",
  shape(inputs, { axis }) {
    const { shape, dtype } = alike("stack", inputs);
    const stacked = shape.toSpliced(axis, 0, inputs.length);
    checkShape("stack", stacked);
    return { shape: stacked, dtype };
  },
  forward(inputs, { axis }, { shape, dtype }) {
    const out = allocate(dtype, sizeOf(shape));
    const strides = contiguousStrides(shape);
    const within = strides.toSpliced(axis, 1);
    inputs.forEach((x, i) => {
      copyElements(x.shape, x.storage, out, { strides: within, offset: i * (strides[axis] ?? 0) });
    });
    return out;
  },
  vjp: (dy, inputs, _y, { axis }) => shared(inputs.length, () => unstack(dy, axis)),
  jvp: "linear",
});

/**
 * Cuts a tensor along an axis, by default the last: into `pieces` of equal size (a number), or into pieces of the
 * sizes given. [b, 6] with 3 → three of [b, 2]; with [1, 5] → [b, 1] and [b, 5]. Views; `concat` undoes it.
 * Throws ShapeError unless the pieces make up the whole axis.
 */
export function split(x: Tensor, pieces: number | readonly number[], axis = -1): readonly Tensor[] {
  const at = axisOf("split", x, axis);
  return applyAll(splitOp, [x], { axis: at, sizes: pieceSizes(x, at, pieces) });
}
// One node for all pieces: its derivative is one concat, where slices would each fill a tensor as large as x.
export const splitOp: Op<AxisAttrs & { readonly sizes: readonly number[] }> = {
  name: "split",
  infer: ([x], { axis, sizes }) =>
    x ? sizes.map((size) => ({ ...x, shape: x.shape.with(axis, size) })) : [],
  forward([x], { axis, sizes }, types) {
    if (x === undefined) return [];
    const { strides, offset } = x.storage;
    let at = offset;
    return types.map(({ shape }, i) => {
      const piece = viewOf(x, shape, { strides, offset: at });
      at += (sizes[i] ?? 0) * (strides[axis] ?? 0);
      return piece;
    });
  },
  vjp: (dys, { outputs, attrs: { axis } }) => [() => concat(orZeros(dys, outputs), axis)],
  jvp: { kind: "all", rule: ([dx], { attrs: { axis, sizes } }) => (dx ? split(dx, sizes, axis) : []) },
};

/**
 * Takes a tensor apart along an axis, which disappears: [n, b, d] → n of [b, d] for axis 0. Views; `stack` undoes
 * it. To walk all time steps, unstack once: `index(x, t)` in a loop costs a whole tensor per step in the gradient.
 */
export function unstack(x: Tensor, axis = 0): readonly Tensor[] {
  return applyAll(unstackOp, [x], { axis: axisOf("unstack", x, axis) });
}
export const unstackOp: Op<AxisAttrs> = {
  name: "unstack",
  infer([x], { axis }) {
    if (x === undefined) return [];
    const type = { shape: x.shape.toSpliced(axis, 1), dtype: x.dtype };
    return Array.from({ length: x.shape[axis] ?? 0 }, () => type);
  },
  forward([x], { axis }, types) {
    if (x === undefined) return [];
    const { strides, offset } = x.storage;
    const within = strides.toSpliced(axis, 1);
    return types.map(({ shape }, i) =>
      viewOf(x, shape, { strides: within, offset: offset + i * (strides[axis] ?? 0) }),
    );
  },
  vjp: (dys, { outputs, attrs: { axis } }) => [() => stack(orZeros(dys, outputs), axis)],
  jvp: { kind: "all", rule: ([dx], { attrs: { axis } }) => (dx ? unstack(dx, axis) : []) },
};

/** One closure per tensor of a list that is made once, when the first of them is asked for. */
function shared(count: number, make: () => readonly Tensor[]): Contribution[] {
  let list: readonly Tensor[] | undefined;
  return Array.from({ length: count }, (_, i) => () => {
    list ??= make();
    const t = list[i];
    if (t === undefined) throw new ShapeError(`join: got ${list.length} pieces, expected ${count}`);
    return t;
  });
}

function orZeros(dys: readonly (Tensor | undefined)[], outputs: readonly Tensor[]): Tensor[] {
  return outputs.map((y, i) => dys[i] ?? zerosLike(y));
}

/** Shape of the first tensor of a list, which a call may have left out or forgotten to make. */
function firstShape(op: string, tensors: readonly TensorLike[]): Shape {
  const isList: boolean = Array.isArray(tensors);
  if (!isList) throw new ArgumentError(`${op}: got one value, expected an array of tensors: ${op}([a, b])`);
  if (tensors.length === 0) throw new ArgumentError(`${op}: got an empty list, expected one tensor or more`);
  return shapeOf(op, tensors[0]);
}

/** Checks that all inputs have the dtype and shape of the first, except for the size of one axis. */
function alike(op: string, inputs: readonly TensorType[], free?: number): TensorType {
  const [first] = inputs;
  if (first === undefined) throw new ArgumentError(`${op}: got an empty list, expected one tensor or more`);
  const differs = ({ shape }: TensorType): number =>
    shape.findIndex((n, axis) => axis !== free && n !== first.shape[axis]);
  const wrong = inputs.findIndex(
    (t) => t.dtype !== first.dtype || t.shape.length !== first.shape.length || differs(t) >= 0,
  );
  const other = inputs[wrong];
  if (other === undefined) return first;
  const beside = `${op}: operand ${wrong} is ${describe(other)} beside ${describe(first)}`;
  if (other.dtype !== first.dtype)
    throw new DtypeError(`${beside}: expected one dtype; cast(x, "${first.dtype}") converts`);
  if (other.shape.length !== first.shape.length) throw new ShapeError(`${beside}: ranks differ`);
  const axis = differs(other);
  const rule = free === undefined ? "" : `; only axis ${free} may differ`;
  throw new ShapeError(
    `${beside}: axis ${axis} is ${other.shape[axis] ?? 0}, expected ${first.shape[axis] ?? 0}${rule}`,
  );
}

function sizesOf(inputs: readonly TensorType[], axis: number): number[] {
  return inputs.map((t) => t.shape[axis] ?? 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

function pieceSizes(x: Tensor, axis: number, pieces: number | readonly number[]): readonly number[] {
  const n = x.shape[axis] ?? 0;
  const what = `split: axis ${axis} of ${formatShape(x.shape)} is ${n}`;
  if (typeof pieces === "number") {
    if (!Number.isSafeInteger(pieces) || pieces < 1) {
      throw new ArgumentError(`split: got ${pieces} pieces, expected a whole number of 1 or more`);
    }
    if (n % pieces !== 0) throw new ShapeError(`${what}, which does not divide into ${pieces} equal pieces`);
    return new Array<number>(pieces).fill(n / pieces);
  }
  checkList("split", "pieces", pieces, "a number of them or an array of sizes");
  const wrong = pieces.find((size) => !Number.isSafeInteger(size) || size < 0);
  if (wrong !== undefined)
    throw new ArgumentError(`split: got a piece of size ${shown(wrong)}, expected whole sizes of 0 or more`);
  if (sum(pieces) !== n)
    throw new ShapeError(`${what}, but the pieces ${formatShape(pieces)} add up to ${sum(pieces)}`);
  return [...pieces];
}
