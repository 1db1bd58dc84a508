import { compile, matmul, normal, randomKey } from "@tapeloop/core";
import { enableRelaxedSimd } from "@tapeloop/core/native";
import { expect, it } from "vitest";

it("makes programs multiply and add in one instruction, in every Node from 20 on", () => {
  const product = () => compile((...[a, b]: ReturnType<typeof operands>) => matmul(a, b));
  const [a, b] = operands();
  const before = product()(a, b);
  const isNode20 = process.versions.node.startsWith("20.");
  expect(product().explain(a, b).code.relaxed).toBe(!isNode20);

  expect(enableRelaxedSimd()).toBe(true);
  const after = product();
  expect(after.explain(a, b).code.relaxed).toBe(true);
  const exact = matmul(a.cast("float64"), b.cast("float64")).data;
  for (const { data } of [before, after(a, b)]) {
    expect(Math.max(...Array.from(data, (x, i) => Math.abs(x - (exact[i] ?? NaN))))).toBeLessThan(1e-4);
  }
  // The products are rounded once less.
  if (isNode20) expect([...after(a, b).data]).not.toEqual([...before.data]);
  expect(enableRelaxedSimd()).toBe(true);
});

function operands() {
  return [normal(randomKey(1), [40, 70]), normal(randomKey(2), [70, 50])] as const;
}
