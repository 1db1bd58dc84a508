/**
 * The same formulas in row layout, batch × features, as libraries write them:
 *
 *     z_t = x_t W_xh + h_{t−1} W_hh + b_h      x_t [batch, input], W_xh [input, hidden], b_h [1, hidden]
 *
 * (x W)ᵀ = Wᵀ xᵀ, so every matrix of the row layout is the transpose of the one in the column layout, and
 * nothing has to be derived anew: transpose what comes in, use the column formulas, transpose what goes
 * out. That holds for gradients too, since each has the shape of what it is the gradient of; for instance
 * dL/dW_hh = Σ_t h_{t−1}ᵀ dL/dz_t here, against Σ_t dL/dz_t h_{t−1}ᵀ there.
 *
 * In the result types read [a, b] as [b, a]. Messages of errors speak of the column layout.
 */
import { gruManyToMany, gruManyToOne } from "./gru.js";
import { lstmManyToMany, lstmManyToOne } from "./lstm.js";
import { transpose, type Matrix } from "./matrix.js";
import { rnnManyToMany, rnnManyToOne, rnnOneToMany } from "./rnn.js";
import { rnnManyToOne2, rnnManyToOne4 } from "./rnn-literal.js";

/** Row-layout form of a column-layout function: transposes each matrix among its arguments and results. */
export function inRows<Args extends unknown[], Result>(
  columnForm: (...args: Args) => Result,
): (...args: Args) => Result {
  return (...args) => transposeEach(columnForm(...transposeEach(args)));
}

/** {@link rnnManyToOne} in row layout. */
export const rnnManyToOneRows = inRows(rnnManyToOne);
/** {@link rnnManyToOne2} in row layout. */
export const rnnManyToOne2Rows = inRows(rnnManyToOne2);
/** {@link rnnManyToOne4} in row layout. */
export const rnnManyToOne4Rows = inRows(rnnManyToOne4);
/** {@link rnnManyToMany} in row layout. */
export const rnnManyToManyRows = inRows(rnnManyToMany);
/** {@link rnnOneToMany} in row layout. */
export const rnnOneToManyRows = inRows(rnnOneToMany);
/** {@link lstmManyToOne} in row layout: z_g = [h_{t−1}, x_t] W_g + b_g with W_g [hidden + input, hidden]. */
export const lstmManyToOneRows = inRows(lstmManyToOne);
/** {@link lstmManyToMany} in row layout, with gate weights as for {@link lstmManyToOneRows}. */
export const lstmManyToManyRows = inRows(lstmManyToMany);
/** {@link gruManyToOne} in row layout, so with the transposes of PyTorch's `weight_ih` and `weight_hh`. */
export const gruManyToOneRows = inRows(gruManyToOne);
/** {@link gruManyToMany} in row layout. */
export const gruManyToManyRows = inRows(gruManyToMany);

/** A copy of nested plain objects and arrays in which each matrix is transposed; the rest is kept as it is. */
export function transposeEach<Tree>(tree: Tree): Tree;
export function transposeEach(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map((branch: unknown) => transposeEach(branch));
  if (typeof tree !== "object" || tree === null) return tree;
  if (isMatrix(tree)) return transpose(tree);
  // An object with a class of its own, such as an activation's, is not ours to take apart.
  if (Object.getPrototypeOf(tree) !== Object.prototype) return tree;
  return Object.fromEntries(Object.entries(tree).map(([name, branch]) => [name, transposeEach(branch)]));
}

function isMatrix(value: object): value is Matrix {
  return "rows" in value && "cols" in value && "data" in value && value.data instanceof Float64Array;
}
