import { GradientError } from "../errors.js";
import { checkFunction, optionsOf } from "../expect.js";
import { reshape } from "../ops/movement.js";
import { stack } from "../ops/join.js";
import { tensor, zerosLike } from "../tensor/create.js";
import { describe, isTensor, type Tensor } from "../tensor/tensor.js";
import { treeLeaves, treeMap, treeTensors, treeUnflatten, type Tree } from "../tensor/tree.js";
import { grad } from "./grad.js";
import { jvp, vjp } from "./products.js";

/**
 * The Jacobian of a function with one tensor as its result: for every tensor [in…] of the argument's tree a tensor
 * [out…, in…] of ∂out/∂in. `mode` "reverse" (the default) takes one sweep per output element, "forward" one per
 * input element.
 */
export function jacobian(fn: (x: Tensor) => Tensor, options?: JacobianOptions): (x: Tensor) => Tensor;
export function jacobian<X extends Tree>(fn: (x: X) => Tensor, options?: JacobianOptions): (x: X) => X;
export function jacobian<X extends Tree>(fn: (x: X) => Tensor, options: JacobianOptions = {}): (x: X) => X {
  checkFunction("jacobian", fn);
  const { mode = "reverse" } = optionsOf("jacobian", options);
  return mode === "reverse" ? (x) => byRows(fn, x) : (x) => byColumns(fn, x);
}

/** Options of {@link jacobian}. */
export interface JacobianOptions {
  /** By rows, with the reverse sweep (the default), or by columns, with the forward sweep. */
  readonly mode?: "reverse" | "forward";
}

/** The Hessian of a scalar function of one tensor [n…]: [n…, n…] of second derivatives. */
export function hessian(fn: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  checkFunction("hessian", fn);
  return jacobian(grad(fn));
}

/**
 * The product of a scalar function's Hessian with a tree `v` like `x`, in one forward sweep over the reverse sweep:
 * the cost of a few gradients, whatever the size.
 */
export function hvp<X extends Tree>(fn: (x: X) => Tensor, x: X, v: NoInfer<X>): X {
  checkFunction("hvp", fn);
  const [, product] = jvp(grad(fn), [x], [v]);
  return product;
}

function byRows<X extends Tree>(fn: (x: X) => Tensor, x: X): X {
  const [y, pullback] = vjp(fn, x);
  checkOutput(y);
  const rows = Array.from({ length: y.size }, (_, i) => treeTensors(pullback(oneHotLike(y, i))[0]));
  return assemble(x, y, (k) => {
    const column = rows.map((row) => row[k]).filter((t) => t !== undefined);
    return column.length === 0 ? undefined : stack(column, 0);
  });
}

function byColumns<X extends Tree>(fn: (x: X) => Tensor, x: X): X {
  const inputs = treeTensors(x);
  let y: Tensor | undefined;
  const columns = inputs.map((input, k) =>
    Array.from({ length: input.size }, (_, i) => {
      const direction = inputs.map((t, at) => (at === k ? oneHotLike(t, i) : zerosLike(t)));
      const [value, tangent] = jvp(fn, [x], [treeUnflatten(x, direction)]);
      y = value;
      return tangent;
    }),
  );
  const output = y ?? fn(x);
  checkOutput(output);
  return assemble(x, output, (k) => {
    const list = columns[k] ?? [];
    return list.length === 0 ? undefined : stack(list, output.rank);
  });
}

/** Stacked rows or columns as [out…, in…] per input; zeros where there is nothing to stack. */
function assemble<X extends Tree>(x: X, y: Tensor, stacked: (k: number) => Tensor | undefined): X {
  let k = 0;
  return treeMap(x, (t) => {
    const shape = [...y.shape, ...t.shape];
    const all = stacked(k++);
    return all === undefined ? zerosLike({ shape, dtype: t.dtype }) : reshape(all, shape);
  });
}

function oneHotLike(t: Tensor, i: number): Tensor {
  const values = zerosLike(t).toTypedArray();
  values[i] = 1;
  return tensor(values, { shape: t.shape });
}

function checkOutput(y: unknown): asserts y is Tensor {
  if (!isTensor(y))
    throw new GradientError(
      `jacobian: got ${treeLeaves(y).length} tensors as the result, expected one tensor`,
    );
  if (y.dtype === "int32" || y.dtype === "bool") {
    throw new GradientError(`jacobian: got ${describe(y)} as the result, expected float32 or float64`);
  }
}
