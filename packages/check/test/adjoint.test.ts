import { adjointTest } from "@tapeloop/check";
import {
  apply,
  defineOp,
  exp,
  matmul,
  mul,
  square,
  sub,
  tanh,
  tensor,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import { describe, expect, test } from "vitest";

const f64 = { dtype: "float64" } as const;
const x = tensor(
  [
    [0.5, -1.5, 2],
    [1, 3, -0.25],
  ],
  f64,
);
const w = tensor(
  [
    [0.1, 0.2],
    [-0.3, 0.4],
    [0.5, -0.6],
  ],
  f64,
);

function withRules(vjpFactor: number, jvpFactor: number): (t: Tensor) => Tensor {
  const op = defineOp<readonly [Tensor]>({
    name: "scaled",
    shape: ([t]) => t,
    forward: ([t]) => t.toTypedArray(),
    vjp: (dy) => [() => mul(dy, vjpFactor)],
    jvp: ([dt]) => [() => mul(jvpFactor, dt)],
  });
  return (t) => apply(op, [t], {});
}

describe("the adjoint test", () => {
  test("passes when forward and reverse rules agree to rounding", () => {
    const report = adjointTest((a: Tensor, b: Tensor) => ({ y: tanh(matmul(a, b)), z: exp(a) }), [x, w]);
    expect(report.pass).toBe(true);
    expect(report.error).toBeLessThan(1e-13);
    expect(report.products.length).toBe(3);
    expect(String(report)).toMatch(/^adjoint test passed/);
  });

  test.each([
    [1, 2],
    [1, -1],
    [1 + 1e-9, 1],
    [0, 1],
    [NaN, 1],
    [1, NaN],
    [NaN, NaN],
  ])("fails when they are off: reverse × %s, forward × %s", (reverse, forward) => {
    const report = adjointTest((t: Tensor) => square(withRules(reverse, forward)(t)), [x]);
    expect(report.pass).toBe(false);
    expect(String(report)).toMatch(/^adjoint test failed/);
  });

  test("cannot see a mistake that both share", () => {
    expect(adjointTest(withRules(2, 2), [x]).pass).toBe(true);
  });

  test("passes for a Jacobian that is zero, exactly or but for rounding", () => {
    expect(adjointTest((t: Tensor) => sub(t, t), [x]).pass).toBe(true);
    expect(adjointTest((t: Tensor) => mul(t, 0), [x]).pass).toBe(true);
  });

  test("does not pass when there is nothing to compare", () => {
    expect(adjointTest((t: Tensor) => t, [zeros([0], f64)]).pass).toBe(false);
    expect(String(adjointTest((t: Tensor) => t, [zeros([0], f64)]))).toMatch(/inconclusive/);
  });

  test("refuses float32, or converts it on request", () => {
    expect(() => adjointTest((t: Tensor) => exp(t), [tensor([1])])).toThrow(/is float32/);
    expect(adjointTest((t: Tensor) => exp(t), [tensor([1])], { promote: true }).pass).toBe(true);
  });
});
