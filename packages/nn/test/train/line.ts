import { add, arange, div, matmul, mul, sub, zeros, type Tensor } from "@tapeloop/core";
import { adam, examples, mse, type Dataset, type FitOptions } from "@tapeloop/nn";

/** The model ŷ = x·w + b of the tests of training. */
export type Line = Readonly<{ w: Tensor; b: Tensor }>;
export type Points = Readonly<{ x: Tensor; y: Tensor }>;

export const f64 = { dtype: "float64" } as const;

/** Points of y = 3x − 2 with x in 0 … 1. */
export function line(count: number): Dataset<Points> {
  const x = div(arange(0, count, 1, f64), count).reshape([count, 1]);
  return examples({ x, y: sub(mul(3, x), 2) });
}

export const start: Line = { w: zeros([1, 1], f64), b: zeros([1], f64) };

export function squaredError({ w, b }: Line, { x, y }: Points): Tensor {
  return mse(add(matmul(x, w), b), y, { reduction: "mean" });
}

/** Settings of a training that works, with what a test changes. */
export function options(more: Partial<FitOptions<Line, Points>> = {}): FitOptions<Line, Points> {
  return {
    params: start,
    loss: squaredError,
    optimizer: adam({ learningRate: 0.1 }),
    data: line(20),
    epochs: 3,
    batchSize: 6,
    seed: 1,
    ...more,
  };
}
