/** Activations for the hand-derived RNN: a function and its derivative, both of one number. */
export interface Activation {
  /** Shown in messages. */
  readonly name: string;
  /** h = act(z). */
  readonly fn: (z: number) => number;
  /** act′(z), from the pre-activation z or from the value h = act(z), whichever is simpler. */
  readonly derivative: (z: number, h: number) => number;
}

/** tanh z, with derivative 1 − h². */
export const tanh: Activation = {
  name: "tanh",
  fn: Math.tanh,
  derivative: (_z, h) => 1 - h * h,
};

/** σ(z) = 1 / (1 + e^−z), with derivative h (1 − h). */
export const sigmoid: Activation = {
  name: "sigmoid",
  // The exponent is never positive, so nothing overflows.
  fn: (z) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z))),
  derivative: (_z, h) => h * (1 - h),
};

/** max(z, 0), with derivative 1 where z > 0, else 0 (so 0 at the kink z = 0). */
export const relu: Activation = {
  name: "relu",
  fn: (z) => Math.max(z, 0),
  derivative: (z) => (z > 0 ? 1 : 0),
};

/** z itself, with derivative 1: the linear RNN. */
export const identity: Activation = {
  name: "identity",
  fn: (z) => z,
  derivative: () => 1,
};

/** log(1 + e^z), with derivative σ(z). */
export const softplus: Activation = {
  name: "softplus",
  // max(z, 0) + log(1 + e^−|z|) is the same number and never overflows.
  fn: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
  derivative: (z) => sigmoid.fn(z),
};
