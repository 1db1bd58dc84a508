import { add, div, maximum, mul, optionsOf, sqrt, square, sub, zerosLike, type Tensor } from "@tapeloop/core";
import { checkSettings } from "./checks.js";
import type { LearningRate } from "./learning-rate.js";
import { defineOptimizer, type Optimizer } from "./optimizer.js";

/** Settings of {@link rmsProp}; the defaults are PyTorch's. */
export interface RmsPropOptions {
  readonly learningRate: LearningRate;
  /** α, how much of the mean square is kept; 0.99 by default. */
  readonly alpha?: number;
  /** ε, which keeps the quotient finite, in the units of the gradient; 1e-8 by default. */
  readonly epsilon?: number;
  /** μ, the share of the last step that is kept; 0 by default. */
  readonly momentum?: number;
  /** Whether to divide by the deviation from the mean gradient, √(v − ḡ²), instead of √v. */
  readonly centered?: boolean;
}

/**
 * RMSProp: v ← αv + (1 − α)g², d = g / (√v + ε), and θ ← θ − η d; with momentum b ← μb + d, θ ← θ − η b. Centred
 * (A. Graves 2013), ḡ ← αḡ + (1 − α)g and √(v − ḡ²) stands in place of √v.
 * Source: T. Tieleman and G. Hinton, Neural networks for machine learning, lecture 6.5 (2012), as in PyTorch.
 *
 * @throws ArgumentError for settings out of range
 */
export function rmsProp(options: RmsPropOptions): Optimizer {
  const {
    learningRate,
    alpha = 0.99,
    epsilon = 1e-8,
    momentum = 0,
    centered = false,
  } = optionsOf("rmsProp", options);
  checkSettings("rmsProp", { alpha, momentum }, 0, 1);
  checkSettings("rmsProp", { epsilon });
  return defineOptimizer({
    name: "rmsProp",
    learningRate,
    slots: ["square", ...(centered ? ["mean"] : []), ...(momentum === 0 ? [] : ["velocity"])],
    numbers: (_t, rate) => ({ rate }),
    update({ param, gradient: g, slots, numbers: { rate }, scalar }) {
      const average = (old: Tensor | undefined, now: Tensor): Tensor =>
        add(mul(alpha, old ?? zerosLike(now)), mul(1 - alpha, now));
      const v = average(slots["square"], square(g));
      const mean = centered ? average(slots["mean"], g) : undefined;
      // Rounding may leave the mean square a little below the square of the mean.
      const spread = mean === undefined ? v : maximum(sub(v, square(mean)), 0);
      const d = div(g, add(sqrt(spread), epsilon));
      const velocity = slots["velocity"] && add(mul(momentum, slots["velocity"]), d);
      return {
        param: sub(param, mul(scalar(rate), velocity ?? d)),
        slots: { square: v, ...(mean && { mean }), ...(velocity && { velocity }) },
      };
    },
  });
}
