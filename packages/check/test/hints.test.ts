import { add, customGradient, matmul, mul, sum, tanh, tensor, transpose, type Tensor } from "@tapeloop/core";
import { gradcheck } from "@tapeloop/check";
import { describe, expect, it } from "vitest";

const f64 = { dtype: "float64" } as const;
const w = tensor(
  [
    [0.3, -0.2, 0.5],
    [0.7, 0.1, -0.4],
    [-0.6, 0.9, 0.2],
  ],
  f64,
);
const x = tensor([[0.4, -1.1, 0.8]], f64);

/** tanh(x·w), with a gradient of w that is spoilt. */
function spoilt(spoil: (dw: Tensor) => Tensor): (w: Tensor) => Tensor {
  return customGradient((v: Tensor) => tanh(matmul(x, v)), {
    vjp: (dy, [v], y) => [spoil(matmul(transpose(x), mul(dy, y.square().neg().add(1)))).add(mul(v, 0))],
  });
}

/** The hints about a function of w. */
function hints(fn: (w: Tensor) => Tensor): readonly string[] {
  return gradcheck(fn, [w], { mode: "reverse" }).hints;
}

describe("the pattern of the wrong entries is told", () => {
  it.each<readonly [string, (dw: Tensor) => Tensor, RegExp]>([
    ["a term that is added twice", (d) => mul(d, 2), /^inputs\[0\]: every entry twice the right value/],
    ["a wrong sign", (d) => mul(d, -1), /every entry with the wrong sign/],
    ["a missing use", (d) => mul(d, 0.5), /every entry half of the right value/],
    ["a mean's factor", (d) => mul(d, 3), /every entry 3 times the right value.*1 \/ n/],
    ["a cut gradient", (d) => mul(d, 0), /the analytic gradient is 0 everywhere: .*stopGradient/],
    ["a transpose", (d) => transpose(d), /its transpose would be right/],
    [
      "a part that is cut",
      (d) => mul(d, tensor([[1, 1, 0]], f64)),
      /3 of 9 entries have gradient 0: is a term missing/,
    ],
  ])("%s", (_name, spoil, expected) => {
    expect(hints(spoilt(spoil))).toEqual([expect.stringMatching(expected)]);
  });

  it("two gradients that are swapped", () => {
    const product = customGradient((a: Tensor, b: Tensor) => mul(a, b), {
      vjp: (dy, [a, b]) => [mul(dy, a), mul(dy, b)],
    });
    const { hints: found } = gradcheck(product, [tensor([2, 3], f64), tensor([5, 7], f64)], {
      mode: "reverse",
    });
    expect(found).toEqual([expect.stringMatching(/^inputs\[0\] and inputs\[1\] have each other's gradient/)]);
  });

  it("in the text of the report, too", () => {
    const report = gradcheck(
      spoilt((d) => mul(d, 2)),
      [w],
      { mode: "reverse" },
    );
    expect(String(report)).toContain(
      "  hint: inputs[0]: every entry twice the right value: is a term added twice?",
    );
  });
});

describe("nothing is told", () => {
  it("of a right gradient", () => {
    expect(hints((v) => tanh(matmul(x, v)))).toEqual([]);
  });

  it("of errors without a pattern", () => {
    const noise = tensor(
      [
        [0.1, -0.3, 0.2],
        [0.5, 0.2, -0.1],
        [-0.2, 0.4, 0.7],
      ],
      f64,
    );
    expect(hints(spoilt((d) => add(d, noise)))).toEqual([]);
    expect(hints((v) => sum(spoilt((d) => mul(d, add(noise, 1)))(v)))).toEqual([]);
  });
});
