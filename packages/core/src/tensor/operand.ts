import { ArgumentError } from "../errors.js";
import { kindOf } from "../expect.js";
import { Tensor } from "./tensor.js";
import { normalizeAxes, normalizeAxis, type Shape } from "./shape.js";

/** Throws ArgumentError unless `x` is a tensor; returns it. For functions that take no number in its place. */
export function checkTensor(op: string, x: unknown, what = "a tensor"): Tensor {
  if (x instanceof Tensor) return x;
  throw new ArgumentError(`${op}: got ${strangerOf(x)}, expected ${what}`);
}

/**
 * Shape of an operand, for functions that look at it before they apply an operation; `[]` for a number. Throws
 * ArgumentError for what no operation takes.
 */
export function shapeOf(op: string, x: unknown): Shape {
  if (x instanceof Tensor) return x.shape;
  if (typeof x === "number" || typeof x === "boolean") return [];
  throw notOperand(op, x, 0);
}

/** One axis of an operand as 0 … rank − 1; see {@link normalizeAxis}. */
export function axisOf(op: string, x: Tensor, axis: number): number {
  return normalizeAxis(op, axis, shapeOf(op, x).length);
}

/** Axes of an operand, sorted; see {@link normalizeAxes}. */
export function axesOf(op: string, x: Tensor, axes: number | Shape | undefined): number[] {
  return normalizeAxes(op, axes, shapeOf(op, x).length);
}

/** The error for an operand that is neither a tensor nor a number. */
export function notOperand(op: string, x: unknown, position: number): ArgumentError {
  const got = x === null ? "null" : Array.isArray(x) ? "an array" : typeof x;
  return new ArgumentError(`${op}: got ${got} as operand ${position}, expected a tensor or a number`);
}

/** What is there instead of a tensor: perhaps one that `instanceof` does not know. */
function strangerOf(x: unknown): string {
  const kind = kindOf(x);
  return kind === "a tensor" ? "a tensor of another copy of the library" : kind;
}
