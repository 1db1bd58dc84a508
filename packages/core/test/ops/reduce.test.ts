import {
  all,
  any,
  argmax,
  argmin,
  broadcastTo,
  cast,
  DtypeError,
  full,
  grad,
  jvp,
  max,
  mean,
  min,
  mul,
  permute,
  prod,
  reshape,
  ShapeError,
  std,
  sum,
  tensor,
  transpose,
  variance,
  zeros,
  type ReduceOptions,
  type Tensor,
} from "@tapeloop/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectClose, expectRightDerivatives, f64, irregular, numbers } from "./derivatives.js";

const total = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0);
const average = (xs: readonly number[]): number => total(xs) / xs.length;
const spread = (xs: readonly number[]): number => average(xs.map((x) => (x - average(xs)) ** 2));

interface Case {
  name: string;
  op: (x: Tensor, options?: ReduceOptions) => Tensor;
  /** The same of a list, in row-major order. */
  of: (xs: readonly number[]) => number;
}

const floats: Case[] = [
  { name: "sum", op: sum, of: total },
  { name: "mean", op: mean, of: average },
  { name: "prod", op: prod, of: (xs) => xs.reduce((a, b) => a * b, 1) },
  { name: "max", op: max, of: (xs) => Math.max(...xs) },
  { name: "min", op: min, of: (xs) => Math.min(...xs) },
  { name: "variance", op: variance, of: spread },
  { name: "std", op: std, of: (xs) => Math.sqrt(spread(xs)) },
];
const positions: Case[] = [
  { name: "argmax", op: argmax, of: (xs) => xs.indexOf(Math.max(...xs)) },
  { name: "argmin", op: argmin, of: (xs) => xs.indexOf(Math.min(...xs)) },
];

/** Row-major values of x reduced the slow way: the lists of elements that share a place, in order. */
function groups(x: Tensor, axes: readonly number[]): number[][] {
  const found = new Map<string, number[]>();
  numbers(x).forEach((v, flat) => {
    let rest = flat;
    const index = x.shape.toReversed().map((n) => {
      const i = rest % n;
      rest = (rest - i) / n;
      return i;
    });
    const place = index
      .reverse()
      .filter((_, axis) => !axes.includes(axis))
      .join();
    found.set(place, [...(found.get(place) ?? []), v]);
  });
  return [...found.values()];
}

/** A shape of up to four axes without empty ones, some of its axes, and an order that makes a strided view of it. */
const views = fc
  .record({
    shape: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }),
    seed: fc.integer({ min: 1, max: 1000 }),
  })
  .chain(({ shape, seed }) => {
    const all = shape.map((_, i) => i);
    return fc.record({
      shape: fc.constant(shape),
      seed: fc.constant(seed),
      axes: fc.subarray(all),
      order: fc.shuffledSubarray(all, { minLength: all.length }),
      keepDims: fc.boolean(),
    });
  });

describe.each([...floats, ...positions])("$name", ({ op, of }) => {
  it("agrees with a list of elements for each place, over any axes of any view", () => {
    fc.assert(
      fc.property(views, ({ shape, seed, axes, order, keepDims }) => {
        const x = permute(irregular(shape, seed), order);
        const y = op(x, { axes, keepDims });
        const kept = x.shape.map((n, i) => (axes.includes(i) ? 1 : n));
        expect(y.shape).toEqual(keepDims ? kept : kept.filter((_, i) => !axes.includes(i)));
        expectClose(numbers(y), groups(x, axes).map(of), 1e-13);
      }),
      { numRuns: 60 },
    );
  });

  it("takes one axis, also from the end, several, or by default all", () => {
    const x = irregular([2, 3, 4]);
    expect(numbers(op(x, { axes: -1 }))).toEqual(numbers(op(x, { axes: [2] })));
    expectClose(numbers(op(x, { axes: [2, -3] })), numbers(op(x, { axes: [0, 2] })), 0);
    expectClose(numbers(op(x)), [of(numbers(x))], 1e-13);
    expect(op(x, { keepDims: true }).shape).toEqual([1, 1, 1]);
    expect(op(f64(3)).shape).toEqual([]);
  });

  it("refuses axes that are not there or come twice", () => {
    const x = irregular([2, 3]);
    expect(() => op(x, { axes: 2 })).toThrow(ShapeError);
    expect(() => op(x, { axes: [1, -1] })).toThrow(ShapeError);
  });

  it("reduces an axis that has been stretched", () => {
    const x = broadcastTo(f64([[1], [2]]), [3, 2, 4]);
    expectClose(numbers(op(x, { axes: [0, 2] })), groups(x, [0, 2]).map(of), 1e-13);
  });
});

describe.each(floats)("$name of floats", ({ name, op, of }) => {
  it("keeps float32, and rounds once", () => {
    const x = tensor([0.1, 0.7, 0.3, 1e-3, 3.3], { dtype: "float32" });
    expect(op(x).dtype).toBe("float32");
    expect(numbers(op(x))).toEqual([Math.fround(of(numbers(x)))]);
  });

  it("gives NaN where there is a NaN, and nowhere else", () => {
    expect(
      numbers(
        op(
          f64([
            [1, NaN, 3],
            [1, 2, 3],
          ]),
          { axes: 1 },
        ),
      ).map(Number.isNaN),
    ).toEqual([true, false]);
  });

  it("has the right first and second derivative in both modes, over any axes", () => {
    for (const axes of [[0], [1], [0, 2], [0, 1, 2], []]) {
      const constant = name === "std" && axes.length === 0;
      if (!constant) expectRightDerivatives((x) => op(x, { axes }), irregular([3, 2, 2]));
    }
    expectRightDerivatives((x) => op(transpose(x), { axes: 1, keepDims: true }), irregular([5, 2]));
  });

  it("is a method too, and takes axes alone", () => {
    const x = irregular([2, 3]);
    const methods: Record<string, (axes: number) => Tensor> = {
      sum: (axes) => x.sum(axes),
      mean: (axes) => x.mean(axes),
      prod: (axes) => x.prod([axes]),
      max: (axes) => x.max(axes),
      min: (axes) => x.min(axes),
      variance: (axes) => x.variance(axes),
      std: (axes) => x.std([axes]),
    };
    expect(methods[name]?.(1).toArray()).toEqual(op(x, { axes: 1 }).toArray());
  });
});

describe("empty axes", () => {
  const x = zeros([2, 0], { dtype: "float64" });

  it("have sum 0, product 1, and a mean and variance of NaN", () => {
    expect(numbers(sum(x, 1))).toEqual([0, 0]);
    expect(numbers(prod(x, 1))).toEqual([1, 1]);
    for (const op of [mean, variance, std]) expect(numbers(op(x, 1))).toEqual([NaN, NaN]);
    expect(numbers(any(cast(x, "bool"), 1))).toEqual([0, 0]);
    expect(numbers(all(cast(x, "bool"), 1))).toEqual([1, 1]);
  });

  it("have no largest or smallest element", () => {
    expect(() => max(x, 1)).toThrow(
      "max: got [2, 0] with the empty axis 1, expected elements to choose from",
    );
    for (const op of [max, min, argmax, argmin]) {
      expect(() => op(x)).toThrow(ShapeError);
      expect(op(x, 0).shape).toEqual([0]);
    }
  });

  it("leave nothing to differentiate, without an error", () => {
    for (const op of [sum, mean, prod, variance]) {
      expect(grad((y: Tensor) => sum(op(y, 1)))(x).shape).toEqual([2, 0]);
      expect(jvp((y: Tensor) => op(y, 1), [x], [x])[1].shape).toEqual([2]);
    }
  });
});

describe("dtypes", () => {
  const x = tensor(
    [
      [7, -2],
      [7, 2 ** 31 - 1],
    ],
    { dtype: "int32" },
  );

  it("int32 is summed, multiplied and compared; sums and products wrap around", () => {
    expect(numbers(sum(x, 1))).toEqual([5, -(2 ** 31) + 6]);
    expect(numbers(prod(x, 1))).toEqual([-14, Math.imul(7, 2 ** 31 - 1)]);
    expect(numbers(max(x, 0))).toEqual([7, 2 ** 31 - 1]);
    expect(numbers(min(x, 0))).toEqual([7, -2]);
    for (const op of [sum, prod, max, min, argmax]) expect(op(x).dtype).toBe("int32");
    expect(prod(full([5], 65_537, { dtype: "int32" })).item()).toBe(327_681); // (2¹⁶ + 1)⁵ mod 2³²
  });

  it("means are of floats, sums of numbers, any and all of bool", () => {
    for (const op of [mean, variance, std])
      expect(() => op(x)).toThrow("got int32, expected float32 or float64");
    for (const op of [sum, prod, max, min]) expect(() => op(tensor([true]))).toThrow(DtypeError);
    for (const op of [any, all]) expect(() => op(x)).toThrow(DtypeError);
  });

  it("any and all combine bool, and say which rows hold", () => {
    const b = tensor([
      [false, false],
      [true, false],
      [true, true],
    ]);
    expect(any(b, 1).toArray()).toEqual([false, true, true]);
    expect(all(b, 1).toArray()).toEqual([false, false, true]);
    expect(all(transpose(b), { axes: 0, keepDims: true }).toArray()).toEqual([[false, false, true]]);
    expect([any(b).toArray(), all(b).toArray(), any(b).dtype]).toEqual([true, false, "bool"]);
  });
});

describe("max and min", () => {
  const tied = f64([
    [1, 3, 3],
    [2, 2, 2],
  ]);

  it("share the gradient evenly among ties, and the tangent too", () => {
    expect(grad((x: Tensor) => sum(max(x, 1)))(tied).toArray()).toEqual([
      [0, 0.5, 0.5],
      [1 / 3, 1 / 3, 1 / 3],
    ]);
    expect(grad((x: Tensor) => min(x))(tied).toArray()).toEqual([
      [1, 0, 0],
      [0, 0, 0],
    ]);
    const [, tangent] = jvp(
      (x: Tensor) => max(x, 1),
      [tied],
      [
        f64([
          [5, 1, 2],
          [3, 0, 0],
        ]),
      ],
    );
    expect(numbers(tangent)).toEqual([1.5, 1]);
  });

  it("have no curvature, even at ties", () => {
    const second = grad((x: Tensor) => sum(grad((y: Tensor) => sum(mul(max(y, 1), max(y, 1))))(x)))(tied);
    expect(second.toArray()).toEqual([
      [0, 1, 1],
      [2 / 3, 2 / 3, 2 / 3],
    ]); // of m²: 2 m′², and nothing from m″
  });

  it("find infinities, and pass their gradient on", () => {
    const x = f64([-Infinity, Infinity, 3]);
    expect([max(x).item(), min(x).item()]).toEqual([Infinity, -Infinity]);
    expect(numbers(grad((y: Tensor) => max(y))(x))).toEqual([0, 1, 0]);
    expect(max(f64([-Infinity, -Infinity])).item()).toBe(-Infinity);
  });

  it("keep an infinite cotangent at the winner", () => {
    expect(numbers(grad((y: Tensor) => max(y).mul(Infinity))(f64([1, 2])))).toEqual([0, Infinity]);
  });
});

describe("argmax and argmin", () => {
  it("give the first of equals", () => {
    expect(
      numbers(
        argmax(
          f64([
            [1, 5, 5],
            [-Infinity, -Infinity, -Infinity],
          ]),
          1,
        ),
      ),
    ).toEqual([1, 0]);
    expect(
      numbers(
        argmin(
          f64([
            [5, 1, 1],
            [Infinity, Infinity, Infinity],
          ]),
          1,
        ),
      ),
    ).toEqual([1, 0]);
  });

  it("let the first NaN win, as NumPy does", () => {
    const x = f64([
      [3, NaN, NaN, 9],
      [NaN, 1, 2, 3],
    ]);
    expect(numbers(argmax(x, 1))).toEqual([1, 0]);
    expect(numbers(argmin(x, 1))).toEqual([1, 0]);
  });

  it("count in the row-major order of the reduced axes", () => {
    const x = reshape(tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), [2, 3, 2]);
    expect(numbers(argmax(x, [0, 1]))).toEqual([5, 5]);
    expect(numbers(argmax(x, [0, 2]))).toEqual([3, 3, 3]);
    expect(argmax(x).item()).toBe(11);
    expect(argmax(tensor([false, true, true])).item()).toBe(1);
  });

  it("carry no gradient", () => {
    const g = grad((x: Tensor) => sum(mul(x, cast(argmax(x), "float64"))))(f64([1, 5, 2]));
    expect(numbers(g)).toEqual([1, 1, 1]);
  });
});
