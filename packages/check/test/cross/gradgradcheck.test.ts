import {
  apply,
  customGradient,
  defineOp,
  matmul,
  mul,
  relu,
  square,
  sub,
  sum,
  tanh,
  tensor,
  type Tensor,
} from "@tapeloop/core";
import { describe, expect, test } from "vitest";
import { gradgradcheck } from "../../src/cross/gradgradcheck.js";
import { f64, x } from "./fixtures.js";
import { wrongOp } from "./wrong.js";

describe("second derivatives", () => {
  test("pass when they are right: finite differences, a symmetric Hessian, and two ways to it", () => {
    const report = gradgradcheck((a: Tensor, b: Tensor) => ({ y: tanh(matmul(a, b)), z: square(b) }), [x, x]);
    expect(report).toMatchObject({ pass: true, verdict: "pass" });
    expect([...report.symmetry, ...report.sweeps].map(({ error }) => error < 1e-12)).toEqual(
      new Array<boolean>(6).fill(true),
    );
    expect(String(report)).toMatch(/the Hessian is symmetric/);
  });

  test("pass where they are zero", () => {
    expect(gradgradcheck((t: Tensor) => sum(mul(t, 3)), [x]).pass).toBe(true);
  });

  test("fail for a rule whose first order is right and whose second is not", () => {
    const held = customGradient((t: Tensor) => tanh(t), {
      // The slope as numbers, so that the second derivative does not see how it depends on t.
      vjp: (dy, [t]) => [mul(dy, detached(t))],
      jvp: ([dt], [t]) => mul(detached(t), dt),
    });
    const report = gradgradcheck((t: Tensor) => sum(square(held(t))), [x]);
    expect(report.verdict).toBe("fail");
  });

  test("fail for a gradient that is that of no function, though both sweeps agree", () => {
    const asymmetric = customGradient((t: Tensor) => sum(tanh(t)), {
      vjp: (dy, [t]) => [mul(dy, matmul(t, x))],
      jvp: ([dt], [t]) => sum(mul(dt, matmul(t, x))),
    });
    const report = gradgradcheck(asymmetric, [x]);
    expect(report.verdict).toBe("fail");
    expect(report.symmetry.some(({ error }) => error > 0.01)).toBe(true);
    expect(report.sweeps.every(({ error }) => error < 1e-12)).toBe(true);
    expect(String(report)).toMatch(/the Hessian is NOT symmetric, .*no function/);
  });

  test("fail when forward and reverse rules do not fit together", () => {
    const op = defineOp<readonly [Tensor]>({
      name: "torn",
      shape: ([t]) => t,
      forward: ([t]) => Float64Array.from(t.data, (v) => v * v),
      vjp: (dy, [t]) => [() => mul(dy, mul(t, 2))],
      jvp: ([dt], [t]) => [() => mul(mul(t, 2 + 1e-6), dt)],
    });
    const report = gradgradcheck((t: Tensor) => sum(square(apply(op, [t], {}))), [x]);
    expect(report.verdict).toBe("fail");
    expect(String(report)).toMatch(/forward over reverse and reverse over reverse DIFFER/);
  });

  test("fail for a wrong first order, too", () => {
    expect(gradgradcheck(wrongOp(1.001), [x]).verdict).toBe("fail");
  });

  test("can do without forward mode", () => {
    const reverseOnly = customGradient((t: Tensor) => square(t), { vjp: (dy, [t]) => [mul(dy, mul(t, 2))] });
    const report = gradgradcheck(reverseOnly, [x], { mode: "reverse" });
    expect(report).toMatchObject({ pass: true, symmetry: [], sweeps: [] });
  });

  test("do not pass at a kink or for nothing, and refuse bad input", () => {
    expect(gradgradcheck((t: Tensor) => square(relu(sub(t, x))), [x]).verdict).not.toBe("fail");
    expect(gradgradcheck((t: Tensor) => t, [tensor(new Float64Array(0), f64)]).pass).toBe(false);
    expect(() => gradgradcheck((t: Tensor) => t, [tensor([1])])).toThrow(/float32/);
    expect(() => gradgradcheck((t: Tensor) => t, [tensor([Infinity], f64)])).toThrow(/holds Infinity/);
    expect((): unknown => Reflect.apply(gradgradcheck, undefined, [null, [x]])).toThrow(
      /gradgradcheck: got null/,
    );
  });
});

/** 1 − tanh², as a tensor that no tape connects to t. */
function detached(t: Tensor): Tensor {
  const op = defineOp<readonly [Tensor]>({
    name: "detached",
    shape: ([u]) => u,
    forward: ([u]) => Float64Array.from(u.data, (v) => 1 - Math.tanh(v) ** 2),
    stopsGradient: true,
  });
  return apply(op, [t], {});
}
