import {
  ArgumentError,
  abs,
  checkNumber,
  lessEqual,
  mul,
  optionsOf,
  scope,
  square,
  sub,
  where,
  type Tensor,
} from "@tapeloop/core";
import { checkAlike, reduceLosses, type LossOptions } from "./reduction.js";

/**
 * Mean (or summed) squared error Σ (ŷ − y)².  prediction ŷ and target y [...], alike in shape and dtype → [].
 *
 * @throws ShapeError, DtypeError unless both are alike: nothing is broadcast
 */
export function mse(prediction: Tensor, target: Tensor, options: LossOptions): Tensor {
  const { reduction } = optionsOf("mse", options);
  return scope("mse", () => {
    checkAlike("mse", prediction, target);
    return reduceLosses("mse", square(sub(prediction, target)), reduction);
  });
}

/**
 * Mean (or summed) absolute error Σ |ŷ − y|.  prediction ŷ and target y [...], alike in shape and dtype → [].
 * Where they agree the gradient is 0.
 *
 * @throws ShapeError, DtypeError unless both are alike: nothing is broadcast
 */
export function mae(prediction: Tensor, target: Tensor, options: LossOptions): Tensor {
  const { reduction } = optionsOf("mae", options);
  return scope("mae", () => {
    checkAlike("mae", prediction, target);
    return reduceLosses("mae", abs(sub(prediction, target)), reduction);
  });
}

/**
 * Huber loss: ½ r² for residuals |r| = |ŷ − y| ≤ δ, and δ (|r| − ½ δ) beyond, where it grows only linearly, so that
 * outliers count less.  prediction ŷ and target y [...], alike in shape and dtype → [].
 * Source: P. J. Huber, Robust estimation of a location parameter, Ann. Math. Statist. 35 (1964).
 *
 * @param options.delta δ > 0, in the units of the target; 1 by default
 * @throws ShapeError, DtypeError unless both are alike: nothing is broadcast
 */
export function huber(
  prediction: Tensor,
  target: Tensor,
  options: LossOptions & { readonly delta?: number },
): Tensor {
  const { reduction, delta = 1 } = optionsOf("huber", options);
  checkNumber("huber", "delta", delta);
  return scope("huber", () => {
    if (!(delta > 0 && delta < Infinity)) {
      throw new ArgumentError(`huber: got delta ${delta}, expected a positive number`);
    }
    checkAlike("huber", prediction, target);
    const residual = sub(prediction, target);
    const size = abs(residual);
    const losses = where(
      lessEqual(size, delta),
      mul(0.5, square(residual)),
      mul(delta, sub(size, 0.5 * delta)),
    );
    return reduceLosses("huber", losses, reduction);
  });
}
