import { ArgumentError } from "../errors.js";
import { isNumber, shown } from "../expect.js";
import { apply, floatDtype } from "../tape/apply.js";
import { libraryOp } from "../tape/op.js";
import type { Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { div, mul, sub } from "./arithmetic.js";
import { equal, where } from "./compare.js";
import { keepReduced, mean, sum } from "./reduce.js";
import {
  foldOver,
  isAxes,
  meanOf,
  reduceAttrs,
  reducedCount,
  reducing,
  rounded,
  type ReduceAttrs,
  type ReduceOptions,
} from "./reduction.js";

type One = readonly [Tensor];

/** As {@link ReduceOptions}, with what is subtracted from the number of elements before the division. */
export interface MomentOptions extends ReduceOptions {
  /** 0 (the default): the mean squared deviation; 1: Bessel's unbiased estimate of a population's variance. */
  readonly correction?: number;
}

interface MomentAttrs extends ReduceAttrs {
  readonly correction: number;
}

function momentAttrs(op: string, x: Tensor, options: MomentOptions | number | Shape): MomentAttrs {
  const attrs = reduceAttrs(op, x, options);
  const { correction = 0 }: MomentOptions = isAxes(options) ? {} : options;
  if (!isNumber(correction) || !(correction >= 0 && correction < Infinity)) {
    throw new ArgumentError(`${op}: got correction ${shown(correction)}, expected a number of 0 or more`);
  }
  return { ...attrs, correction };
}

/**
 * Variance Σ(x − μ)² / (n − correction) over axes of a float tensor, in two passes: μ is subtracted before squaring.
 * NaN unless there are more elements than `correction`.
 */
export function variance(x: Tensor, options: MomentOptions | number | Shape = {}): Tensor {
  return apply(varianceOp, [x], momentAttrs("variance", x, options));
}
export const varianceOp = libraryOp<One, MomentAttrs>({
  name: "variance",
  shape: reducing("variance", floatDtype),
  forward: ([x], attrs, { dtype }) => rounded(varianceOf(x, attrs), dtype),
  vjp: (dy, [x], _y, attrs) => [
    () => mul(mul(keepReduced(dy, x.shape, attrs.axes), 2 / freedom(x, attrs)), deviation(x, attrs)),
  ],
  // Σ(x − μ)·dμ is zero, but for rounding; written out it keeps this rule apart from the other.
  jvp: ([dx], [x], _y, attrs) => [
    () => mul(2 / freedom(x, attrs), sum(mul(deviation(x, attrs), deviation(dx, attrs)), attrs)),
  ],
});

/**
 * Standard deviation √variance over axes of a float tensor. Where all elements are equal it has a kink, and the
 * derivatives are taken as 0.
 */
export function std(x: Tensor, options: MomentOptions | number | Shape = {}): Tensor {
  return apply(stdOp, [x], momentAttrs("std", x, options));
}
export const stdOp = libraryOp<One, MomentAttrs>({
  name: "std",
  shape: reducing("std", floatDtype),
  forward: ([x], attrs, { dtype }) => rounded(varianceOf(x, attrs).map(Math.sqrt), dtype),
  vjp: (dy, [x], y, attrs) => [
    () => mul(keepReduced(mul(dy, overStd(y, freedom(x, attrs))), x.shape, attrs.axes), deviation(x, attrs)),
  ],
  jvp: ([dx], [x], y, attrs) => [
    () => mul(sum(mul(deviation(x, attrs), dx), attrs), overStd(y, freedom(x, attrs))),
  ],
});

/** 1 / (f·y), and 0 where y = 0; the inner `where` keeps 1/0 out of the second derivative. */
function overStd(y: Tensor, f: number): Tensor {
  const flat = equal(y, 0);
  return where(flat, 0, div(1 / f, where(flat, 1, y)));
}

/** x − μ. */
function deviation(x: Tensor, { axes }: ReduceAttrs): Tensor {
  return sub(x, mean(x, { axes, keepDims: true }));
}

/** n − correction, by which the sum of squares is divided; NaN if nothing is left of it. */
function freedom(x: Tensor, { axes, correction }: MomentAttrs): number {
  const left = reducedCount(x.shape, axes) - correction;
  return left > 0 ? left : NaN;
}

function varianceOf(x: Tensor, attrs: MomentAttrs): Float64Array {
  const means = meanOf(x, attrs.axes);
  const f = freedom(x, attrs);
  const squares = foldOver(x, attrs.axes, 0, (sofar, v, place) => sofar + (v - (means[place] ?? 0)) ** 2);
  return squares.map((total) => total / f);
}
