import { optionsOf } from "../expect.js";
import { axisOf } from "../tensor/operand.js";
import { apply, numericDtype } from "../tape/apply.js";
import { libraryOp } from "../tape/op.js";
import { allocate } from "../tensor/dtype.js";
import { eachRun, rowMajor } from "../tensor/layout.js";
import type { Tensor } from "../tensor/tensor.js";

/** How a running sum goes along its axis. */
export interface CumulativeOptions {
  /** From the end to the start: element i sums i … n − 1. */
  readonly reverse?: boolean;
  /** Without the element itself, so that the first is 0. */
  readonly exclusive?: boolean;
}

interface CumulativeAttrs {
  readonly axis: number;
  readonly reverse: boolean;
  readonly exclusive: boolean;
}

/** Running sum along an axis: element i is x₀ + … + xᵢ. Of x's shape, added up in float64. int32 wraps around. */
export function cumsum(x: Tensor, axis: number, options: CumulativeOptions = {}): Tensor {
  const { reverse = false, exclusive = false } = optionsOf("cumsum", options);
  return apply(cumsumOp, [x], { axis: axisOf("cumsum", x, axis), reverse, exclusive });
}
export const cumsumOp = libraryOp<readonly [Tensor], CumulativeAttrs>({
  name: "cumsum",
  shape: ([x]) => ({ shape: x.shape, dtype: numericDtype("cumsum", [x]) }),
  forward([x], { axis, reverse, exclusive }, { shape, dtype }) {
    const out = allocate(dtype, x.size);
    const { buffer } = x.storage;
    const length = shape[axis] ?? 0;
    const [target, source] = [rowMajor(shape), x.storage];
    const direction = reverse ? -1 : 1;
    const toStep = direction * (target.strides[axis] ?? 0);
    const fromStep = direction * (source.strides[axis] ?? 0);
    const last = reverse ? 1 - length : 0;
    const lines = shape.map((n, i) => (i === axis ? 1 : n));
    eachRun(lines, [target, source], (n, [to = 0, from = 0], [toNext = 0, fromNext = 0]) => {
      for (let line = 0; line < n; line++) {
        let [k, j] = [to + line * toNext + last * toStep, from + line * fromNext + last * fromStep];
        let total = 0;
        for (let i = 0; i < length; i++, k += toStep, j += fromStep) {
          const v = buffer[j] ?? 0;
          out[k] = exclusive ? total : total + v;
          total += v;
        }
      }
    });
    return out;
  },
  vjp: (dy, _x, _y, { axis, reverse, exclusive }) => [
    () => cumsum(dy, axis, { reverse: !reverse, exclusive }),
  ],
  jvp: "linear",
});
