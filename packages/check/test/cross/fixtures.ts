import { tensor } from "@tapeloop/core";

export const f64 = { dtype: "float64" } as const;

/** A matrix of no special values. */
export const x = tensor(
  [
    [0.5, -1.5],
    [1, 0.25],
  ],
  f64,
);
