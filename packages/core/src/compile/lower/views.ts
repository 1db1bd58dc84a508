import { numberIn, numbersIn } from "../attributes.js";
import type { Buffer, Loop, View } from "../ir.js";
import { broadcastStrides, isContiguous, reshapeStrides } from "../../tensor/layout.js";
import { contiguousStrides, type Shape } from "../../tensor/shape.js";

/** All of a buffer, row by row. */
export function wholeOf(buffer: Buffer, shape: Shape): View {
  return { buffer, shape, strides: contiguousStrides(shape), offset: 0, moves: [] };
}

/** Whether the elements lie in row-major order without gaps. */
export function isDense({ shape, strides }: View): boolean {
  return isContiguous(shape, strides);
}

/** `view` stretched to `shape`. */
export function stretched(view: View, shape: Shape): View {
  return { ...view, shape, strides: broadcastStrides(view.shape, view.strides, shape) };
}

/** Row t of stacked data, where t is the time of `loop`. */
export function rowOf(view: View, loop: Loop): View {
  const [stride = 0, ...strides] = view.strides;
  return { ...view, shape: view.shape.slice(1), strides, moves: [...view.moves, { loop, stride }] };
}

/** The part of a view that a slice takes. */
export function sliced(view: View, shape: Shape, start: readonly number[], step: readonly number[]): View {
  return {
    ...view,
    shape,
    strides: view.strides.map((stride, axis) => stride * (step[axis] ?? 1)),
    offset: view.strides.reduce((at, stride, axis) => at + stride * (start[axis] ?? 0), view.offset),
  };
}

/**
 * Operations that move no element: what they give is another view of the same memory. `undefined` when that is not
 * possible (a reshape of a transposed matrix).
 */
export const viewRules: Readonly<
  Record<string, (view: View, attrs: object, shape: Shape) => View | undefined>
> = {
  identity: (view) => view,
  stopGradient: (view) => view,
  permute(view, attrs, shape) {
    const axes = numbersIn(attrs, "axes");
    return { ...view, shape, strides: axes.map((axis) => view.strides[axis] ?? 0) };
  },
  reshape: (view, _attrs, shape) => reshaped(view, shape),
  broadcastTo: (view, _attrs, shape) => stretched(view, shape),
  slice: (view, attrs, shape) => sliced(view, shape, numbersIn(attrs, "start"), numbersIn(attrs, "step")),
  index(view, attrs, shape) {
    const axis = numberIn(attrs, "axis");
    return {
      ...view,
      shape,
      strides: view.strides.toSpliced(axis, 1),
      offset: view.offset + numberIn(attrs, "index") * (view.strides[axis] ?? 0),
    };
  },
  slidingWindows(view, attrs, shape) {
    const axis = numberIn(attrs, "axis");
    const stride = view.strides[axis] ?? 0;
    return {
      ...view,
      shape,
      strides: [...view.strides.with(axis, stride * numberIn(attrs, "step")), stride],
    };
  },
  flip(view, attrs, shape) {
    const axes = numbersIn(attrs, "axes");
    return sliced(
      view,
      shape,
      shape.map((n, axis) => (axes.includes(axis) ? Math.max(n - 1, 0) : 0)),
      shape.map((_, axis) => (axes.includes(axis) ? -1 : 1)),
    );
  },
};

/** The same elements in row-major order, in another shape, if they need not move for it. */
export function reshaped(view: View, shape: Shape): View | undefined {
  const strides = reshapeStrides(view.shape, view.strides, shape);
  return strides && { ...view, shape, strides };
}
