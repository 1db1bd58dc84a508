import { abs, formatShape, max, mul, neg, reshape, type Tensor, transpose, treeLeaves } from "@tapeloop/core";
import { mapTree } from "../trees.js";
import type { Plan, Plans, Site } from "./kinds.js";
import { withDerivativeOf } from "./through.js";

/** The relative error of the mutant `scale`. */
const EXCESS = 1e-6;

/** One parameter's gradient is too large by a factor of 1 + 1e-6. */
export function scale<P, S>(site: Site<P, S>): Plans<P, S> {
  const live = (w: Tensor): Tensor => mul(w, 1 + EXCESS);
  return parameterPlan(site, "scale 1 + 1e-6", "is multiplied by 1 + 1e-6", live, (w) => w.size > 0);
}

/** One parameter's gradient has the wrong sign. */
export function sign<P, S>(site: Site<P, S>): Plans<P, S> {
  return parameterPlan(site, "sign", "has the wrong sign", neg, (w) => w.size > 0);
}

/**
 * One matrix' gradient is transposed: a square one if there is one; else its elements are in the order of the
 * transpose, as after a mix-up of row-major and column-major.
 */
export function transposed<P, S>(site: Site<P, S>): Plans<P, S> {
  const isMatrix = ({ shape }: Tensor): boolean => shape.length === 2 && shape.every((n) => n > 1);
  const isSquare = (w: Tensor): boolean => isMatrix(w) && w.shape[0] === w.shape[1];
  const square = parameterPlan(site, "transpose", "is transposed", transpose, isSquare);
  if (typeof square !== "string") return square;
  const columns = (w: Tensor): Tensor => reshape(transpose(w), w.shape);
  const plans = parameterPlan(site, "transpose", "has its elements in column-major order", columns, isMatrix);
  return typeof plans === "string" ? "no parameter is a matrix of at least two rows and columns" : plans;
}

/** A mistake in the gradient of one parameter: of those that fit, the one with the largest gradient entry. */
function parameterPlan<P, S>(
  { step, inputs: [params], gradient }: Site<P, S>,
  name: string,
  mistake: string,
  live: (w: Tensor) => Tensor,
  fits: (w: Tensor) => boolean,
): Plans<P, S> {
  const sizes = gradient.map((g) => (g.size === 0 ? 0 : max(abs(g)).item()));
  const fitting = treeLeaves(params)
    .map(({ path, tensor }, i) => ({ path, tensor, size: sizes[i] ?? 0 }))
    .filter(({ tensor }) => fits(tensor));
  const [target] = fitting.sort((a, b) => b.size - a.size);
  if (target === undefined) return "no parameter has elements";
  const { path, tensor } = target;
  const mutate = (w: Tensor, at: string): Tensor => (at === path ? withDerivativeOf(w, live(w)) : w);
  const plan: Plan<P, S> = {
    name,
    description: `the gradient of ${path === "" ? "the parameters" : path} ${formatShape(tensor.shape)} ${mistake}`,
    begin: () => (p, s, x) => step(mapTree(p, mutate), s, x),
  };
  return [plan];
}
