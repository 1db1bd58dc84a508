import {
  broadcastTo,
  cast,
  describe,
  isFloat,
  sameShape,
  ShapeError,
  treeLeaves,
  treeMap,
  treeTensors,
  type Dtype,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import { checkCell, type Cell } from "./cell.js";
import { inferSizes, sizesOf } from "./infer-sizes.js";
import type { CellSizes } from "./sizes.js";

/** A state to be learned with the parameters: the cell's own for a batch of one, which `unroll` stretches. */
export function learnedState<S extends Tree, Sizes extends CellSizes>(
  cell: Cell<Tree, S, Sizes>,
  sizes: Sizes,
): S {
  checkCell("learnedState", cell);
  return cell.state(sizes, 1);
}

/** What is known of a state before the first step. */
export interface Start<S extends Tree, Sizes extends CellSizes> {
  /** One time step of the data, [batch, input]. */
  readonly x: { readonly shape: readonly number[]; readonly dtype: Dtype };
  readonly state?: S | undefined;
  readonly sizes?: Sizes | undefined;
}

/**
 * The given state, stretched to the batch, or else the cell's own, with floats of the parameters' dtype.
 *
 * @throws ShapeError when the given state does not fit cell and batch, or the data has another number of features
 *   than `sizes` says
 */
export function startState<P extends Tree, S extends Tree, Sizes extends CellSizes>(
  cell: Cell<P, S, Sizes>,
  params: P,
  { x, state, sizes }: Start<S, Sizes>,
): S {
  const [batch = 0, input = 0] = x.shape;
  if (input === 0) throw new ShapeError(`${cell.name}: got no features per time step, expected at least one`);
  if (sizes !== undefined && sizes.input !== input) {
    throw new ShapeError(
      `${cell.name}: got data with ${input} features per time step, expected ${sizes.input}, as sizes says`,
    );
  }
  // Inferred sizes are all that the initialiser needs: a cell with further sizes runs on them like any other.
  const plain: Cell<P, S> = cell;
  const dtype = floatDtypeOf(params) ?? x.dtype;
  const own = (of: CellSizes): S =>
    treeMap(plain.state(of, batch), (t) => (isFloat(t.dtype) ? cast(t, dtype) : t));
  if (state === undefined) return own(sizes ?? sizesOf(plain, params, input));
  const stretched = treeMap(state, (t) =>
    t.shape[0] === 1 ? broadcastTo(t, [batch, ...t.shape.slice(1)]) : t,
  );
  const known = sizes ?? inferSizes(plain, params, input);
  if (known !== undefined) {
    checkSameTypes(cell.name, { root: "state", verb: "got", as: "for [batch, …]" }, stretched, own(known));
  }
  return stretched;
}

/** The one float dtype of a tree's tensors; `undefined` if there are none, or both. */
function floatDtypeOf(tree: Tree): Dtype | undefined {
  const dtypes = new Set(
    treeTensors(tree)
      .map(({ dtype }) => dtype)
      .filter(isFloat),
  );
  const [dtype] = dtypes;
  return dtypes.size === 1 ? dtype : undefined;
}

/** Throws ShapeError, in the name of a cell, unless a tree has the names, shapes and dtypes of another one. */
export function checkSameTypes(
  cell: string,
  { root, verb, as }: { readonly root: string; readonly verb: string; readonly as: string },
  got: Tree,
  expected: Tree,
): void {
  const [a, b] = [treeLeaves(got, root), treeLeaves(expected, root)];
  const names = (leaves: typeof a): string => leaves.map(({ path }) => path).join(", ") || `an empty ${root}`;
  if (names(a) !== names(b)) throw new ShapeError(`${cell}: ${verb} ${names(a)}, expected ${names(b)} ${as}`);
  a.forEach(({ path, tensor }, i) => {
    const other = b[i]?.tensor ?? tensor;
    if (sameShape(tensor.shape, other.shape) && tensor.dtype === other.dtype) return;
    const type = ({ shape, dtype }: Tensor): string => describe({ shape, dtype });
    throw new ShapeError(`${cell}: ${verb} ${path} ${type(tensor)}, expected ${type(other)} ${as}`);
  });
}
