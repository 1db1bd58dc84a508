import { jvp, onesLike, treeMap, treeTensors, type Tree, vjp, withDefaultDtype } from "@tapeloop/core";
import type { CellFunction, CellInputs } from "../../src/mutants/cell.js";

/** All elements of a tree. */
export const numbers = (tree: unknown): number[] => treeTensors(tree).flatMap((t) => [...t.data]);

/** Value, gradient and tangent, with ones as the cotangent and as the tangents of all inputs. */
export function derivatives<P extends Tree, S extends Tree>(
  fn: CellFunction<P, S>,
  inputs: CellInputs<P, S>,
) {
  return withDefaultDtype("float64", () => {
    const [params, state, xs] = inputs;
    const [y, pullback] = vjp(fn, ...inputs);
    const along: CellInputs<P, S> = [treeMap(params, onesLike), treeMap(state, onesLike), onesLike(xs)];
    const [, tangent] = jvp(fn, inputs, along);
    return {
      value: numbers(y),
      gradient: numbers(pullback(onesLike(y))),
      tangent: numbers(tangent),
    };
  });
}
