import { add, div, mul, optionsOf, pow, sqrt, square, sub } from "@tapeloop/core";
import { checkSettings } from "./checks.js";
import type { LearningRate } from "./learning-rate.js";
import { defineOptimizer, type Optimizer } from "./optimizer.js";

/** Settings of {@link adam}; the defaults are the paper's. */
export interface AdamOptions {
  readonly learningRate: LearningRate;
  /** β₁, how much of the mean gradient m is kept; 0.9 by default. */
  readonly beta1?: number;
  /** β₂, how much of the mean square v is kept; 0.999 by default. */
  readonly beta2?: number;
  /** ε, which keeps the quotient finite, in the units of the gradient; 1e-8 by default. */
  readonly epsilon?: number;
}

/** Settings of {@link adamW}. */
export interface AdamWOptions extends AdamOptions {
  /** λ: each update takes away the share ηλ of the parameter; 0.01 by default. */
  readonly weightDecay?: number;
}

/**
 * Adam: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ),
 * θ ← θ − η m̂ / (√v̂ + ε).
 * Source: D. P. Kingma and J. Ba, Adam: a method for stochastic optimization (2015), algorithm 1.
 *
 * @throws ArgumentError for settings out of range
 */
export function adam(options: AdamOptions): Optimizer<"m" | "v"> {
  return adamLike("adam", { ...optionsOf("adam", options), weightDecay: 0 });
}

/**
 * AdamW: as {@link adam}, with weight decay apart from the gradient: θ ← θ − ηλθ first.
 * Source: I. Loshchilov and F. Hutter, Decoupled weight decay regularization (2019), in PyTorch's scaling, where
 * the learning rate η multiplies the decay too.
 *
 * @throws ArgumentError for settings out of range
 */
export function adamW(options: AdamWOptions): Optimizer<"m" | "v"> {
  const { weightDecay = 0.01, ...rest } = optionsOf("adamW", options);
  return adamLike("adamW", { ...rest, weightDecay });
}

function adamLike(
  name: string,
  {
    learningRate,
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
    weightDecay,
  }: Required<Pick<AdamWOptions, "weightDecay">> & AdamOptions,
): Optimizer<"m" | "v"> {
  checkSettings(name, { beta1, beta2 }, 0, 1);
  checkSettings(name, { epsilon, weightDecay });
  return defineOptimizer({
    name,
    learningRate,
    slots: ["m", "v"],
    numbers: (t, rate) => ({
      stepSize: div(rate, sub(1, pow(beta1, t))),
      spread: sqrt(sub(1, pow(beta2, t))),
      kept: sub(1, mul(rate, weightDecay)),
    }),
    update({ param, gradient: g, slots, numbers: { stepSize, spread, kept }, scalar }) {
      const m = add(mul(beta1, slots.m), mul(1 - beta1, g));
      const v = add(mul(beta2, slots.v), mul(1 - beta2, square(g)));
      const decayed = weightDecay === 0 ? param : mul(scalar(kept), param);
      const quotient = div(m, add(div(sqrt(v), scalar(spread)), epsilon));
      return { param: sub(decayed, mul(scalar(stepSize), quotient)), slots: { m, v } };
    },
  });
}
