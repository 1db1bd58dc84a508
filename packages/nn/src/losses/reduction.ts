import {
  ArgumentError,
  DtypeError,
  ShapeError,
  checkTensor,
  describe,
  mean,
  sameShape,
  shown,
  sum,
  type Tensor,
} from "@tapeloop/core";

/** How the losses of single elements become one number. There is no default: the choice scales every gradient. */
export type LossReduction = "mean" | "sum";

/** Options that every loss takes. */
export interface LossOptions {
  readonly reduction: LossReduction;
}

/** The losses of single elements as a scalar []. Throws ArgumentError for another reduction or a mean of nothing. */
export function reduceLosses(name: string, losses: Tensor, reduction: LossReduction): Tensor {
  checkReduction(name, reduction);
  if (reduction === "sum") return sum(losses);
  if (losses.size === 0)
    throw new ArgumentError(`${name}: got ${describe(losses)}, expected elements to average`);
  return mean(losses);
}

function checkReduction(name: string, reduction: unknown): void {
  if (reduction === "mean" || reduction === "sum") return;
  throw new ArgumentError(
    `${name}: got reduction ${typeof reduction === "string" ? reduction : shown(reduction)}, expected "mean" or "sum"`,
  );
}

/**
 * Throws ShapeError or DtypeError unless prediction and target are alike. Broadcasting [batch, 1] against [batch]
 * would give [batch, batch] differences: a loss that falls, of a model that does not learn.
 */
export function checkAlike(name: string, prediction: Tensor, target: Tensor): void {
  checkTensor(name, prediction, "a tensor as the prediction");
  checkTensor(name, target, "a tensor as the target");
  const pair = `prediction ${describe(prediction)}, target ${describe(target)}`;
  if (!sameShape(prediction.shape, target.shape))
    throw new ShapeError(`${name}: got ${pair}, expected one shape`);
  if (prediction.dtype !== target.dtype) throw new DtypeError(`${name}: got ${pair}, expected one dtype`);
}
