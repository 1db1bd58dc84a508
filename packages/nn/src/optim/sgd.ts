import { ArgumentError, add, mul, optionsOf, sub } from "@tapeloop/core";
import { checkSettings } from "./checks.js";
import type { LearningRate } from "./learning-rate.js";
import { defineOptimizer, type Optimizer } from "./optimizer.js";

/** Settings of {@link sgd}. */
export interface SgdOptions {
  readonly learningRate: LearningRate;
  /** μ, the share of the last step that is kept; 0 by default. */
  readonly momentum?: number;
  /** Whether the gradient counts as if it were taken after the step that momentum alone would make. */
  readonly nesterov?: boolean;
  /** λ, which adds λθ to the gradient (an L2 penalty ½λθ²); 0 by default. */
  readonly weightDecay?: number;
}

/**
 * Gradient descent with momentum: with d = g + λθ, the velocity is b ← μb + d, and θ ← θ − η b, or with Nesterov
 * momentum θ ← θ − η (d + μb). As in PyTorch, the learning rate η is no part of b, so a change of it acts at once.
 * Source: I. Sutskever et al., On the importance of initialization and momentum in deep learning (2013).
 *
 * @throws ArgumentError for settings out of range, or Nesterov without momentum
 */
export function sgd(options: SgdOptions): Optimizer {
  const { learningRate, momentum = 0, nesterov = false, weightDecay = 0 } = optionsOf("sgd", options);
  checkSettings("sgd", { momentum }, 0, 1);
  checkSettings("sgd", { weightDecay });
  if (nesterov && momentum === 0)
    throw new ArgumentError("sgd: got nesterov without momentum, expected both");
  return defineOptimizer({
    name: "sgd",
    learningRate,
    slots: momentum === 0 ? [] : ["velocity"],
    numbers: (_t, rate) => ({ rate }),
    update({ param, gradient, slots: { velocity }, numbers: { rate }, scalar }) {
      const d = weightDecay === 0 ? gradient : add(gradient, mul(weightDecay, param));
      const b = velocity === undefined ? d : add(mul(momentum, velocity), d);
      const step = nesterov ? add(d, mul(momentum, b)) : b;
      return {
        param: sub(param, mul(scalar(rate), step)),
        slots: velocity === undefined ? {} : { velocity: b },
      };
    },
  });
}
