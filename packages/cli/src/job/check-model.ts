import { arange, type Tensor } from "@tapeloop/core";
import { gradcheck, type Comparison, type GradcheckReport } from "@tapeloop/check";
import type { ForecastWindows } from "@tapeloop/nn";
import { inFloat64, type Forecaster, type ForecasterParams } from "./model.js";

/** Windows in the batch of the check; more would only make it slower. */
const EXAMPLES = 2;
/** Entries checked one by one: an equal share of each parameter, small ones whole. */
const ENTRIES = 100;

/**
 * Checks the gradient with which a model was trained (the reverse sweep) by finite differences, in float64, at the
 * parameters where training ended: a sample of the entries one by one, and all of them along random directions.
 *
 * @throws TapeloopError for a cell that does not run in float64
 */
export function checkModel(
  model: Forecaster,
  params: ForecasterParams,
  windows: ForecastWindows,
  seed: number,
): GradcheckReport {
  const batch = windows.batch(spread(windows.size, EXAMPLES));
  const { inputs, targets } = inFloat64({ inputs: batch.inputs, targets: batch.targets });
  const report = gradcheck((p: ForecasterParams) => model.loss(p, { inputs, targets }), [inFloat64(params)], {
    mode: "reverse",
    maxEntries: ENTRIES,
    seed,
  });
  return {
    ...report,
    worst: report.worst && plainPath(report.worst),
    toString: () => plain(report.toString()),
  };
}

/** The model is the only argument of what is checked, so its parameters go by their own names. */
function plain(text: string): string {
  return text.replaceAll("inputs[0].", "");
}

function plainPath(comparison: Comparison): Comparison {
  return { ...comparison, path: plain(comparison.path) };
}

/** Places spread evenly over 0 … size − 1, int32. */
function spread(size: number, most: number): Tensor {
  const count = Math.min(size, most);
  const step = Math.floor(size / count);
  return arange(0, count * step, step, { dtype: "int32" });
}
