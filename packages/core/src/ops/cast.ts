import { checkString } from "../expect.js";
import { checkTensor, shapeOf } from "../tensor/operand.js";
import { apply } from "../tape/apply.js";
import { identityOp } from "../tape/identity.js";
import { libraryOp } from "../tape/op.js";
import { allocate, checkDtype, isFloat, type Dtype } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { mapElements } from "./loops.js";
import { aroundZero, betweenTruncations } from "./pieces.js";

/**
 * The same values in another dtype. Float to int32 truncates towards zero (NaN gives 0, other values wrap as
 * `Int32Array` does); numbers to bool ask whether they differ from 0. Gradients flow between float dtypes only.
 */
export function cast(x: Tensor, dtype: Dtype): Tensor {
  checkDtype("cast", dtype);
  shapeOf("cast", x);
  return x.dtype === dtype ? x : apply(castOp, [x], { dtype });
}
export const castOp = libraryOp<readonly [Tensor], { dtype: Dtype }>({
  name: "cast",
  shape: ([x], { dtype }) => ({ shape: x.shape, dtype }),
  forward([x], { dtype }, type) {
    if (dtype === "bool") return mapElements(x, type, (v) => Number(v !== 0));
    const out = allocate(dtype, x.size);
    out.set(x.data);
    return out;
  },
  vjp: (dy, [x]) => [isFloat(x.dtype) ? () => cast(dy, x.dtype) : null],
  jvp: ([dx], _x, _y, { dtype }) => [isFloat(dtype) ? () => cast(dx, dtype) : null],
  pieces: (inputs, { dtype }) =>
    dtype === "bool" ? aroundZero(inputs) : dtype === "int32" ? betweenTruncations(inputs) : [],
});

/** The same values, through which no gradient flows. */
export function stopGradient(x: Tensor): Tensor {
  return apply(stopGradientOp, [x], {});
}
export const stopGradientOp = libraryOp<readonly [Tensor]>({
  name: "stopGradient",
  shape: ([x]) => x,
  forward: ([x]) => x,
  stopsGradient: true,
});

/** Attaches a name that tapes, errors and graphs show. Returns the same tensor: a label is no operation. */
export function label(t: Tensor, name: string): Tensor {
  checkString("label", "name", name);
  checkTensor("label", t).label = name;
  return t;
}

/** A copy of the tensor object that shares its values: a value of its own on every tape. */
export function identity(x: Tensor): Tensor {
  return apply(identityOp, [x], {});
}
