import { fromTypedArray, sizeOf, type Shape } from "@tapeloop/core";
import { add, compare, div, lo, mul, result, sqrt, sub } from "./arithmetic.js";
import { numberOf, numbersOf } from "./attributes.js";
import { exp, log } from "./functions.js";
import { allocateDD, operand, store, typeOf, type DDCall, type DDKernel, type DDTensor } from "./tensor.js";

/* Reductions in double-double: every sum, product and choice is carried out in it. */

/** The shape with the reduced axes as size 1. */
export function keptShape(shape: Shape, axes: readonly number[]): Shape {
  return shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
}

/** For each element of `shape`, its place in the row-major result of reducing over `axes`. */
export function placesOf(shape: Shape, axes: readonly number[]): Int32Array {
  let places = new Int32Array(1);
  shape.forEach((n, axis) => {
    const reduced = axes.includes(axis);
    const next = new Int32Array(places.length * n);
    for (let k = 0; k < next.length; k++) {
      const i = k % n;
      const before = places[(k - i) / n] ?? 0;
      next[k] = reduced ? before : before * n + i;
    }
    places = next;
  });
  return places;
}

type Fold = (sumHi: number, sumLo: number, xh: number, xl: number, place: number) => number;

/** Folds the elements over axes, in row-major order. */
export function fold(x: DDTensor, axes: readonly number[], initial: number, f: Fold): DDTensor {
  const out = allocateDD(keptShape(x.shape, axes));
  out.hi.fill(initial);
  const places = placesOf(x.shape, axes);
  for (let i = 0; i < places.length; i++) {
    const k = places[i] ?? 0;
    store(out, k, f(out.hi[k] ?? 0, out.lo[k] ?? 0, x.hi[i] ?? 0, x.lo[i] ?? 0, k));
  }
  return out;
}

/** f of each element. */
function map(x: DDTensor, f: (h: number, l: number, i: number) => number): DDTensor {
  const out = allocateDD(x.shape);
  for (let i = 0; i < out.hi.length; i++) store(out, i, f(x.hi[i] ?? 0, x.lo[i] ?? 0, i));
  return out;
}

function countOf(shape: Shape, axes: readonly number[]): number {
  return sizeOf(axes.map((axis) => shape[axis] ?? 1));
}

function meanOf(x: DDTensor, axes: readonly number[]): DDTensor {
  const n = countOf(x.shape, axes);
  return map(fold(x, axes, 0, add), (h, l) => div(h, l, n, 0));
}

function varianceOf(x: DDTensor, call: DDCall): DDTensor {
  const axes = numbersOf(call, "axes");
  const means = meanOf(x, axes);
  const squares = fold(x, axes, 0, (sh, sl, xh, xl, k) => {
    const d = sub(xh, xl, means.hi[k] ?? 0, means.lo[k] ?? 0);
    const dl = lo();
    const square = mul(d, dl, d, dl);
    return add(sh, sl, square, lo());
  });
  const left = countOf(x.shape, axes) - numberOf(call, "correction");
  const freedom = left > 0 ? left : NaN;
  return map(squares, (h, l) => div(h, l, freedom, 0));
}

/** The larger (or, for sign = −1, the smaller) of two numbers; NaN wins. */
function extremum(sign: 1 | -1): Fold {
  return (bestHi, bestLo, xh, xl) => {
    const order = sign * compare(xh, xl, bestHi, bestLo);
    if (order > 0) return result(xh, xl);
    return order <= 0 ? result(bestHi, bestLo) : result(NaN, 0);
  };
}

/** Largest element, e^(x − largest), and the sum of that, over axes. */
function exponentials(x: DDTensor, axes: readonly number[]) {
  const largest = fold(x, axes, -Infinity, extremum(1));
  const places = placesOf(x.shape, axes);
  const shifted = map(x, (h, l, i) => {
    const k = places[i] ?? 0;
    return sub(h, l, largest.hi[k] ?? 0, largest.lo[k] ?? 0);
  });
  const powers = map(shifted, exp);
  return { largest, places, shifted, powers, total: fold(powers, axes, 0, add) };
}

/** The index of the first largest (or smallest) element along the axes; NaN wins. */
export function winners(x: DDTensor, axes: readonly number[], sign: 1 | -1): Int32Array {
  const places = placesOf(x.shape, axes);
  const size = sizeOf(keptShape(x.shape, axes));
  const best = new Int32Array(size).fill(-1);
  places.forEach((k, i) => {
    const held = best[k] ?? -1;
    const hi = x.hi[held] ?? 0;
    const order = sign * compare(x.hi[i] ?? 0, x.lo[i] ?? 0, hi, x.lo[held] ?? 0);
    if (held < 0 || order > 0 || (Number.isNaN(x.hi[i]) && !Number.isNaN(hi))) best[k] = i;
  });
  return best;
}

/** Positions along the reduced axes of elements given by their index. */
function positionOf(sign: 1 | -1): DDKernel {
  return (inputs, call) => {
    const x = operand(inputs, 0, call);
    const axes = numbersOf(call, "axes");
    const others = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const positions = placesOf(x.shape, others);
    const out = winners(x, axes, sign).map((i) => positions[i] ?? 0);
    return [fromTypedArray(out, typeOf(call).shape)];
  };
}

/** A reduction whose result has a shape of its own. */
function reduction(f: (x: DDTensor, axes: readonly number[], call: DDCall) => DDTensor): DDKernel {
  return (inputs, call) => {
    const { hi, lo: low } = f(operand(inputs, 0, call), numbersOf(call, "axes"), call);
    return [{ shape: typeOf(call).shape, hi, lo: low }];
  };
}

/** Reductions by name. */
export const reductions: Record<string, DDKernel> = {
  sum: reduction((x, axes) => fold(x, axes, 0, add)),
  mean: reduction(meanOf),
  prod: reduction((x, axes) => fold(x, axes, 1, mul)),
  max: reduction((x, axes) => fold(x, axes, -Infinity, extremum(1))),
  min: reduction((x, axes) => fold(x, axes, Infinity, extremum(-1))),
  argmax: positionOf(1),
  argmin: positionOf(-1),
  variance: reduction((x, _axes, call) => varianceOf(x, call)),
  std: reduction((x, _axes, call) => map(varianceOf(x, call), sqrt)),
  softmax: reduction((x, axes) => {
    const { powers, places, total } = exponentials(x, axes);
    return map(powers, (h, l, i) => {
      const k = places[i] ?? 0;
      return div(h, l, total.hi[k] ?? 0, total.lo[k] ?? 0);
    });
  }),
  logSoftmax: reduction((x, axes) => {
    const { shifted, places, total } = exponentials(x, axes);
    const logs = map(total, log);
    return map(shifted, (h, l, i) => {
      const k = places[i] ?? 0;
      return sub(h, l, logs.hi[k] ?? 0, logs.lo[k] ?? 0);
    });
  }),
  logSumExp: reduction((x, axes) => {
    const { largest, total } = exponentials(x, axes);
    return map(largest, (h, l, k) => {
      if (Math.abs(h) === Infinity) return result(h, 0);
      const y = log(total.hi[k] ?? 0, total.lo[k] ?? 0);
      return add(h, l, y, lo());
    });
  }),
};
