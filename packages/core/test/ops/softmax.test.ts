import {
  add,
  broadcastTo,
  exp,
  grad,
  jvp,
  log,
  logSoftmax,
  logSumExp,
  max,
  mul,
  permute,
  record,
  ShapeError,
  softmax,
  sub,
  sum,
  tensor,
  transpose,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import { describe, expect, it } from "vitest";
import { fixture } from "../../../../test/fixtures/index.js";
import { expectClose, expectRightDerivatives, f64, irregular, numbers, slopes } from "./derivatives.js";

type Attributes = Record<string, string | number | boolean | number[]>;

const axesOf = (attributes: Attributes): number[] => {
  const axes = attributes["dim"];
  return Array.isArray(axes) ? axes : [Number(axes)];
};

const ops: Record<string, (x: Tensor, attributes: Attributes) => Tensor> = {
  softmax: (x, attributes) => softmax(x, axesOf(attributes)[0]),
  log_softmax: (x, attributes) => logSoftmax(x, axesOf(attributes)[0]),
  logsumexp: (x, attributes) =>
    logSumExp(x, { axes: axesOf(attributes), keepDims: attributes["keepdim"] === true }),
};

const cases = fixture("ops").cases.filter(({ op }) => op in ops);

describe("PyTorch's values and gradients, also for logits around ±800", () => {
  it("are there for all three", () => {
    expect(new Set(cases.map(({ op }) => op)).size).toBe(3);
  });

  it.each(cases)("$op $attributes, case %#", ({ op, attributes, inputs, output, cotangent, gradients }) => {
    const fn = ops[op];
    if (fn === undefined) throw new Error(op);
    const x = f64(inputs["input"] ?? []);
    expectClose(numbers(fn(x, attributes)), numbers(f64(output)), 1e-13);
    const g = grad((y: Tensor) => sum(mul(fn(y, attributes), f64(cotangent))))(x);
    expectClose(numbers(g), numbers(f64(gradients["input"] ?? [])), 1e-12);
  });
});

describe("derivatives", () => {
  it("are right to second order in both modes, along any axis", () => {
    const x = irregular([3, 2, 2]).mul(3);
    for (const axis of [0, 1, -1]) {
      expectRightDerivatives((y) => softmax(y, axis), x);
      expectRightDerivatives((y) => logSoftmax(y, axis), x);
    }
    for (const axes of [[0], [1], [0, 2], [0, 1, 2], []])
      expectRightDerivatives((y) => logSumExp(y, { axes }), x);
    expectRightDerivatives((y) => logSumExp(y, { axes: 1, keepDims: true }), x);
  });

  it("of logSumExp are the softmax, to the last digit of float32 where the result is large", () => {
    const x = tensor([1000, 1001, 1003], { dtype: "float32" });
    expectClose(numbers(grad((y: Tensor) => logSumExp(y))(x)), numbers(softmax(x)), 1e-7);
    expectClose([sum(grad((y: Tensor) => logSumExp(y))(x)).item()], [1], 1e-7);
  });

  it("of a masked element are 0, and the others' are as without it", () => {
    const masked = f64([1, -Infinity, 3]);
    const without = f64([1, 3]);
    for (const op of [logSumExp, (y: Tensor) => max(logSoftmax(y)), (y: Tensor) => max(softmax(y))]) {
      const { first, second } = slopes((y) => exp(op(y)), masked);
      const expected = slopes((y) => exp(op(y)), without);
      for (const [got, want] of [
        [first, expected.first],
        [second, expected.second],
      ] as const) {
        expect(Math.abs(got[1] ?? NaN)).toBe(0);
        expectClose([got[0] ?? NaN, got[2] ?? NaN], want, 1e-14);
      }
    }
  });

  it("of logSumExp are 0 to any order where all elements are masked", () => {
    const x = f64([
      [-Infinity, -Infinity],
      [1, 2],
    ]);
    const f = (y: Tensor) => logSumExp(y, 1);
    const { first, second } = slopes(f, x);
    expect([...first.slice(0, 2), ...second.slice(0, 2)].map(Math.abs)).toEqual([0, 0, 0, 0]);
    expectClose(first.slice(2), numbers(softmax(f64([1, 2]))), 1e-15);
    const [, tangent] = jvp(
      f,
      [x],
      [
        f64([
          [1, 2],
          [1, 1],
        ]),
      ],
    );
    expectClose(numbers(tangent), [0, 1], 1e-15);
  });
});

describe("values", () => {
  it("are the textbook's", () => {
    const x = f64([1, 2, 3]);
    expectClose(numbers(softmax(x)), [0.09003057317038046, 0.24472847105479764, 0.6652409557748218], 1e-15);
    expectClose([logSumExp(x).item()], [3.40760596444438], 1e-15);
    expectClose(numbers(logSoftmax(x)), numbers(sub(x, logSumExp(x))), 1e-15);
    expectClose(numbers(logSoftmax(x)), numbers(log(softmax(x))), 1e-15);
  });

  it("do not change when a constant is added, and sum to 1", () => {
    const x = irregular([4, 5]).mul(5);
    expectClose(numbers(softmax(add(x, 1e4))), numbers(softmax(x)), 1e-11);
    expectClose(numbers(sum(softmax(x), 1)), [1, 1, 1, 1], 1e-15);
    expectClose(numbers(sub(logSumExp(add(x, 1e4), 1), 1e4)), numbers(logSumExp(x, 1)), 1e-11);
  });

  it("neither overflow nor lose the log of what underflows", () => {
    for (const dtype of ["float32", "float64"] as const) {
      const x = tensor([-1e4, 0, 1e4], { dtype });
      expect(numbers(softmax(x))).toEqual([0, 0, 1]);
      expect(numbers(logSoftmax(x))).toEqual([-2e4, -1e4, 0]);
      expect(logSumExp(x).item()).toBe(1e4);
      expect(softmax(x).dtype).toBe(dtype);
    }
  });

  it("count −Infinity for nothing; a row of nothing else is NaN, but −Infinity for logSumExp", () => {
    const x = f64([
      [0, -Infinity, 0],
      [-Infinity, -Infinity, -Infinity],
    ]);
    expect(numbers(softmax(x))).toEqual([0.5, 0, 0.5, NaN, NaN, NaN]);
    expect(numbers(logSoftmax(x))).toEqual([-Math.LN2, -Infinity, -Math.LN2, NaN, NaN, NaN]);
    expect(numbers(logSumExp(x, 1))).toEqual([Math.LN2, -Infinity]);
  });

  it("follow +Infinity and NaN in their own row only", () => {
    const x = f64([
      [0, Infinity],
      [0, NaN],
      [0, 0],
    ]);
    expect(numbers(logSumExp(x, 1))).toEqual([Infinity, NaN, Math.LN2]);
    expect(numbers(softmax(x)).slice(4)).toEqual([0.5, 0.5]);
    expect(numbers(softmax(x)).slice(2, 4)).toEqual([NaN, NaN]);
  });

  it("of nothing: logSumExp is −Infinity, the others are empty", () => {
    expect(numbers(logSumExp(zeros([2, 0]), 1))).toEqual([-Infinity, -Infinity]);
    expect(softmax(zeros([2, 0])).shape).toEqual([2, 0]);
    expect(logSoftmax(zeros([0, 3])).shape).toEqual([0, 3]);
  });

  it("are the same for strided and stretched views", () => {
    const x = irregular([3, 4, 2]);
    const view = permute(x, [2, 0, 1]);
    const copy = tensor(view.toTypedArray(), { shape: view.shape });
    for (const op of [softmax, logSoftmax, (y: Tensor) => logSumExp(y, [0, 2])]) {
      expect(op(permute(x, [2, 0, 1])).toArray()).toEqual(op(copy).toArray());
    }
    expect(softmax(broadcastTo(f64([[1], [2]]), [2, 4])).toArray()).toEqual([
      [0.25, 0.25, 0.25, 0.25],
      [0.25, 0.25, 0.25, 0.25],
    ]);
    expect(
      softmax(
        transpose(
          f64([
            [1, 2],
            [3, 4],
          ]),
        ),
        0,
      ).toArray(),
    ).toEqual(
      transpose(
        softmax(
          f64([
            [1, 2],
            [3, 4],
          ]),
          1,
        ),
      ).toArray(),
    );
  });
});

it("a tape holds one node for each, and the axes", () => {
  const { tape } = record((x: Tensor) => [softmax(x), logSoftmax(x, 0), logSumExp(x)], zeros([2, 3]));
  expect(tape.nodes.map(({ op, attrs }) => [op.name, attrs])).toEqual([
    ["softmax", { axes: [1] }],
    ["logSoftmax", { axes: [0] }],
    ["logSumExp", { axes: [0, 1], keepDims: false }],
  ]);
});

it("wrong axes and dtypes are named", () => {
  expect(() => softmax(f64(1))).toThrow(ShapeError);
  expect(() => softmax(f64([1, 2]), 1)).toThrow("softmax: got axis 1, expected −1 … 0");
  expect(() => logSoftmax(tensor([1, 2], { dtype: "int32" }))).toThrow("logSoftmax: got int32");
  expect(() => logSumExp(tensor([1, 2], { dtype: "int32" }))).toThrow("logSumExp: got int32");
});

it("the weights of logSumExp's tangent sum to 1 where the values are large, in float32 too", () => {
  const x = tensor([10_000, 10_000.001, 9_999.999]);
  const [, tangent] = jvp((t: Tensor) => logSumExp(t), [x], [tensor([1, 1, 1])]);
  expect(tangent.item()).toBeCloseTo(1, 6);
});
