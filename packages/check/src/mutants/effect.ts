import {
  abs,
  fromTypedArray,
  isFloat,
  max,
  type Shape,
  sub,
  type Tensor,
  treeTensors,
  vjp,
} from "@tapeloop/core";
import { createRandom } from "../random.js";
import type { CellFunction, CellInputs } from "./cell.js";

/** Random cotangents through which gradients are compared: two, so that no error hides in one. */
export function cotangents(shape: Shape, seed: number): Tensor[] {
  const random = createRandom(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return [0, 1].map(() =>
    fromTypedArray(
      Float64Array.from({ length: size }, () => random.normal()),
      shape,
    ),
  );
}

/** The gradient of a run of the cell for each cotangent: of parameters, state and data, tensor by tensor. */
export function gradients<P, S>(
  fn: CellFunction<P, S>,
  inputs: CellInputs<P, S>,
  along: readonly Tensor[],
): Tensor[][] {
  const [, pullback] = vjp(fn, ...inputs);
  return along.map((cotangent) => treeTensors(pullback(cotangent)));
}

/** The largest difference between two lists of gradients, relative to the largest entry of the right ones. */
export function relativeError(
  right: readonly (readonly Tensor[])[],
  wrong: readonly (readonly Tensor[])[],
): number {
  const errors = right.map((tensors, i) => {
    const differences = tensors.map((g, k) => largest(sub(wrong[i]?.[k] ?? g, g)));
    const [error, size] = [Math.max(0, ...differences), Math.max(0, ...tensors.map(largest))];
    return error === 0 ? 0 : error / size;
  });
  return Math.max(0, ...errors);
}

function largest(t: Tensor): number {
  return t.size === 0 || !isFloat(t.dtype) ? 0 : max(abs(t)).item();
}
