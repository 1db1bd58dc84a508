import {
  ArgumentError,
  add,
  all,
  cast,
  checkNumber,
  div,
  isFinite,
  logicalAnd,
  minimum,
  mul,
  sqrt,
  square,
  sum,
  tensor,
  treeTensors,
  treeUnflatten,
  type Tensor,
} from "@tapeloop/core";

/**
 * The Euclidean norm of all tensors of a tree together: √Σ x², float64 []. Squares are taken in float64, so that
 * the exploding gradients of a long sequence (above 1e19 in float32) still have a norm.
 */
export function globalNorm(tree: unknown): Tensor {
  const squares = treeTensors(tree).map((t) => sum(square(cast(t, "float64"))));
  return sqrt(squares.reduce((total, s) => add(total, s), tensor(0, { dtype: "float64" })));
}

/**
 * Scales a gradient tree so that its global norm is at most `maxNorm`: each tensor is multiplied with
 * maxNorm / (norm + 1e-6), as in PyTorch, if that is below 1. Returns the new tree and the norm before (float64 []).
 *
 * If any gradient is NaN or infinite, so is the norm, and the scaled gradients hold NaN: look at the norm to tell.
 * Source: R. Pascanu et al., On the difficulty of training recurrent neural networks (2013).
 *
 * @throws ArgumentError unless maxNorm is a positive number
 */
export function clipByGlobalNorm<G>(grads: G, maxNorm: number): { readonly grads: G; readonly norm: Tensor } {
  checkMaxNorm(maxNorm);
  const norm = globalNorm(grads);
  const scale = minimum(div(maxNorm, add(norm, 1e-6)), 1);
  const clipped = treeTensors(grads).map((g) => mul(g, cast(scale, g.dtype)));
  return { grads: treeUnflatten(grads, clipped), norm };
}

/** Throws ArgumentError unless gradients can be scaled to this norm. */
export function checkMaxNorm(maxNorm: number): void {
  checkNumber("clipByGlobalNorm", "maxNorm", maxNorm);
  if (maxNorm > 0) return;
  throw new ArgumentError(`clipByGlobalNorm: got maxNorm ${maxNorm}, expected a positive number`);
}

/** Whether every element of every tensor of a tree is neither NaN nor infinite: bool []. */
export function allFinite(tree: unknown): Tensor {
  return treeTensors(tree)
    .map((t) => all(isFinite(t)))
    .reduce((every, finite) => logicalAnd(every, finite), tensor(true));
}
