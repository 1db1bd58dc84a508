import { treeLeaves, vjp, withDefaultDtype } from "@tapeloop/core";
import type { Point } from "./point.js";
import { runLoop, runScan, type CellLike } from "./structure.js";

/** How well two ways to compute the same agree. */
export interface Agreement {
  readonly pass: boolean;
  /** The largest difference, as a part of the largest value of the same tensor (at least 1). */
  readonly error: number;
  /** Where it is, such as `gradient of params.wf`. */
  readonly path: string;
}

/** Room for another order of summation, in float64. */
const ROUNDING = 1e-11;

/** Outputs, last state and gradients by one scan beside those by a plain loop over time. */
export function scanAgainstLoop<Params, State>(
  cell: CellLike<Params, State, never>,
  point: Point<Params, State>,
): Agreement {
  const results = [runScan, runLoop].map((run) =>
    withDefaultDtype("float64", () => {
      const [outputs, pullback] = vjp(
        (params: Params, state: State, xs: typeof point.xs) => run(cell, params, state, xs),
        point.params,
        point.state,
        point.xs,
      );
      // The outputs weigh themselves: the gradient of ½ Σ output².
      const [params, state, xs] = pullback(outputs);
      return [...treeLeaves(outputs), ...treeLeaves({ params, state, xs }, "gradient of")].map(
        ({ path, tensor }) => ({
          path: path.replace("gradient of.", "gradient of "),
          data: tensor.data,
        }),
      );
    }),
  );
  const [scan = [], loop = []] = results;
  let worst: Agreement = { pass: true, error: 0, path: "" };
  scan.forEach(({ path, data }, k) => {
    let [apart, size] = [0, 1];
    data.forEach((x, i) => {
      const difference = Math.abs(x - (loop[k]?.data[i] ?? NaN));
      if (!(difference <= apart)) apart = difference;
      size = Math.max(size, Math.abs(x));
    });
    const error = apart / size;
    if (!(error <= worst.error)) worst = { pass: error <= ROUNDING, error, path };
  });
  return worst;
}
