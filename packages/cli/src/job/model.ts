import {
  cast,
  concat,
  createRng,
  isFloat,
  treeMap,
  treeTensors,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import {
  batches,
  linear,
  manyToOne,
  mse,
  stacked,
  type Cell,
  type ForecastBatch,
  type ForecastWindows,
  type LinearParams,
} from "@tapeloop/nn";

/** Parameters of a {@link Forecaster}. */
export type ForecasterParams = { readonly cell: Tree; readonly head: LinearParams };

/** A recurrent cell over the window, and a linear layer that makes a forecast of its last output. */
export interface Forecaster {
  /** The cell of each layer. */
  readonly cell: Cell;
  /** All layers as one cell: the cell itself if there is but one. */
  readonly network: Cell;
  readonly sizes: { readonly input: 1; readonly hidden: number };
  /** Fresh parameters. */
  init(seed: number): ForecasterParams;
  /** inputs [window, batch, 1] → forecasts [batch, 1] */
  forecast(params: ForecasterParams, inputs: Tensor): Tensor;
  /** Mean squared error of the forecasts of a batch: []. */
  loss(params: ForecasterParams, batch: ForecastBatch): Tensor;
}

/** The forecaster with the given cell, in one layer or several. */
export function createForecaster(cell: Cell, hidden: number, layers: number): Forecaster {
  const sizes = { input: 1, hidden } as const;
  const network: Cell = layers === 1 ? cell : stacked(Array.from({ length: layers }, () => cell));
  const forecast = (params: ForecasterParams, inputs: Tensor): Tensor =>
    linear.apply(params.head, manyToOne(network, params.cell, inputs, { sizes }));
  return {
    cell,
    network,
    sizes,
    init(seed) {
      const rng = createRng(seed);
      return {
        cell: network.init(sizes, rng),
        head: linear.init({ input: network.outputSize(sizes), output: 1 }, rng),
      };
    },
    forecast,
    loss: (params, { inputs, targets }) => mse(forecast(params, inputs), targets, { reduction: "mean" }),
  };
}

/** Forecasts of all windows in their order, [windows, 1]; in batches, so that memory stays small. */
export function forecastAll(model: Forecaster, params: ForecasterParams, windows: ForecastWindows): Tensor {
  const batchSize = Math.min(windows.size, AT_ONCE);
  const parts = Array.from(batches(windows, { batchSize, remainder: "keep" }), ({ inputs }) =>
    model.forecast(params, inputs),
  );
  return concat(parts, 0);
}

const AT_ONCE = 512;

/** Number of numbers to learn. */
export function countParameters(params: ForecasterParams): number {
  return treeTensors(params).reduce((total, t) => total + t.size, 0);
}

/** The same tree with its floats in float64. */
export function inFloat64<T extends Tree>(tree: T): T {
  return treeMap(tree, (t) => (isFloat(t.dtype) ? cast(t, "float64") : t));
}
