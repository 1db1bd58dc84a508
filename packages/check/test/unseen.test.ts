import {
  add,
  customGradient,
  div,
  mul,
  relu,
  softmax,
  square,
  sum,
  tanh,
  tensor,
  type Tensor,
} from "@tapeloop/core";
import { gradcheck } from "@tapeloop/check";
import { describe, expect, test } from "vitest";

const vector = (...values: number[]): Tensor => tensor(values, { dtype: "float64" });
const [a, b] = [vector(0.1, 0.2), vector(0.3, -0.4)];

describe("a report names inputs whose gradient the check could not see", () => {
  const tiny = (x: Tensor, y: Tensor): Tensor => sum(add(tanh(x), mul(1e-13, tanh(y))));

  test("because the largest entry of all hides it", () => {
    const report = gradcheck(tiny, [a, b]);
    expect(report.verdict).toBe("pass");
    expect(report.unseen).toEqual([
      {
        path: "inputs[1]",
        largest: expect.closeTo(9.2e-14, 14) as number,
        visible: expect.closeTo(9.9e-10, 11) as number,
        isZero: false,
      },
    ]);
    expect(String(report)).toContain(
      "the gradient of inputs[1] (at most 9e-14) is below what this tolerance can see (1e-9), and would pass if",
    );
  });

  test("also when it is wrong, which it cannot tell", () => {
    const wrong = customGradient(tiny, {
      vjp: (dy, [x]) => [mul(dy, add(1, mul(-1, square(tanh(x))))), mul(dy, vector(0, 3e-13))],
    });
    const report = gradcheck(wrong, [a, b], { mode: "reverse" });
    expect(report.verdict).toBe("pass");
    expect(report.unseen.map(({ path }) => path)).toEqual(["inputs[1]"]);
  });

  test("because it is zero", () => {
    const report = gradcheck((x: Tensor, y: Tensor) => sum(add(tanh(x), relu(y))), [a, vector(-1, -2)]);
    expect(report.verdict).toBe("pass");
    expect(report.unseen).toMatchObject([{ path: "inputs[1]", largest: 0, isZero: true }]);
    expect(String(report)).toContain("the result does not depend on inputs[1] here");
    const all = gradcheck((x: Tensor) => sum(mul(x, 0)), [a]);
    expect(all.unseen).toMatchObject([{ path: "inputs[0]", isZero: true }]);
    expect(all.verdict).toBe("pass");
  });

  test("but not one that was seen, or failed, or is only a part of an input", () => {
    const f = (x: Tensor, y: Tensor): Tensor => sum(add(tanh(x), mul(1e-6, tanh(y))));
    expect(gradcheck(f, [a, b]).unseen).toEqual([]);
    expect(gradcheck((x: Tensor) => sum(relu(x)), [b]).unseen).toEqual([]);
    expect(gradcheck((x: Tensor) => sum(relu(x)), [vector(0)]).unseen).toEqual([]);
    const cut = customGradient((x: Tensor) => sum(square(x)), { vjp: (dy) => [mul(dy, vector(0, 0))] });
    expect(gradcheck(cut, [a], { mode: "reverse" }).unseen).toEqual([]);
    // Second derivatives of what is linear are zero, which says nothing of the inputs.
    expect(gradcheck((x: Tensor) => mul(x, 3), [a], { order: 2 }).unseen).toEqual([]);
  });
});

describe("a gradient that is zero as far as can be measured", () => {
  test.each([1e-12, 2e-12, 1e-11])(
    "does not pass if the sweep says that it is not: %s beside 1e5",
    (size) => {
      const f = customGradient((x: Tensor) => add(1e5, mul(1e-12, sum(x))), {
        vjp: (dy, [x]) => [mul(dy, mul(size, tensor([1, 1], { dtype: x.dtype })))],
      });
      const report = gradcheck(f, [a], { mode: "reverse" });
      expect(report.verdict).toBe("inconclusive");
      expect(String(report)).toMatch(/its rounding is too coarse; precision: "dd"/);
    },
  );

  test("passes if nothing but rounding is left of it", () => {
    for (const factor of [1, 1e-6, 1e-12, 30]) {
      const f = (x: Tensor): Tensor => mul(factor, sum(softmax(x)));
      expect(gradcheck(f, [vector(0.1, 0.2, -0.7)]).verdict).toBe("pass");
    }
    expect(gradcheck((x: Tensor) => add(1e5, sum(mul(x, 0))), [a]).verdict).toBe("pass");
    for (let seed = 0; seed < 5; seed++) {
      const ratio = (x: Tensor): Tensor => div(x, x);
      expect(gradcheck(ratio, [vector(0.7, -1.3, 1.9)], { order: 2, seed }).verdict).toBe("pass");
    }
  });
});
