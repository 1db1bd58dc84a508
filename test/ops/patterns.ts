import type { Dtype } from "@tapeloop/core";
import { sample, type Sample, type SampleOptions } from "./sample.js";
import { real, spec, type Domain, type TensorSpec } from "./values.js";

/** Shapes, ranks and memory orders for operations of one tensor, element by element. */
export function unary(values: Domain, options: SampleOptions = {}, dtype: Dtype = "float64"): Sample[] {
  return [
    spec([], values),
    spec([1], values),
    spec([5], values),
    spec([2, 3], values),
    spec([2, 1, 3], values),
    spec([2, 3], values, { view: "transposed" }),
    spec([2, 2, 3], values, { view: "transposed" }),
    spec([4], values, { view: "strided" }),
    spec([3, 2], values, { view: "strided" }),
    spec([3, 2], values, { view: "reversed" }),
    spec([3, 2], values, { view: "stretched" }),
    spec([0], values),
    spec([2, 0, 3], values),
  ].map((s) => sample([{ ...s, dtype }], options));
}

/** Broadcast patterns, ranks and memory orders for operations of two tensors, element by element. */
export function binary(a: Domain, b: Domain): Sample[] {
  return [
    sample([spec([3], a), spec([3], b)]),
    sample([spec([], a), spec([], b)]),
    sample([spec([2, 3], a), spec([3], b)]),
    sample([spec([2, 1], a), spec([1, 3], b)]),
    sample([spec([], a), spec([2, 2], b)]),
    sample([spec([3], a), spec([], b)]),
    sample([spec([2, 3, 2], a), spec([3, 1], b)]),
    sample([spec([1], a), spec([4], b)]),
    sample([spec([2, 3], a, { view: "transposed" }), spec([2, 3], b)]),
    sample([spec([2, 2], a, { view: "strided" }), spec([2], b, { view: "reversed" })]),
    sample([spec([3, 2], a, { view: "stretched" }), spec([3, 1], b, { view: "strided" })]),
    sample([spec([0, 3], a), spec([3], b)]),
    sample([spec([2, 0], a), spec([1, 1], b)]),
  ];
}

/** A plain number on either side, which takes the other's dtype. */
export function withNumber(a: Domain, b: Domain, left: number, right: number): Sample[] {
  return [
    sample([spec([2, 2], b)], { args: ([x]) => [left, x], note: `${left} on the left` }),
    sample([spec([2, 2], a)], { args: ([x]) => [x, right], note: `${right} on the right` }),
  ];
}

/** The very same tensor on both sides. */
export function withItself(values: Domain): Sample[] {
  return [sample([spec([2, 3], values)], { args: ([x]) => [x, x], note: "with itself" })];
}

/** One sample per case: the shape of x (or its whole spec) and the arguments that follow it. */
export function cases(
  list: readonly (readonly [x: readonly number[] | TensorSpec, ...rest: readonly unknown[]])[],
): Sample[] {
  return list.map(([x, ...rest]) =>
    sample([isSpec(x) ? x : spec(x, real)], {
      args: ([t]) => [t, ...rest],
      note: rest.map((argument) => JSON.stringify(argument)).join(", "),
    }),
  );
}

function isSpec(x: readonly number[] | TensorSpec): x is TensorSpec {
  return !Array.isArray(x);
}
