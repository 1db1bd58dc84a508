import {
  cumsum,
  DtypeError,
  grad,
  mul,
  permute,
  ShapeError,
  sum,
  tensor,
  transpose,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fixture } from "../../../../test/fixtures/index.js";
import { expectClose, expectRightDerivatives, f64, irregular, numbers } from "./derivatives.js";

const directions = [
  { reverse: false, exclusive: false, of: [1, 3, 6, 10] },
  { reverse: true, exclusive: false, of: [10, 9, 7, 4] },
  { reverse: false, exclusive: true, of: [0, 1, 3, 6] },
  { reverse: true, exclusive: true, of: [9, 7, 4, 0] },
];

describe.each(directions)("cumsum, reverse $reverse, exclusive $exclusive", ({ of, ...options }) => {
  it("adds up in its direction", () => {
    expect(numbers(cumsum(f64([1, 2, 3, 4]), 0, options))).toEqual(of);
  });

  it("has the right derivatives in both modes, along any axis", () => {
    for (const axis of [0, 1, -1])
      expectRightDerivatives((x) => cumsum(mul(x, x), axis, options), irregular([2, 3, 2]));
  });

  it("is the product with a triangular matrix, along any axis of any view", () => {
    const keeps = (i: number, j: number): boolean =>
      (options.reverse ? j >= i : j <= i) && !(options.exclusive && i === j);
    const views = fc
      .record({
        shape: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
        seed: fc.nat(1000),
      })
      .chain(({ shape, seed }) =>
        fc.record({
          shape: fc.constant(shape),
          seed: fc.constant(seed + 1),
          axis: fc.nat(shape.length - 1),
          order: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
        }),
      );
    fc.assert(
      fc.property(views, ({ shape, seed, axis, order }) => {
        const x = permute(irregular(shape, seed), order);
        const last = [...x.shape.keys()].filter((i) => i !== axis).concat(axis);
        const n = x.shape[axis] ?? 0;
        const rows = numbers(permute(x, last));
        const expected = rows.map((_, k) => {
          const [row, i] = [Math.floor(k / n) * n, k % n];
          return rows.slice(row, row + n).reduce((total, v, j) => (keeps(i, j) ? total + v : total), 0);
        });
        expectClose(numbers(permute(cumsum(x, axis, options), last)), expected, 1e-14);
      }),
      { numRuns: 40 },
    );
  });
});

it.each(fixture("ops").cases.filter(({ op }) => op === "cumsum"))(
  "cumsum has PyTorch's values and gradients, $attributes",
  ({ attributes, inputs, output, cotangent, gradients }) => {
    const axis = Number(attributes["dim"]);
    const x = f64(inputs["input"] ?? []);
    expectClose(numbers(cumsum(x, axis)), numbers(f64(output)), 1e-15);
    const g = grad((y: Tensor) => sum(mul(cumsum(y, axis), f64(cotangent))))(x);
    expectClose(numbers(g), numbers(f64(gradients["input"] ?? [])), 1e-15);
  },
);

it("cumsum wraps int32 around, adds float32 up in float64, and takes empty tensors", () => {
  const whole = tensor([2 ** 31 - 1, 1, 1], { dtype: "int32" });
  expect(cumsum(whole, 0).dtype).toBe("int32");
  expect(numbers(cumsum(whole, 0))).toEqual([2 ** 31 - 1, -(2 ** 31), -(2 ** 31) + 1]);
  const tiny = tensor([2 ** 24, 1, 1], { dtype: "float32" });
  expect(numbers(cumsum(tiny, 0))).toEqual([2 ** 24, 2 ** 24, 2 ** 24 + 2]);
  expect(cumsum(zeros([2, 0]), 1).shape).toEqual([2, 0]);
  expect(cumsum(zeros([0, 2]), 1).shape).toEqual([0, 2]);
  expect(
    transpose(
      f64([
        [1, 2],
        [3, 4],
      ]),
    )
      .cumsum(0)
      .toArray(),
  ).toEqual([
    [1, 3],
    [3, 7],
  ]);
});

it("cumsum leaves infinities where they belong: no difference is ever taken", () => {
  expect(numbers(cumsum(f64([1, Infinity, 2]), 0, { exclusive: true }))).toEqual([0, 1, Infinity]);
  expect(numbers(cumsum(f64([1, NaN, 2]), 0))).toEqual([1, NaN, NaN]);
});

it("cumsum names a wrong axis or dtype", () => {
  expect(() => cumsum(f64(1), 0)).toThrow(ShapeError);
  expect(() => cumsum(f64([1]), 1)).toThrow("cumsum: got axis 1, expected −1 … 0");
  expect(() => cumsum(tensor([true]), 0)).toThrow(DtypeError);
});
