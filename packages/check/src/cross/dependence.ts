import {
  fromTypedArray,
  isFloat,
  vjp,
  withDefaultDtype,
  treeLeaves,
  treeUnflatten,
  type Tensor,
} from "@tapeloop/core";
import { withTreeResult } from "../expect.js";
import type { Random } from "../random.js";
import { floatLeaves } from "../subject.js";
import { placeAxes, rowOf, type BatchAxes, type Placed } from "./batch-axes.js";
import { largest } from "./vectors.js";

/** A part of the batch. */
export type Rows = (row: number) => boolean;

/** An element of the batch that is touched, and how much. */
export interface Touched {
  readonly path: string;
  /** `undefined` for a result without an axis of the batch. */
  readonly row: number | undefined;
  /** The largest derivative, or change of value. */
  readonly amount: number;
}

/** The function under test, asked about parts of the batch. */
export interface Dependence {
  readonly inputs: readonly Placed[];
  readonly outputs: readonly Placed[];
  /** Inputs by which results `of` these elements have a derivative; "unbatched": results without an axis of the batch. */
  reached(of: Rows | "unbatched"): Touched[];
  /** Results that change, beyond rounding, when inputs of these elements do. */
  moved(by: Rows): Touched[];
}

/** Derivatives up to this part of the largest one may be what rounding leaves of terms that cancel. */
const CANCELLED = 1e-14;
/** Differences up to this part of a result's largest value may be rounding of sums taken in another order. */
const ROUNDING = 1e-12;

/**
 * @param axes of the inputs and of the results
 * @param size of the batch
 */
export function createDependence<Args extends readonly unknown[]>(
  where: string,
  fn: (...args: Args) => unknown,
  inputs: Args,
  axes: { readonly inputs: BatchAxes; readonly outputs: BatchAxes; readonly size: number },
  random: Random,
): Dependence {
  const given = placeAxes(where, inputs, axes.inputs, "inputs");
  const inFloat64 = <T>(run: () => T): T => withDefaultDtype("float64", run);
  const call = withTreeResult(where, fn);
  const [outputs, pullback] = inFloat64(() => vjp(call, ...inputs));
  const results = floatLeaves(where, outputs);
  const placed = results.map(({ path, tensor }): Placed => {
    const axis = resultAxis(where, outputs, axes.outputs, path);
    // A result that has no room for the batch along its axis belongs to none of its elements.
    return { path, tensor, axis: axis !== undefined && tensor.shape[axis] === axes.size ? axis : undefined };
  });
  // None of the weights is near zero, so nothing cancels but by rounding.
  const weights = placed.map(({ tensor }) =>
    Float64Array.from(
      { length: tensor.size },
      () => (random.uniform() < 0.5 ? -1 : 1) * (0.5 + random.uniform()),
    ),
  );
  const other = given.map(({ tensor }) =>
    isFloat(tensor.dtype)
      ? Float64Array.from(tensor.data, (x) => x + (0.5 + random.uniform()) * Math.max(0.5, Math.abs(x)))
      : undefined,
  );

  return {
    inputs: given,
    outputs: placed,
    reached(of) {
      const seeds = placed.map(({ tensor, axis }, k) => masked(weights[k], tensor, axis, of));
      let next = 0;
      const cotangent = treeUnflatten(
        outputs,
        treeLeaves(outputs).map(({ tensor }) => (isFloat(tensor.dtype) ? (seeds[next++] ?? tensor) : tensor)),
      );
      const pulled = treeLeaves(inFloat64(() => pullback(cotangent)));
      return given.flatMap(({ path, axis }, k) => {
        const gradient = pulled[k]?.tensor;
        if (axis === undefined || gradient === undefined || !isFloat(gradient.dtype)) return [];
        const floor = CANCELLED * largest(gradient.data);
        const counts = (x: number): boolean => !(Math.abs(x) <= floor);
        return byRow(gradient.data, rowOf(gradient.shape, axis), counts).map((row) => ({
          path,
          ...row,
        }));
      });
    },
    moved(by) {
      const there = given.map(({ tensor, axis }, k) => {
        const values = other[k];
        if (axis === undefined || values === undefined) return tensor;
        const row = rowOf(tensor.shape, axis);
        const mixed = Float64Array.from(tensor.data);
        for (let i = 0; i < mixed.length; i++) if (by(row(i))) mixed[i] = values[i] ?? NaN;
        return fromTypedArray(mixed, tensor.shape);
      });
      const after = treeLeaves(
        inFloat64(() => call(...treeUnflatten(inputs, there))),
        "result",
      );
      return placed.flatMap(({ path, tensor, axis }) => {
        const values = after.find((leaf) => leaf.path === path)?.tensor.data ?? [];
        const scale = largest(tensor.data);
        const apart = new Float64Array(tensor.size);
        for (let i = 0; i < apart.length; i++) {
          const [before, now] = [tensor.data[i] ?? NaN, values[i] ?? NaN];
          if (!Object.is(before, now)) apart[i] = now - before;
        }
        const row = axis === undefined ? () => undefined : rowOf(tensor.shape, axis);
        return byRow(apart, row, (d) => !(Math.abs(d) <= ROUNDING * scale)).map((each) => ({
          path,
          ...each,
        }));
      });
    },
  };
}

function resultAxis(where: string, outputs: unknown, axes: BatchAxes, path: string): number | undefined {
  const [found] = placeResult(where, outputs, axes).filter((leaf) => leaf.path === path);
  return found?.axis;
}

/** As {@link placeAxes}, but a result with too few axes has none of the batch. */
function placeResult(where: string, outputs: unknown, axes: BatchAxes): Placed[] {
  if (typeof axes !== "number") return placeAxes(where, outputs, axes, "result");
  return treeLeaves(outputs, "result").map(({ path, tensor }) => {
    const axis = axes < 0 ? axes + tensor.rank : axes;
    return { path, tensor, axis: axis >= 0 && axis < tensor.rank ? axis : undefined };
  });
}

/** The weights of the rows asked for, zero elsewhere. */
function masked(
  weights: Float64Array | undefined,
  { size, shape }: Tensor,
  axis: number | undefined,
  of: Rows | "unbatched",
): Tensor {
  const values = new Float64Array(size);
  if (axis === undefined || of === "unbatched") {
    if (axis === undefined && of === "unbatched" && weights !== undefined) values.set(weights);
    return fromTypedArray(values, shape);
  }
  const row = rowOf(shape, axis);
  for (let i = 0; i < size; i++) if (of(row(i))) values[i] = weights?.[i] ?? 0;
  return fromTypedArray(values, shape);
}

/** The largest number of each row among those that count. */
function byRow(
  values: ArrayLike<number>,
  rowAt: (i: number) => number | undefined,
  counts: (x: number) => boolean,
): { row: number | undefined; amount: number }[] {
  const found = new Map<number | undefined, number>();
  for (let i = 0; i < values.length; i++) {
    const x = values[i] ?? NaN;
    if (!counts(x)) continue;
    const row = rowAt(i);
    const before = found.get(row);
    if (before === undefined || !(Math.abs(x) <= before)) found.set(row, Math.abs(x));
  }
  return [...found].map(([row, amount]) => ({ row, amount }));
}
