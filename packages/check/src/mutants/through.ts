import { add, stopGradient, sub, type Tensor } from "@tapeloop/core";

/**
 * The value of one tensor with the derivative of another: value + (live − live), where only the first `live` is
 * differentiated. The bracket is exactly zero for finite numbers, so the value is kept to the last bit. (The
 * "straight-through" construction.) Both sweeps follow `live`.
 */
export function withDerivativeOf(value: Tensor, live: Tensor): Tensor {
  return add(stopGradient(value), sub(live, stopGradient(live)));
}
