import { ArgumentError, ShapeError } from "../errors.js";
import { optionsOf, shown } from "../expect.js";
import { axisOf } from "../tensor/operand.js";
import { apply } from "../tape/apply.js";
import { libraryOp } from "../tape/op.js";
import { eachRun, type Layout } from "../tensor/layout.js";
import { checkShape, contiguousStrides, formatShape, sizeOf, type Shape } from "../tensor/shape.js";
import { viewOf, type Tensor } from "../tensor/tensor.js";
import { rounded } from "./reduction.js";

/** Along which axis to slide (default 0), and how far from one window to the next (default 1). */
export interface WindowOptions {
  readonly axis?: number;
  readonly step?: number;
}

interface WindowAttrs {
  readonly axis: number;
  readonly step: number;
}

/**
 * All windows of `size` neighbouring elements along an axis, as NumPy's `sliding_window_view`. A view: no copies.
 *
 * The axis of n elements becomes one of windows = ⌊(n − size) / step⌋ + 1, and the elements of each window are a new
 * last axis: [n] → [windows, size], and [n, features] → [windows, features, size] for axis 0.
 * Elements at the end that do not fill a window are left out.
 *
 * Throws ShapeError unless 1 ≤ size ≤ n, ArgumentError unless step is a whole number ≥ 1.
 */
export function slidingWindows(x: Tensor, size: number, options: WindowOptions = {}): Tensor {
  const { axis = 0, step = 1 } = optionsOf("slidingWindows", options);
  const at = axisOf("slidingWindows", x, axis);
  const n = x.shape[at] ?? 0;
  if (!Number.isInteger(size) || size < 1 || size > n) {
    const range = n === 0 ? "more elements: the axis is empty" : `1 … ${n}`;
    throw new ShapeError(
      `slidingWindows: got size ${shown(size)} on axis ${at} of ${formatShape(x.shape)}, expected ${range}`,
    );
  }
  if (!Number.isInteger(step) || step < 1) {
    throw new ArgumentError(`slidingWindows: got step ${shown(step)}, expected a whole number of 1 or more`);
  }
  return apply(slidingWindowsOp, [x], { size, axis: at, step });
}
const slidingWindowsOp = libraryOp<readonly [Tensor], WindowAttrs & { readonly size: number }>({
  name: "slidingWindows",
  shape([x], { size, axis, step }) {
    const windows = Math.floor(((x.shape[axis] ?? 0) - size) / step) + 1;
    const shape = [...x.shape.with(axis, windows), size];
    checkShape("slidingWindows", shape);
    return { shape, dtype: x.dtype };
  },
  forward: ([x], attrs, { shape }) => viewOf(x, shape, windowLayout(x.storage, attrs)),
  vjp: (dy, [x], _y, { axis, step }) => [() => apply(overlapAddOp, [dy], { shape: x.shape, axis, step })],
  jvp: "linear",
});

// The transpose of slidingWindows: every window is added to where it was taken from.
const overlapAddOp = libraryOp<readonly [Tensor], WindowAttrs & { readonly shape: Shape }>({
  name: "overlapAdd",
  shape: ([y], { shape }) => ({ shape, dtype: y.dtype }),
  forward([y], attrs, { shape, dtype }) {
    const total = new Float64Array(sizeOf(shape));
    const { buffer } = y.storage;
    const target = windowLayout({ strides: contiguousStrides(shape), offset: 0 }, attrs);
    eachRun(y.shape, [target, y.storage], (n, [to = 0, from = 0], [step = 0, stride = 0]) => {
      for (let i = 0; i < n; i++) {
        const k = to + i * step;
        total[k] = (total[k] ?? 0) + (buffer[from + i * stride] ?? 0);
      }
    });
    return rounded(total, dtype);
  },
  vjp: (dx, [y], _x, { axis, step }) => [() => slidingWindows(dx, y.shape.at(-1) ?? 1, { axis, step })],
  jvp: "linear",
});

/** Neighbouring windows are `step` elements apart, the elements of a window one. */
function windowLayout({ strides, offset }: Layout, { axis, step }: WindowAttrs): Layout {
  const stride = strides[axis] ?? 0;
  return { strides: [...strides.with(axis, stride * step), stride], offset };
}
