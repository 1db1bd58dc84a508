import { apply, customGradient, defineOp, mul, square, sub, tanh, type Tensor } from "@tapeloop/core";

/** tanh, whose derivatives are `factor` times the right ones in both sweeps, by an operation of its own. */
export function wrongOp(factor: number): (x: Tensor) => Tensor {
  const slope = (y: Tensor): Tensor => mul(sub(1, square(y)), factor);
  const op = defineOp<readonly [Tensor]>({
    name: "wrongTanh",
    shape: ([x]) => x,
    forward: ([x]) => Float64Array.from(x.data, Math.tanh),
    vjp: (dy, _inputs, y) => [() => mul(dy, slope(y))],
    jvp: ([dx], _inputs, y) => [() => mul(slope(y), dx)],
  });
  return (x) => apply(op, [x], {});
}

/** The same by `customGradient`. */
export function wrongCustom(factor: number): (x: Tensor) => Tensor {
  const slope = (y: Tensor): Tensor => mul(sub(1, square(y)), factor);
  return customGradient((x: Tensor) => tanh(x), {
    vjp: (dy, _args, y) => [mul(dy, slope(y))],
    jvp: ([dx], _args, y) => mul(slope(y), dx),
  });
}
