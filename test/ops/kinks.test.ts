import {
  abs,
  clip,
  div,
  grad,
  jvp,
  leakyRelu,
  less,
  log,
  max,
  maximum,
  min,
  minimum,
  mul,
  onesLike,
  pow,
  relu,
  sqrt,
  std,
  stopGradient,
  sum,
  tensor,
  where,
  type Tensor,
} from "@tapeloop/core";
import { gradcheck } from "@tapeloop/check";
import { describe, expect, test } from "vitest";

const f64 = { dtype: "float64" } as const;
const vector = (...values: number[]): Tensor => tensor(values, f64);

/** Gradient of the sum by the reverse sweep; the forward sweep must say the same, entry by entry. */
function slopes(f: (x: Tensor) => Tensor, x: Tensor): number[] {
  const reverse = Array.from(grad((t: Tensor) => sum(f(t)))(x).data);
  const forward = Array.from({ length: x.size }, (_, i) => {
    const direction = tensor(Float64Array.from({ length: x.size }, (_v, k) => Number(k === i)));
    return sum(jvp(f, [x], [direction])[1]).item();
  });
  expect(forward.map(plain)).toEqual(reverse.map(plain));
  return reverse.map(plain);
}

/** Second derivatives of an elementwise function, both ways. */
function curvatures(f: (x: Tensor) => Tensor, x: Tensor): number[] {
  const gradient = (t: Tensor): Tensor => grad((s: Tensor) => sum(f(s)))(t);
  const reverse = slopes(gradient, x);
  expect(Array.from(jvp(gradient, [x], [onesLike(x)])[1].data, plain)).toEqual(reverse);
  return reverse;
}

/** −0 is 0 here. */
const plain = (value: number): number => value + 0;

describe("ties", () => {
  test("maximum and minimum give each side half", () => {
    const y = vector(1, 2, 3);
    expect(slopes((x) => maximum(x, y), vector(1, 0, 5))).toEqual([0.5, 0, 1]);
    expect(slopes((x) => minimum(x, y), vector(1, 0, 5))).toEqual([0.5, 1, 0]);
    expect(slopes((x) => maximum(y, x), vector(1, 0, 5))).toEqual([0.5, 0, 1]);
  });

  test("maximum of a tensor with itself has slope 1 in all", () => {
    expect(slopes((x) => maximum(x, x), vector(1, -2))).toEqual([1, 1]);
    expect(slopes((x) => minimum(x, x), vector(1, -2))).toEqual([1, 1]);
  });

  test("max and min share the gradient among those that tie", () => {
    expect(slopes((x) => max(x), vector(1, 3, 3, 2))).toEqual([0, 0.5, 0.5, 0]);
    expect(slopes((x) => min(x), vector(1, 1, 1, 2))).toEqual([1 / 3, 1 / 3, 1 / 3, 0]);
  });

  test("second derivatives at ties are zero, not NaN", () => {
    expect(curvatures((x) => maximum(x, vector(1, 2)), vector(1, 2))).toEqual([0, 0]);
    expect(curvatures((x) => max(x), vector(3, 3))).toEqual([0, 0]);
  });
});

describe("kinks", () => {
  test("have a slope between the one-sided ones, the same in both sweeps", () => {
    expect(slopes(relu, vector(0, 1, -1))).toEqual([0, 1, 0]);
    expect(slopes(abs, vector(0, 2, -2))).toEqual([0, 1, -1]);
    const [leaky = NaN] = slopes((x) => leakyRelu(x, { slope: 0.1 }), vector(0));
    expect(leaky).toBeGreaterThanOrEqual(0.1);
    expect(leaky).toBeLessThanOrEqual(1);
    for (const slope of slopes((x) => clip(x, -1, 1), vector(-1, 1))) {
      expect(slope).toBeGreaterThanOrEqual(0);
      expect(slope).toBeLessThanOrEqual(1);
    }
    expect(slopes((x) => std(x), vector(2, 2, 2))).toEqual([0, 0, 0]);
  });

  test.each<[string, (x: Tensor) => Tensor, Tensor]>([
    ["relu", relu, vector(0)],
    ["abs", abs, vector(0)],
    ["clip", (x) => clip(x, -1, 1), vector(1)],
    ["maximum", (x) => maximum(x, 2), vector(2)],
    ["max", (x) => max(x), vector(1, 1)],
  ])("%s at its kink has a slope that gradcheck finds between the one-sided ones", (_name, f, x) => {
    const report = gradcheck(f, [x]);
    expect(report.pass).toBe(true);
    expect(report.all.some(({ sides }) => sides !== undefined)).toBe(true);
  });

  test("give no NaN at second order", () => {
    for (const f of [relu, abs, (x: Tensor) => clip(x, 0, 1)])
      expect(curvatures(f, vector(0, 1))).toEqual([0, 0]);
    expect(curvatures((x) => std(x), vector(2, 2))).toEqual([0, 0]);
  });
});

describe("where", () => {
  test("passes the gradient to the side that was chosen", () => {
    const c = tensor([true, false, true]);
    expect(slopes((x) => where(c, x, 5), vector(1, 2, 3))).toEqual([1, 0, 1]);
    expect(slopes((x) => where(c, 5, x), vector(1, 2, 3))).toEqual([0, 1, 0]);
    expect(slopes((x) => where(c, x, x), vector(1, 2, 3))).toEqual([1, 1, 1]);
  });

  test("keeps a NaN value of the other side out of the result and its gradient", () => {
    const c = tensor([true, false]);
    expect(slopes((x) => where(c, x, vector(NaN, NaN)), vector(1, 2))).toEqual([1, 0]);
  });

  test("needs a guard against an infinite slope in the other side, and a second where is one", () => {
    const unguarded = (x: Tensor): Tensor => where(less(x, 1), 0, sqrt(x));
    // 0 · ∞ in the reverse sweep; the forward sweep never multiplies.
    expect(grad((x: Tensor) => sum(unguarded(x)))(vector(0, 4)).toArray()).toEqual([NaN, 0.25]);
    expect(jvp(unguarded, [vector(0, 4)], [vector(1, 1)])[1].toArray()).toEqual([0, 0.25]);
    const guarded = (x: Tensor): Tensor => where(less(x, 1), 0, sqrt(where(less(x, 1), 1, x)));
    expect(slopes(guarded, vector(0, 4))).toEqual([0, 0.25]);
    expect(curvatures(guarded, vector(0, 4))).toEqual([0, -1 / 32]);
  });
});

describe("pow at zero", () => {
  test.each([
    [0, 0, 0],
    [1, 1, 0],
    [2, 0, 2],
    [3, 0, 0],
    [4, 0, 0],
  ])("x to the power %s has slope %s and curvature %s", (n, slope, curvature) => {
    expect(slopes((x) => pow(x, n), vector(0))).toEqual([slope]);
    expect(curvatures((x) => pow(x, n), vector(0))).toEqual([curvature]);
  });

  test("a root has an infinite slope", () => {
    expect(slopes((x) => pow(x, 0.5), vector(0))).toEqual([Infinity]);
    expect(slopes(sqrt, vector(0))).toEqual([Infinity]);
  });

  test("zero to any positive power is flat in the exponent", () => {
    expect(slopes((b) => pow(vector(0, 0, 0), b), vector(0.5, 1, 3))).toEqual([0, 0, 0]);
    expect(curvatures((b) => pow(vector(0, 0), b), vector(1, 3))).toEqual([0, 0]);
  });

  test("a negative base has slopes for whole powers", () => {
    expect(slopes((x) => pow(x, 3), vector(-2))).toEqual([12]);
    expect(curvatures((x) => pow(x, 3), vector(-2))).toEqual([-12]);
    expect(slopes((x) => pow(x, -1), vector(-2))).toEqual([-0.25]);
    expect(gradcheck((x: Tensor) => pow(x, 3), [vector(-2, 0, 1)], { order: 2 }).pass).toBe(true);
  });

  test("an exponent that is a tensor gets the mixed second derivative", () => {
    const f = (x: Tensor, b: Tensor): Tensor => pow(x, b);
    expect(gradcheck(f, [vector(0.5, 1, 2), vector(-1, 0.5, 3)], { order: 2 }).pass).toBe(true);
  });
});

describe("ends of the domain", () => {
  test("have the limits of the slope", () => {
    expect(slopes(log, vector(0))).toEqual([Infinity]);
    expect(slopes((x) => div(1, x), vector(0))).toEqual([-Infinity]);
  });
});

describe("stopGradient", () => {
  test("lets values through, and no derivative of any order, in either sweep", () => {
    const x = vector(1, -2);
    expect(stopGradient(x).toArray()).toEqual([1, -2]);
    expect(slopes(stopGradient, x)).toEqual([0, 0]);
    expect(slopes((t) => mul(t, stopGradient(t)), x)).toEqual([1, -2]);
    expect(curvatures((t) => mul(t, stopGradient(t)), x)).toEqual([0, 0]);
  });
});
