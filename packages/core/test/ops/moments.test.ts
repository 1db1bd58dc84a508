import {
  add,
  ArgumentError,
  grad,
  jvp,
  mean,
  mul,
  std,
  sum,
  tensor,
  variance,
  type Tensor,
} from "@tapeloop/core";
import { describe, expect, it } from "vitest";
import { fixture } from "../../../../test/fixtures/index.js";
import { expectClose, expectRightDerivatives, f64, irregular, numbers } from "./derivatives.js";

describe("mean, variance and std", () => {
  it("mean does not overflow where a float32 sum would", () => {
    expect(mean(tensor([3e38, 3e38], { dtype: "float32" })).item()).toBe(Math.fround(3e38));
  });

  it("variance is exact far from zero", () => {
    expect(variance(f64([1e9, 1e9 + 1, 1e9 + 2])).item()).toBe(2 / 3);
    expect(variance(f64([1e9, 1e9 + 1, 1e9 + 2]), { correction: 1 }).item()).toBe(1);
    expect(variance(f64([5, 5, 5])).item()).toBe(0);
  });

  it.each(fixture("ops").cases.filter(({ op }) => op === "var"))(
    "has PyTorch's variance and gradient, $attributes",
    ({ attributes, inputs, output, cotangent, gradients }) => {
      const axes = attributes["dim"];
      const options = { axes: Array.isArray(axes) ? axes : [], correction: Number(attributes["correction"]) };
      const x = f64(inputs["input"] ?? []);
      expectClose(numbers(variance(x, options)), numbers(f64(output)), 1e-14);
      const g = grad((y: Tensor) => sum(mul(variance(y, options), f64(cotangent))))(x);
      expectClose(numbers(g), numbers(f64(gradients["input"] ?? [])), 1e-14);
    },
  );

  it("correct for the degrees of freedom in every derivative", () => {
    for (const op of [variance, std]) {
      expectRightDerivatives((x) => op(x, { axes: 1, correction: 1 }), irregular([2, 4]));
    }
  });

  it("are NaN, with gradient NaN, without more elements than the correction", () => {
    for (const op of [variance, std]) {
      expect(op(f64([3]), { correction: 1 }).item()).toBeNaN();
      expect(numbers(grad((x: Tensor) => op(x, { correction: 2 }))(f64([3, 4])))).toEqual([NaN, NaN]);
    }
    expect(() => variance(f64([1, 2]), { correction: -1 })).toThrow(ArgumentError);
    expect(() => std(f64([1, 2]), { correction: NaN })).toThrow("std: got correction NaN");
  });

  it("std has derivatives 0, not NaN, where all elements are equal", () => {
    const slope = (x: Tensor) => sum(grad((y: Tensor) => sum(std(y, 1)))(x));
    const x = f64([
      [2, 2, 2],
      [1, 2, 3],
    ]);
    expect(numbers(grad((y: Tensor) => sum(std(y, 1)))(x)).slice(0, 3)).toEqual([0, 0, 0]);
    expect(numbers(grad(slope)(x)).some(Number.isNaN)).toBe(false);
    expect(numbers(jvp((y: Tensor) => std(y, 1), [x], [x])[1])[0]).toBe(0);
    expect(numbers(add(std(x, 1), 0))[0]).toBe(0);
  });
});
