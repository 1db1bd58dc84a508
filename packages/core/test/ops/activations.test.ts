import {
  ArgumentError,
  broadcastTo,
  clip,
  DtypeError,
  elu,
  gelu,
  grad,
  leakyRelu,
  relu,
  sigmoid,
  softplus,
  softsign,
  sum,
  tanh,
  tensor,
  transpose,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import { describe, expect, it } from "vitest";
import { fixture } from "../../../../test/fixtures/index.js";
import { expectClose, expectRightDerivatives, f64, numbers, slopes } from "./derivatives.js";

const table: { name: string; op: (x: Tensor) => Tensor; kinks?: number[] }[] = [
  { name: "tanh", op: tanh },
  { name: "sigmoid", op: sigmoid },
  { name: "relu", op: relu, kinks: [0] },
  { name: "leakyRelu", op: (x) => leakyRelu(x, { slope: 0.2 }), kinks: [0] },
  { name: "elu", op: (x) => elu(x, { alpha: 0.7 }), kinks: [0] },
  { name: "gelu", op: gelu },
  { name: "gelu, tanh", op: (x) => gelu(x, { approximate: "tanh" }) },
  { name: "softplus", op: softplus },
  { name: "softsign", op: softsign, kinks: [0] },
  { name: "clip", op: (x) => clip(x, -1.5, 0.75), kinks: [-1.5, 0.75] },
];

describe.each(table)("$name", ({ op, kinks = [] }) => {
  it("has the right first and second derivative in both modes", () => {
    const points = [-6, -2.3, -1.5, -0.8, -1e-2, 0, 1e-2, 0.5, 0.75, 1.2, 3, 7];
    expectRightDerivatives(op, f64(points.filter((x) => !kinks.includes(x))));
  });

  it("is finite, with finite derivatives, wherever x is", () => {
    for (const dtype of ["float32", "float64"] as const) {
      const x = tensor([-1e30, -1e4, -100, -25, 0, 25, 100, 1e4, 1e30], { dtype });
      const { first, second } = slopes(op, x);
      for (const values of [numbers(op(x)), first, second])
        expect(values.every(Number.isFinite), dtype).toBe(true);
      expect(op(x).dtype).toBe(dtype);
    }
  });

  it("has slopes and curvatures at ±Infinity that are not NaN, and gives NaN for NaN", () => {
    const { first, second } = slopes(op, f64([-Infinity, Infinity]));
    expect([...first, ...second].some(Number.isNaN)).toBe(false);
    expect(numbers(op(f64([NaN, -Infinity, Infinity]))).map(Number.isNaN)).toEqual([true, false, false]);
  });

  it("rounds the float64 result to float32 once", () => {
    const x = tensor([-3.3, -0.7, 0, 0.2, 1.9], { dtype: "float32" });
    expect(numbers(op(x))).toEqual(numbers(op(f64(numbers(x)))).map(Math.fround));
  });

  it("takes scalars, empty tensors and any view", () => {
    expect(op(f64(0.3)).shape).toEqual([]);
    expect(op(zeros([0, 2])).shape).toEqual([0, 2]);
    const x = f64([
      [-2, 0.1, 0.5],
      [1, -0.3, 4],
    ]);
    expect(op(transpose(x)).toArray()).toEqual(transpose(op(x)).toArray());
    expect(op(broadcastTo(x, [2, 2, 3])).toArray()).toEqual(broadcastTo(op(x), [2, 2, 3]).toArray());
  });
});

describe("PyTorch's values and gradients", () => {
  type Options = Record<string, string | number | boolean | number[]>;
  const ours: Record<string, (x: Tensor, o: Options) => Tensor> = {
    gelu: (x, o) => gelu(x, { approximate: o["approximate"] === "tanh" ? "tanh" : "none" }),
    softplus: (x) => softplus(x),
    elu: (x, o) => elu(x, { alpha: Number(o["alpha"]) }),
    leaky_relu: (x, o) => leakyRelu(x, { slope: Number(o["negative_slope"]) }),
    softsign: (x) => softsign(x),
    sigmoid: (x) => sigmoid(x),
    tanh: (x) => tanh(x),
    expm1: (x) => x.expm1(),
  };
  const cases = fixture("ops").cases.filter(({ op }) => op in ours);

  it("cover every activation that the fixtures have", () => {
    expect(new Set(cases.map(({ op }) => op)).size).toBe(Object.keys(ours).length);
  });

  it.each(cases)("$op $attributes", ({ op, attributes, inputs, output, cotangent, gradients }) => {
    const fn = ours[op];
    if (fn === undefined) throw new Error(op);
    const x = f64(inputs["input"] ?? []);
    expectClose(numbers(fn(x, attributes)), numbers(f64(output)), 1e-14);
    const g = grad((y: Tensor) => sum(fn(y, attributes).mul(f64(cotangent))))(x);
    expectClose(numbers(g), numbers(f64(gradients["input"] ?? [])), 1e-13);
  });
});

describe("slopes at kinks", () => {
  it("are those of the left side", () => {
    expect(slopes(relu, f64([0, -0]))).toEqual({ first: [0, 0], second: [0, 0] });
    expect(slopes((x) => leakyRelu(x, { slope: 0.2 }), f64([0]))).toEqual({ first: [0.2], second: [0] });
    expect(slopes((x) => elu(x, { alpha: 0.7 }), f64([0]))).toEqual({ first: [0.7], second: [0.7] });
    expect(slopes(softsign, f64([0]))).toEqual({ first: [1], second: [-0] });
  });

  it("clip lets the gradient through at both bounds, and nowhere beyond", () => {
    const { first, second } = slopes((x) => clip(x, -1, 2), f64([-1.001, -1, 0, 2, 2.001, NaN]));
    expect(first).toEqual([0, 1, 1, 1, 0, 0]);
    expect(second).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("an infinite cotangent does not leak through a flat side", () => {
    const through = (f: (x: Tensor) => Tensor) =>
      numbers(grad((x: Tensor) => sum(f(x).mul(Infinity)))(f64([-3, 3])));
    expect(through(relu)).toEqual([0, Infinity]);
    expect(through((x) => clip(x, -1, 5))).toEqual([0, Infinity]);
  });
});

describe("gelu", () => {
  it.each([
    // mpmath, 30 digits.
    [-10, -7.619853024160526e-23],
    [-3, -0.0040496940948902835],
    [-0.5, -0.15426876936299344],
    [1, 0.8413447460685429],
    [3, 2.99595030590511],
  ])("of %f is exact in all digits, also in the tail", (x, y) => {
    expect(Math.abs(gelu(f64(x)).item() / y - 1)).toBeLessThan(1e-13);
  });

  it.each([
    [-3, -0.003637392081773019],
    [-0.5, -0.15428599017485609],
    [1, 0.8411919906082767],
    [3, 2.996362607918227],
  ])("with tanh of %f", (x, y) => {
    expect(Math.abs(gelu(f64(x), { approximate: "tanh" }).item() / y - 1)).toBeLessThan(1e-14);
  });

  it("keeps the digits of its derivatives in the tail", () => {
    const { first, second } = slopes(gelu, f64([-10]));
    expect(Math.abs((first[0] ?? 0) / -7.618400096464814e-22 - 1)).toBeLessThan(1e-12);
    expect(Math.abs((second[0] ?? 0) / -7.540706654172292e-21 - 1)).toBeLessThan(1e-12);
  });

  it("tends to 0 and to x", () => {
    for (const approximate of ["none", "tanh"] as const) {
      expect(numbers(gelu(f64([-Infinity, Infinity, -1e300, 1e300]), { approximate }))).toEqual([
        -0,
        Infinity,
        -0,
        1e300,
      ]);
    }
  });
});

it("softplus and sigmoid keep the digits of small results", () => {
  expect(softplus(f64(-40)).item()).toBe(4.248354255291589e-18);
  expect(sigmoid(f64(-40)).item()).toBe(4.248354255291589e-18);
  expect(numbers(softplus(f64([0, 40, 1000])))).toEqual([Math.LN2, 40, 1000]);
});

describe("arguments", () => {
  it("have PyTorch's defaults", () => {
    const x = f64([-2, 3]);
    expect(numbers(leakyRelu(x))).toEqual([-0.02, 3]);
    expect(numbers(elu(x))).toEqual([Math.expm1(-2), 3]);
    expect(numbers(x.gelu())).toEqual(numbers(gelu(x, { approximate: "none" })));
  });

  it("clip takes one-sided bounds, int32 with whole bounds, and refuses crossed or missing ones", () => {
    expect(numbers(clip(f64([-5, 5, NaN]), -Infinity, 1))).toEqual([-5, 1, NaN]);
    const whole = clip(tensor([-5, 0, 5], { dtype: "int32" }), -2, Infinity);
    expect(whole.dtype).toBe("int32");
    expect(numbers(whole)).toEqual([-2, 0, 5]);
    expect(() => clip(tensor([1], { dtype: "int32" }), 0.5, 2)).toThrow(DtypeError);
    expect(() => clip(f64([1]), 2, 1)).toThrow("clip: got bounds 2 … 1, expected min ≤ max");
    expect(() => clip(f64([1]), NaN, 1)).toThrow(ArgumentError);
  });

  it("must be finite numbers, and a known approximation", () => {
    expect(() => leakyRelu(1, { slope: NaN })).toThrow("leakyRelu: got slope NaN, expected a finite number");
    expect(() => elu(1, { alpha: Infinity })).toThrow("elu: got alpha Infinity, expected a finite number");
    const wrong = JSON.parse('{"approximate":"sigmoid"}') as { approximate: "none" };
    expect(() => gelu(1, wrong)).toThrow('gelu: got approximate "sigmoid", expected "none" or "tanh"');
    expect(() => relu(tensor([1], { dtype: "int32" }))).toThrow("relu: got int32");
  });
});
