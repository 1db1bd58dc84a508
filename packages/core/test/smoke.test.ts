import { expect, test } from "vitest";
import { add, affine, grad, jvp, matmul, mul, record, scope, sigmoid, square, sub, sum, tanh, tensor, transpose, vjp, where, greater } from "@tapeloop/core";

test("the gradient of a nested function is right", () => {
  const f = (x: ReturnType<typeof tensor>) => sum(mul(x, tanh(x)));
  const x = tensor([0.3, -0.7, 1.1], { dtype: "float64" });
  const g = grad(f)(x);
  const want = [0.3, -0.7, 1.1].map((v) => Math.tanh(v) + v * (1 - Math.tanh(v) ** 2));
  (g.toArray() as number[]).forEach((v, i) => expect(v).toBeCloseTo(want[i]!, 12));
  const gg = grad((y: typeof x) => sum(grad(f)(y)))(x);
  const [, t] = jvp(grad(f), [x], [tensor([1, 1, 1], { dtype: "float64" })]);
  (gg.toArray() as number[]).forEach((v, i) => expect(v).toBeCloseTo((t.toArray() as number[])[i]!, 12));
});

test("matmul and broadcasting", () => {
  const w = tensor([[1, 2, 3], [4, 5, 6]], { dtype: "float64" });
  const x = tensor([[1, 2], [3, 4], [5, 6]], { dtype: "float64" });
  const b = tensor([1, 1, 1], { dtype: "float64" });
  const { tape } = record((p: { w: typeof w; b: typeof b }, x: typeof w) => scope("layer", () => sum(sigmoid(affine(x, p.w, p.b)))), { w, b }, x);
  console.log(String(tape), x.add(1), transpose(w).toArray());
  const g = grad((p: { w: typeof w; b: typeof b }) => sum(sigmoid(affine(x, p.w, p.b))))({ w, b });
  console.log(g);
  expect(() => scope("lstm", () => matmul(w, b))).toThrow("in lstm");
});
