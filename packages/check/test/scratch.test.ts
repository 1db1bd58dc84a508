import { expect, test } from "vitest";
import { gradcheck, adjointTest } from "@tapeloop/check";
import "@tapeloop/check/vitest";
import { tensor, mul, tanh, matmul, sum, sigmoid, affine, log, maximum, pow, type Tensor } from "@tapeloop/core";
const f64 = { dtype: "float64" } as const;
test("try", () => {
  const f = (p: { w: Tensor; b: Tensor }, x: Tensor) => tanh(affine(x, p.w, p.b));
  const inputs = [{ w: tensor([[0.1, 0.2], [0.3, -0.4]], f64), b: tensor([0.5, 1], f64) }, tensor([[1, 2], [3, 4]], f64)] as const;
  console.log(String(gradcheck(f, [...inputs], { order: 2 })), String(adjointTest(f, [...inputs])));
  console.log(String(gradcheck((x: Tensor) => log(x), [tensor([0.001, 1, 30], f64)], { order: 2 })));
  console.log(String(gradcheck((x: Tensor) => maximum(x, 0), [tensor([0.001, 0, 30,-1e-6, 1e-9], f64)], { order: 2 })));
  console.log(String(gradcheck((x: Tensor) => pow(x, 2), [tensor([0.001, 0, 30], f64)], { order: 2 })));
  console.log(String(gradcheck((x: Tensor) => log(x), [tensor([-1, 0, 30], f64)], { order: 2 })));
  console.log(String(gradcheck((x: Tensor) => log(x), [tensor([1e-9,1e-8], f64)], { order: 2 })));
  expect((x: Tensor) => log(x)).toPassGradcheck([tensor([3, 2, 30], f64)]);
  expect(() => expect((x: Tensor) => maximum(x, 0)).toPassGradcheck([tensor([0], f64)])).toThrow("kink");
  expect(() => gradcheck((x: Tensor) => log(x), [tensor([3])])).toThrow("float64");
});
