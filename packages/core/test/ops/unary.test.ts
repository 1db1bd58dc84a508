import {
  abs,
  broadcastTo,
  ceil,
  cos,
  DtypeError,
  erf,
  erfc,
  exp,
  expm1,
  floor,
  grad,
  isFloat,
  log,
  log1p,
  neg,
  round,
  rsqrt,
  sign,
  sin,
  sqrt,
  square,
  sum,
  tensor,
  transpose,
  zeros,
  type Tensor,
  type TensorLike,
} from "@tapeloop/core";
import { describe, expect, it } from "vitest";
import { expectClose, expectRightDerivatives, f64, irregular, numbers, slopes } from "./derivatives.js";

interface Case {
  name: string;
  op: (x: TensorLike) => Tensor;
  /** The same function of a number. */
  of: (x: number) => number;
  /** Points where it is smooth. */
  at: number[];
}

const anywhere = [-3.2, -1, -0.4, -1e-3, 1e-3, 0.3, 1, 2.5];
const offSteps = anywhere.map((x) => x + 0.13);
const positive = [0.3, 1, 2.5, 40];

const smooth: Case[] = [
  { name: "abs", op: abs, of: Math.abs, at: anywhere },
  { name: "square", op: square, of: (x) => x * x, at: [...anywhere, 0] },
  { name: "sqrt", op: sqrt, of: Math.sqrt, at: positive },
  { name: "rsqrt", op: rsqrt, of: (x) => 1 / Math.sqrt(x), at: positive },
  { name: "exp", op: exp, of: Math.exp, at: [...anywhere, 0] },
  { name: "expm1", op: expm1, of: Math.expm1, at: [...anywhere, 0] },
  { name: "log", op: log, of: Math.log, at: positive },
  { name: "log1p", op: log1p, of: Math.log1p, at: [-0.7, -1e-3, 0, 1e-3, 2, 50] },
  { name: "sin", op: sin, of: Math.sin, at: [...anywhere, 0] },
  { name: "cos", op: cos, of: Math.cos, at: [...anywhere, 0] },
];

const staircases: Case[] = [
  { name: "sign", op: sign, of: Math.sign, at: offSteps },
  { name: "floor", op: floor, of: Math.floor, at: offSteps },
  { name: "ceil", op: ceil, of: Math.ceil, at: offSteps },
  { name: "round", op: round, of: (x) => Math.round(x), at: offSteps },
];

const edges = [NaN, Infinity, -Infinity, 0, -0, 1e300, -1e300, 5e-324];

describe.each([...smooth, ...staircases])("$name", ({ op, of, at }) => {
  it("has the values of the scalar function, also at NaN, ±Infinity and −0", () => {
    const points = [...at, ...edges];
    expect(numbers(op(f64(points)))).toEqual(points.map(of));
  });

  it("rounds the float64 result to float32 once", () => {
    const x = tensor(at, { dtype: "float32" });
    expect(op(x).dtype).toBe("float32");
    expect(numbers(op(x))).toEqual(numbers(x).map((v) => Math.fround(of(v))));
  });

  it("takes numbers, scalars, empty tensors and any view", () => {
    expect(op(at[0] ?? 0).item()).toBe(Math.fround(of(Math.fround(at[0] ?? 0))));
    expect(op(f64(at[1] ?? 0)).shape).toEqual([]);
    expect(op(zeros([2, 0, 3])).shape).toEqual([2, 0, 3]);
    const x = tensor(Float64Array.from([...at, ...at].slice(0, 6)), { shape: [2, 3] });
    expect(op(transpose(x)).toArray()).toEqual(transpose(op(x)).toArray());
    expect(op(broadcastTo(x, [2, 2, 3])).toArray()).toEqual(broadcastTo(op(x), [2, 2, 3]).toArray());
  });

  it("has the right first and second derivative in both modes", () => {
    expectRightDerivatives(op, f64(at));
  });
});

describe("abs, sign and square of int32", () => {
  it("stay int32, and wrap around", () => {
    const x = tensor([-3, 0, 7, -(2 ** 31), 2 ** 31 - 1, 65_537], { dtype: "int32" });
    expect(numbers(abs(x))).toEqual([3, 0, 7, -(2 ** 31), 2 ** 31 - 1, 65_537]);
    expect(numbers(sign(x))).toEqual([-1, 0, 1, -1, 1, 1]);
    expect(numbers(square(x))).toEqual([9, 0, 49, 0, 1, 131_073]);
    for (const op of [abs, sign, square]) expect(op(x).dtype).toBe("int32");
  });

  it("are not taken of bool", () => {
    for (const op of [abs, sign, square]) expect(() => op(tensor([true]))).toThrow(DtypeError);
    expect(() => abs(tensor([true]))).toThrow("abs: got bool, expected numbers");
  });
});

it("the other functions want floats, and say so", () => {
  const others = [...smooth, ...staircases].filter(({ name }) => !["abs", "sign", "square"].includes(name));
  for (const { name, op } of others) {
    expect(() => op(tensor([1, 2], { dtype: "int32" }))).toThrow(
      `${name}: got int32, expected float32 or float64`,
    );
  }
  expect(isFloat("int32")).toBe(false);
});

describe("derivatives at special points", () => {
  it("abs has slope 0 and no curvature at 0", () => {
    expect(slopes(abs, f64([0, -0, -2]))).toEqual({ first: [0, -0, -1], second: [0, 0, 0] });
  });

  it("staircases have slope 0, even on a step", () => {
    for (const { op } of staircases) expect(slopes(op, f64([0, 1, -0.5])).first).toEqual([0, 0, 0]);
  });

  it("sqrt, rsqrt and log are infinitely steep at 0", () => {
    expect(slopes(sqrt, f64([0])).first).toEqual([Infinity]);
    expect(slopes(rsqrt, f64([0])).first).toEqual([-Infinity]);
    expect(slopes(log, f64([0])).first).toEqual([Infinity]);
  });

  it("functions that flatten out at Infinity have slope 0 there", () => {
    for (const op of [sqrt, rsqrt, log, log1p])
      expect(Math.abs(slopes(op, f64([Infinity])).first[0] ?? NaN)).toBe(0);
    expect(slopes(exp, f64([-Infinity]))).toEqual({ first: [0], second: [0] });
  });

  it("the slope of expm1 keeps its digits where the function is almost −1", () => {
    const { first, second } = slopes(expm1, f64([-40]));
    expectClose(
      [(first[0] ?? 0) / 4.248354255291589e-18, (second[0] ?? 0) / 4.248354255291589e-18],
      [1, 1],
      1e-15,
    );
  });
});

it("expm1 and log1p keep the digits of small numbers", () => {
  expect(numbers(expm1(f64([1e-12])))).toEqual([1.0000000000005e-12]);
  expect(numbers(log1p(f64([1e-12])))).toEqual([9.999999999995e-13]);
});

it("round sends halves to the even neighbour", () => {
  const x = f64([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.49999999999999994, 2 ** 52 + 1, 1e300]);
  expect(numbers(round(x))).toEqual([-2, -2, -0, 0, 2, 2, 0, 2 ** 52 + 1, 1e300]);
});

it("operations are methods too", () => {
  const x = f64([-0.5, 2]);
  expect(x.abs().sqrt().exp().toArray()).toEqual(exp(sqrt(abs(x))).toArray());
  expect(x.floor().sign().neg().toArray()).toEqual(neg(sign(floor(x))).toArray());
});

describe("erf and erfc", () => {
  // mpmath, 30 digits.
  const known = {
    erf: [
      [0.1, 0.1124629160182849],
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497149],
      [2, 0.9953222650189527],
      [3, 0.9999779095030014],
    ],
    erfc: [
      [-1, 1.8427007929497148],
      [0.5, 0.4795001221869535],
      [1, 0.15729920705028513],
      [3, 2.209049699858544e-5],
      [5, 1.537459794428035e-12],
      [9.7, 7.936107563214511e-43],
      [10, 2.088487583762545e-45],
      [21.3, 2.440645213496405e-199],
      [26, 5.663192408856143e-296],
    ],
  };

  it.each([
    { name: "erf", op: erf, table: known.erf },
    { name: "erfc", op: erfc, table: known.erfc },
  ])("$name has its known values to a few units in the last place", ({ op, table }) => {
    for (const [x = 0, y = 0] of table) expect(Math.abs(op(f64(x)).item() / y - 1)).toBeLessThan(1.5e-15);
  });

  it("erf is odd, and both add up to 1", () => {
    const x = irregular([200]).mul(8);
    expect(numbers(erf(neg(x)))).toEqual(numbers(neg(erf(x))));
    expectClose(
      numbers(erf(x).add(erfc(x))),
      numbers(x).map(() => 1),
      4e-16,
    );
  });

  it("reach their limits, and keep −0 and NaN", () => {
    expect(numbers(erf(f64([NaN, Infinity, -Infinity, 0, -0, 6])))).toEqual([NaN, 1, -1, 0, -0, 1]);
    expect(numbers(erfc(f64([NaN, Infinity, -Infinity, 0, 28, -7])))).toEqual([NaN, 0, 2, 1, 0, 2]);
  });

  it("have the right first and second derivative in both modes", () => {
    const x = f64([-4.5, -2, -0.469, -0.46, 0, 0.3, 0.47, 1, 3.9, 4.1]);
    expectRightDerivatives(erf, x);
    expectRightDerivatives(erfc, x);
    expect(grad((y: Tensor) => sum(erf(y)))(f64([0, Infinity])).toArray()).toEqual([
      2 / Math.sqrt(Math.PI),
      0,
    ]);
  });
});
