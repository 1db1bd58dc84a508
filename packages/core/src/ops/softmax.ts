import { axisOf } from "../tensor/operand.js";
import { apply, floatDtype } from "../tape/apply.js";
import { libraryOp } from "../tape/op.js";
import { allocate } from "../tensor/dtype.js";
import { eachRun, rowMajor } from "../tensor/layout.js";
import { reducedShape, sizeOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { div, mul, sub } from "./arithmetic.js";
import { equal, where } from "./compare.js";
import { floatUnary } from "./loops.js";
import { keepReduced, sum } from "./reduce.js";
import {
  reduceAttrs,
  reducedLayout,
  reducing,
  rounded,
  type ReduceAttrs,
  type Reduction,
} from "./reduction.js";
import { exp } from "./unary.js";

/*
 * All three subtract the largest element first (Σ e^(x−m) is between 1 and n), so that nothing overflows. Elements of
 * −Infinity count for nothing: this is how positions are masked.
 */

type One = readonly [Tensor];

interface AxesAttrs {
  readonly axes: readonly number[];
}

/**
 * softmax(x)ᵢ = eˣⁱ / Σⱼ eˣʲ along an axis (default: the last) of a float tensor. NaN where all elements are
 * −Infinity, or one is +Infinity.
 */
export function softmax(x: Tensor, axis = -1): Tensor {
  return apply(softmaxOp, [x], { axes: [axisOf("softmax", x, axis)] });
}
export const softmaxOp = libraryOp<One, AxesAttrs>({
  name: "softmax",
  shape: floatUnary("softmax"),
  forward([x], { axes }, { dtype }) {
    const { powers, total } = exponentials(x, axes);
    const operands = [reducedLayout(x.shape, axes), rowMajor(x.shape)];
    eachRun(x.shape, operands, (n, [k0 = 0, to = 0], [dk = 0]) => {
      for (let i = 0; i < n; i++) powers[to + i] = (powers[to + i] ?? 0) / (total[k0 + i * dk] ?? 0);
    });
    return rounded(powers, dtype);
  },
  vjp: (dy, _x, y, { axes }) => [() => mul(y, sub(dy, sum(mul(dy, y), { axes, keepDims: true })))],
  jvp: ([dx], _x, y, { axes }) => [() => sub(mul(y, dx), mul(y, sum(mul(y, dx), { axes, keepDims: true })))],
});

/**
 * ln softmax(x) = x − logSumExp(x) along an axis (default: the last) of a float tensor, accurate where softmax
 * underflows. NaN where all elements are −Infinity, or one is +Infinity.
 */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  return apply(logSoftmaxOp, [x], { axes: [axisOf("logSoftmax", x, axis)] });
}
export const logSoftmaxOp = libraryOp<One, AxesAttrs>({
  name: "logSoftmax",
  shape: floatUnary("logSoftmax"),
  forward([x], { axes }, { dtype }) {
    const { largest, total } = exponentials(x, axes);
    const logs = total.map(Math.log);
    const out = allocate(dtype, x.size);
    const { buffer } = x.storage;
    const operands = [reducedLayout(x.shape, axes), rowMajor(x.shape), x.storage];
    eachRun(x.shape, operands, (n, [k0 = 0, to = 0, from = 0], [dk = 0, , step = 0]) => {
      for (let i = 0; i < n; i++) {
        const k = k0 + i * dk;
        out[to + i] = (buffer[from + i * step] ?? 0) - (largest[k] ?? 0) - (logs[k] ?? 0);
      }
    });
    return out;
  },
  vjp: (dy, _x, y, { axes }) => [() => sub(dy, mul(exp(y), sum(dy, { axes, keepDims: true })))],
  jvp: ([dx], _x, y, { axes }) => [() => sub(dx, sum(mul(exp(y), dx), { axes, keepDims: true }))],
});

/**
 * ln Σ eˣ over axes of a float tensor, without overflow; its gradient is the softmax over them. −Infinity, with
 * gradient 0, where all elements are −Infinity or there are none; +Infinity, with gradient NaN, where one is.
 */
export function logSumExp(x: Tensor, options: Reduction = {}): Tensor {
  return apply(logSumExpOp, [x], reduceAttrs("logSumExp", x, options));
}
export const logSumExpOp = libraryOp<One, ReduceAttrs>({
  name: "logSumExp",
  shape: reducing("logSumExp", floatDtype),
  forward([x], { axes }, { dtype }) {
    const { largest, total } = exponentials(x, axes);
    // Where the largest is infinite, it is the result; x − m would be NaN there.
    const logs = largest.map((m, k) => (Math.abs(m) === Infinity ? m : m + Math.log(total[k] ?? 0)));
    return rounded(logs, dtype);
  },
  // From x rather than as e^(x−y): where y is large, its rounding would be felt in every weight.
  vjp: (dy, [x], y, { axes }) => [
    () => {
      const none = equal(keepReduced(y, x.shape, axes), -Infinity);
      const weights = apply(softmaxOp, [where(none, 0, x)], { axes });
      return where(none, 0, mul(keepReduced(dy, x.shape, axes), weights));
    },
  ],
  jvp: ([dx], [x], y, { axes, keepDims }) => [
    () => {
      const kept = keepReduced(y, x.shape, axes);
      const weights = exp(sub(x, where(equal(kept, -Infinity), 0, kept)));
      // They sum to 1 but for the rounding of y, which is felt where y is large.
      const total = sum(weights, { axes, keepDims });
      return div(sum(mul(dx, weights), { axes, keepDims }), where(equal(y, -Infinity), 1, total));
    },
  ],
});

/** The largest element m over `axes`, e^(x−m) in row-major order, and its sum over them. */
function exponentials(x: Tensor, axes: readonly number[]) {
  const places = reducedLayout(x.shape, axes);
  const largest = new Float64Array(sizeOf(reducedShape(x.shape, axes, true))).fill(-Infinity);
  const total = new Float64Array(largest.length);
  const powers = new Float64Array(x.size);
  const { buffer } = x.storage;
  eachRun(x.shape, [places, x.storage], (n, [k0 = 0, from = 0], [dk = 0, step = 0]) => {
    for (let i = 0; i < n; i++) {
      const k = k0 + i * dk;
      largest[k] = Math.max(largest[k] ?? 0, buffer[from + i * step] ?? 0);
    }
  });
  const operands = [places, rowMajor(x.shape), x.storage];
  eachRun(x.shape, operands, (n, [k0 = 0, to = 0, from = 0], [dk = 0, , step = 0]) => {
    for (let i = 0; i < n; i++) {
      const k = k0 + i * dk;
      const power = Math.exp((buffer[from + i * step] ?? 0) - (largest[k] ?? 0));
      powers[to + i] = power;
      total[k] = (total[k] ?? 0) + power;
    }
  });
  return { largest, powers, total };
}
