import { add, grad, jvp, mul, sum, tensor, type Tensor } from "@tapeloop/core";
import { expect } from "vitest";

/** A float64 tensor. */
export function f64(values: Parameters<typeof tensor>[0]): Tensor {
  return tensor(values, { dtype: "float64" });
}

/** A float64 tensor of `shape` with fixed, irregular values in −1 … 1. */
export function irregular(shape: readonly number[], seed = 1): Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return tensor(
    Float64Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1) * seed + seed)),
    { shape },
  );
}

/** The elements as plain numbers, −0 kept. */
export function numbers(t: Tensor): number[] {
  return Array.from(t.data);
}

/** Expects equal numbers up to `tolerance`, relative to the larger of 1 and the expected one. */
export function expectClose(
  actual: readonly number[],
  expected: readonly number[],
  tolerance: number,
  what = "values",
) {
  expect(actual, what).toHaveLength(expected.length);
  actual.forEach((a, i) => {
    const e = expected[i] ?? NaN;
    const close = Object.is(a, e) || a === e || Math.abs(a - e) <= tolerance * Math.max(1, Math.abs(e));
    expect(close, `${what}[${i}]: got ${a}, expected ${e}`).toBe(true);
  });
}

/**
 * Expects the derivatives of `f` at x to be right: the gradient of Σ w·f and the product of its Hessian with a vector
 * by central differences, and both also in forward mode, forward over forward and reverse over forward.
 */
export function expectRightDerivatives(f: (x: Tensor) => Tensor, x: Tensor, tolerance = 1e-7) {
  const w = irregular(f(x).shape, 2);
  const v = irregular(x.shape, 3);
  const loss = (y: Tensor): Tensor => sum(mul(f(y), w));
  const slope = (y: Tensor): Tensor => sum(mul(grad(loss)(y), v));
  const tangent = (y: Tensor): Tensor => jvp(loss, [y], [v])[1];

  expectClose(numbers(grad(loss)(x)), differences(loss, x), tolerance, "gradient");
  expectClose(numbers(tangent(x)), numbers(slope(x)), 1e-12, "forward against reverse");

  const second = differences(slope, x);
  expectClose(numbers(grad(slope)(x)), second, tolerance, "reverse over reverse");
  expectClose(numbers(grad(tangent)(x)), second, tolerance, "reverse over forward");
  const along = second.reduce((total, s, i) => total + s * (numbers(v)[i] ?? 0), 0);
  expectClose(
    numbers(jvp(tangent, [x], [v])[1]),
    [along],
    tolerance * Math.max(1, x.size),
    "forward over forward",
  );
  expectClose(
    numbers(jvp(slope, [x], [v])[1]),
    [along],
    tolerance * Math.max(1, x.size),
    "forward over reverse",
  );
}

/** Central differences of a scalar function, entry by entry. */
function differences(f: (x: Tensor) => Tensor, x: Tensor): number[] {
  const h = 2 ** -17;
  return numbers(x).map((_, i) => {
    const step = Float64Array.from({ length: x.size }, (_, j) => (j === i ? h : 0));
    const at = (sign: number): number => f(add(x, mul(sign, tensor(step, { shape: x.shape })))).item();
    return (at(1) - at(-1)) / (2 * h);
  });
}

/** d/dx Σ f(x), and the second derivative d/dx Σ f′(x); for elementwise f these are f′ and f″. */
export function slopes(f: (x: Tensor) => Tensor, x: Tensor): { first: number[]; second: number[] } {
  const first = grad((y: Tensor) => sum(f(y)));
  return { first: numbers(first(x)), second: numbers(grad((y: Tensor) => sum(first(y)))(x)) };
}
