import {
  checkList,
  formatShape,
  optionsOf,
  ShapeError,
  treeMap,
  uniform,
  type DrawOptions,
  type Rng,
  type Shape,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import { checkCell, type Cell } from "./cell.js";
import { checkRng, checkSizes, rngOf, type CellSizes } from "./sizes.js";

/** Initialisers that need no randomness: of the default dtype, like the others. */
export { ones, zeros } from "@tapeloop/core";

/**
 * Uniform on ±√(6 / (fanIn + fanOut)), which keeps the variance of values and of gradients alike (Glorot, Bengio:
 * "Understanding the difficulty of training deep feedforward neural networks", 2010). shape [fanIn, fanOut].
 * Throws ShapeError for another rank.
 */
export function glorotUniform(rng: Rng, shape: Shape, options: DrawOptions = {}): Tensor {
  checkRng("glorotUniform", rng);
  const [fanIn, fanOut] = matrixShape("glorotUniform", shape);
  const bound = Math.sqrt(6 / Math.max(1, fanIn + fanOut));
  return uniform(rng.key(), shape, { low: -bound, high: bound, ...optionsOf("glorotUniform", options) });
}

/**
 * Uniform on ±1/√hidden: what PyTorch's recurrent layers start from, for every weight and bias.
 * Throws ArgumentError unless `hidden` is a whole number ≥ 1.
 */
export function torchUniform(rng: Rng, shape: Shape, hidden: number, options: DrawOptions = {}): Tensor {
  checkRng("torchUniform", rng);
  checkSizes("torchUniform", { hidden });
  const bound = 1 / Math.sqrt(hidden);
  return uniform(rng.key(), shape, { low: -bound, high: bound, ...optionsOf("torchUniform", options) });
}

/**
 * The same cell, started the way of PyTorch's recurrent layers: every parameter is a {@link torchUniform} draw, the
 * forget bias of an LSTM too. (PyTorch has two biases per gate, so their sum there varies a little more.)
 */
export function withTorchInit<P extends Tree, S extends Tree, Sizes extends CellSizes>(
  cell: Cell<P, S, Sizes>,
): Cell<P, S, Sizes> {
  checkCell("withTorchInit", cell);
  return {
    ...cell,
    init(sizes, seed) {
      const rng = rngOf(seed);
      return treeMap(cell.init(sizes, rng), ({ shape, dtype }) =>
        torchUniform(rng, shape, sizes.hidden, floatOption(dtype)),
      );
    },
  };
}

/** Throws ShapeError unless the shape is that of a matrix. */
export function matrixShape(name: string, shape: Shape): readonly [rows: number, columns: number] {
  checkList(name, "shape", shape, "a matrix [fanIn, fanOut]");
  const [m, n] = shape;
  if (m === undefined || n === undefined || shape.length !== 2) {
    throw new ShapeError(`${name}: got shape ${formatShape(shape)}, expected a matrix [fanIn, fanOut]`);
  }
  return [m, n];
}

function floatOption(dtype: Tensor["dtype"]): DrawOptions {
  return dtype === "float32" || dtype === "float64" ? { dtype } : {};
}
