import { cast, isFloat, treeMap, treeTensors, type Rng, type Tensor, type Tree } from "@tapeloop/core";
import { linear, manyToOne, mse, stacked, type Cell, type ForecastBatch, type LinearParams } from "@tapeloop/nn";

/** Parameters of a {@link Forecaster}. */
export type ForecasterParams = { readonly cell: Tree; readonly head: LinearParams };

/** A recurrent cell over the window, and a linear layer that makes a forecast of its last output. */
export interface Forecaster {
  readonly cell: Cell;
  readonly sizes: { readonly input: 1; readonly hidden: number };
  init(rng: Rng): ForecasterParams;
  /** inputs [window, batch, 1] → forecasts [batch, 1] */
  forecast(params: ForecasterParams, inputs: Tensor): Tensor;
  /** Mean squared error of the forecasts of a batch: []. */
  loss(params: ForecasterParams, batch: ForecastBatch): Tensor;
}

/** The forecaster with the given cell, in one layer or several. */
export function createForecaster(cell: Cell, hidden: number, layers: number): Forecaster {
  const sizes = { input: 1, hidden } as const;
  const whole: Cell = layers === 1 ? cell : stacked(Array.from({ length: layers }, () => cell));
  const forecast = (params: ForecasterParams, inputs: Tensor): Tensor =>
    linear.apply(params.head, manyToOne(whole, params.cell, inputs, { sizes }));
  return {
    cell: whole,
    sizes,
    init: (rng) => ({
      cell: whole.init(sizes, rng),
      head: linear.init({ input: whole.outputSize(sizes), output: 1 }, rng),
    }),
    forecast,
    loss: (params, { inputs, targets }) => mse(forecast(params, inputs), targets, { reduction: "mean" }),
  };
}

/** Number of numbers to learn. */
export function countParameters(params: ForecasterParams): number {
  return treeTensors(params).reduce((total, t) => total + t.size, 0);
}

/** The same tree with its floats in float64. */
export function inFloat64<T extends Tree>(tree: T): T {
  return treeMap(tree, (t) => (isFloat(t.dtype) ? cast(t, "float64") : t));
}
