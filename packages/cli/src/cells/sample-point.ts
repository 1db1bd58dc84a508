import { add, cast, isFloat, mul, normal, treeMap, type Rng, type Tensor, type Tree } from "@tapeloop/core";
import type { Cell, CellSizes } from "@tapeloop/nn";

/** Where a cell is looked at. */
export type Point = {
  readonly params: Tree;
  readonly state: Tree;
  /** [time, batch, input] */
  readonly xs: Tensor;
};

/** How far parameters and state are moved away from where the cell starts them. */
const SPREAD = 0.1;

/** A random point in float64: standard normal data, and parameters and state near those that the cell starts with. */
export function samplePoint(
  cell: Cell,
  sizes: CellSizes,
  { time, batch }: { readonly time: number; readonly batch: number },
  rng: Rng,
): Point {
  const moved = <T extends Tree>(tree: T): T => treeMap(tree, (t) => (isFloat(t.dtype) ? near(t, rng) : t));
  return {
    params: moved(cell.init(sizes, rng)),
    state: moved(cell.state(sizes, batch)),
    xs: normal(rng.key(), [time, batch, sizes.input], { dtype: "float64" }),
  };
}

function near(t: Tensor, rng: Rng): Tensor {
  return add(cast(t, "float64"), mul(normal(rng.key(), t.shape, { dtype: "float64" }), SPREAD));
}
