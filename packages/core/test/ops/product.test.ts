import { grad, hessian, mul, prod, sum, tensor, type Tensor } from "@tapeloop/core";
import { describe, expect, it } from "vitest";
import { fixture } from "../../../../test/fixtures/index.js";
import { expectClose, expectRightDerivatives, f64, irregular, numbers } from "./derivatives.js";

describe("prod", () => {
  const cases = fixture("ops").cases.filter(({ op }) => op === "prod");

  it.each(cases)(
    "has PyTorch's gradient, case %#",
    ({ attributes, inputs, output, cotangent, gradients }) => {
      const axes = Number(attributes["dim"]);
      const x = f64(inputs["input"] ?? []);
      expectClose(numbers(prod(x, axes)), numbers(f64(output)), 1e-14);
      const g = grad((y: Tensor) => sum(mul(prod(y, axes), f64(cotangent))))(x);
      expectClose(numbers(g), numbers(f64(gradients["input"] ?? [])), 1e-14);
    },
  );

  it.each([[[2, 3, 5]], [[2, 0, 5]], [[0, 3, 0]], [[0, 0, 0]]])(
    "has the exact gradient and Hessian at %j",
    (values) => {
      const [a = 0, b = 0, c = 0] = values;
      const x = f64(values);
      expect(numbers(grad((y: Tensor) => prod(y))(x))).toEqual([b * c, a * c, a * b]);
      expect(hessian((y: Tensor) => prod(y))(x).toArray()).toEqual([
        [0, c, b],
        [c, 0, a],
        [b, a, 0],
      ]);
    },
  );

  it("has right derivatives for any count, with zeros among the elements", () => {
    expect(cases.length).toBeGreaterThan(2);
    for (const n of [1, 2, 3, 4, 5, 7, 8, 11]) {
      const x = irregular([n]);
      expectRightDerivatives((y) => prod(y), x);
      expectRightDerivatives((y) => prod(y), mul(x, tensor(x.data.map((_, i) => Number(i % 3 > 0)))));
    }
  });
});
