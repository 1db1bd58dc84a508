import { ArgumentError, fromTypedArray, isFloat, treeLeaves, type Tensor } from "@tapeloop/core";
import { createRandom, type Random } from "../random.js";
import { mapTree } from "../trees.js";
import { expectTree } from "./expect-cell.js";
import { freshParams, type CellLike } from "./structure.js";

/** Where a cell is looked at, in float64. */
export interface Point<Params, State> {
  readonly params: Params;
  readonly state: State;
  /** [time, batch, input] */
  readonly xs: Tensor;
}

/** How far parameters and state are moved from where the cell starts them, which may be special points such as zero. */
const SPREAD = 0.1;

/** Standard normal data, and parameters and state near those that the cell starts with. */
export function samplePoint<Params, State, Sizes extends { readonly input: number }>(
  cell: CellLike<Params, State, Sizes>,
  sizes: Sizes,
  { time, batch, seed }: { readonly time: number; readonly batch: number; readonly seed: number },
): Point<Params, State> {
  const random = createRandom(seed);
  const moved = <T>(part: "params" | "state", tree: T): T => {
    expectTree("checkCell", cell.name, part, tree);
    return mapTree(tree, (t, path) => {
      const infinite = Array.from(t.data).find((v) => !Number.isFinite(v));
      if (infinite !== undefined) {
        throw new ArgumentError(
          `checkCell: ${part} of ${cell.name} holds ${infinite}${path === "" ? "" : ` at ${path}`}, expected finite numbers`,
        );
      }
      return isFloat(t.dtype) ? drawn(random, t.shape, SPREAD, t) : t;
    });
  };
  return {
    params: moved("params", freshParams(cell, sizes, seed)),
    state: moved("state", cell.state(sizes, batch)),
    xs: drawn(random, [time, batch, sizes.input], 1),
  };
}

function drawn(random: Random, shape: readonly number[], spread: number, around?: Tensor): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float64Array.from(
    { length: size },
    (_, i) => (around?.data[i] ?? 0) + spread * random.normal(),
  );
  return fromTypedArray(values, shape);
}

/** Paths, shapes and dtypes of a tree: what a state must keep from step to step. */
export function typesOf(tree: unknown, root: string): string[] {
  return treeLeaves(tree, root).map(
    ({ path, tensor }) => `${path} ${tensor.dtype} [${tensor.shape.join(", ")}]`,
  );
}
