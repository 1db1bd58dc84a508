/** The first five minutes: values, a gradient, the tape behind it, and a gradient of a gradient. */
import { add, grad, mul, record, sin, sum, tensor, type Tensor } from "@tapeloop/core";

/** y = Σ (x · sin x + 3x) for a vector x. */
export function f(x: Tensor): Tensor {
  return sum(add(mul(x, sin(x)), mul(3, x)));
}

export const x = tensor([0, 1, 2]);

/** A number: operations compute at once. */
export const y = f(x);

/** dy/dx = sin x + x cos x + 3, a vector like x. */
export const slope = grad(f)(x);

/** The gradient of a gradient: d²y/dx² = 2 cos x − x sin x. */
export const curvature = grad((v: Tensor) => sum(grad(f)(v)))(x);

/** What ran, one line per operation: the tape that a gradient is a walk back along. */
export const tape = record(f, x).tape;
