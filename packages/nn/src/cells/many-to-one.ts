import { index, ShapeError, type Tensor, type Tree } from "@tapeloop/core";
import type { Cell } from "./cell.js";
import type { CellSizes } from "./sizes.js";
import { unroll, type UnrollOptions } from "./unroll.js";

/**
 * The output after the whole sequence. xs [time, batch, input] → [batch, features]; with `reverse`, after the walk
 * back to the first step. In layout "columns" data and output are turned over.
 *
 * @throws ShapeError for no time steps; otherwise as `unroll` does
 */
export function manyToOne<P extends Tree, S extends Tree, Sizes extends CellSizes>(
  cell: Cell<P, S, Sizes>,
  params: NoInfer<P>,
  xs: Tensor,
  options: UnrollOptions<NoInfer<S>, NoInfer<Sizes>> = {},
): Tensor {
  const { outputs } = unroll(cell, params, xs, options);
  const [length = 0] = outputs.shape;
  if (length === 0) throw new ShapeError(`${cell.name}: got no time steps, expected at least one`);
  return index(outputs, options.reverse === true ? 0 : length - 1);
}
