import {
  abs,
  add,
  customGradient,
  gather,
  max,
  maximum,
  min,
  mul,
  neg,
  relu,
  reshape,
  square,
  sub,
  sum,
  tensor,
  where,
  greater,
  type Tensor,
} from "@tapeloop/core";
import { gradcheck, type Verdict } from "@tapeloop/check";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const vector = (...values: number[]): Tensor => tensor(values, { dtype: "float64" });
const seeds = [0, 1, 2, 3, 4, 5, 6, 7];

/** The function with a constant gradient in the place of its own. */
function claiming(f: (x: Tensor) => Tensor, gradient: readonly number[]): (x: Tensor) => Tensor {
  return customGradient(f, { vjp: (dy) => [mul(dy, vector(...gradient))] });
}

function verdictsOf(
  f: (x: Tensor) => Tensor,
  at: readonly number[],
  gradient: readonly number[],
  tried = seeds,
): Set<Verdict> {
  const check = (seed: number): Verdict =>
    gradcheck(claiming(f, gradient), [vector(...at)], { mode: "reverse", seed }).verdict;
  return new Set(tried.map(check));
}

type Case = readonly [
  name: string,
  f: (x: Tensor) => Tensor,
  at: readonly number[],
  gradient: readonly number[],
];

describe("where several entries tie, a gradient that no neighbour has fails for every seed", () => {
  const wrong: readonly Case[] = [
    ["max: none of the tied entries gets a share", (x) => max(x), [2, 2, 1], [0, 0, 0]],
    ["max: all of them get all", (x) => max(x), [2, 2, 1], [1, 1, 0]],
    ["max: shares that add up to less than 1", (x) => max(x), [2, 2, 2, 1], [0.25, 0.25, 0.25, 0]],
    ["min: none of them", (x) => min(x), [1, 3, 1], [0, 0, 0]],
    ["a negative max", (x) => neg(max(x)), [2, 1, 2], [0, 0, 0]],
    ["max beside a smooth term", (x) => add(max(x), sum(square(x))), [1, 1], [2, 2]],
    ["max of entries of different weight", (x) => max(mul(x, vector(2, 3))), [3, 2], [0, 0]],
    [
      "max of entries of different weight, shares that do not add up",
      (x) => max(mul(x, vector(2, 3))),
      [3, 2],
      [1.9, 0.3],
    ],
    ["max of an entry and a negative one", (x) => max(mul(x, vector(1, -1))), [1, -1], [0.2, -0.2]],
    [
      "maximum of two parts",
      (x) => sum(maximum(picked(x, 0, 1), picked(x, 2, 3))),
      [1, 1, 1, 1],
      [0.5, 0, 0, 1],
    ],
    ["max over overlapping windows", windows, [2, 2, 2], [0, 0, 0]],
    ["max by rows", (x) => sum(max(reshape(x, [2, 2]), { axes: [1] })), [2, 2, 3, 3], [0.5, 0.5, 0, 0]],
  ];
  test.each(wrong)("%s", (_name, f, at, gradient) => {
    expect(verdictsOf(f, at, gradient)).toEqual(new Set(["fail"]));
  });
});

describe("where several entries tie, a gradient between those of its neighbours passes", () => {
  const right: readonly Case[] = [
    ["max: even shares", (x) => max(x), [2, 2, 1], [0.5, 0.5, 0]],
    ["max: the first takes all", (x) => max(x), [2, 2, 1], [1, 0, 0]],
    ["max: the last takes all", (x) => max(x), [2, 2, 1], [0, 1, 0]],
    ["max: uneven shares", (x) => max(x), [2, 2, 2], [0.1, 0.7, 0.2]],
    ["min: one takes all", (x) => min(x), [1, 3, 1], [0, 0, 1]],
    ["max of entries of different weight", (x) => max(mul(x, vector(2, 3))), [3, 2], [1, 1.5]],
    ["max over overlapping windows", windows, [2, 2, 2], [1, 0, 1]],
    ["relus of different signs: 0", (x) => sum(mul(relu(x), vector(1, -1))), [0, 0], [0, 0]],
    ["relus of different signs: 1", (x) => sum(mul(relu(x), vector(1, -1))), [0, 0], [1, -1]],
    ["relus of different signs: mixed", (x) => sum(mul(relu(x), vector(1, -1))), [0, 0], [1, 0]],
    ["relus: a half", (x) => sum(relu(x)), [0, 0, 1], [0.5, 0.5, 1]],
    ["abs", (x) => sum(abs(x)), [0, 0], [-1, 0.3]],
    [
      "the difference of two",
      (x) => sum(abs(sub(x, tensor([[1], [1]], { dtype: "float64" })))),
      [1, 1],
      [0, 2],
    ],
    ["where", (x) => sum(where(greater(x, 0), mul(x, 2), mul(x, 3))), [0, 0], [2, 3]],
    ["the larger of two sums", (x) => maximum(sum(relu(x)), mul(2, sum(x))), [0, 0], [1, 1]],
  ];
  test.each(right)("%s", (_name, f, at, gradient) => {
    expect(verdictsOf(f, at, gradient)).toEqual(new Set(["pass"]));
  });

  test("the library's own, in both sweeps and in double-double", () => {
    const f = (x: Tensor): Tensor => sum(mul(max(reshape(x, [2, 3]), { axes: [1] }), vector(1, -2)));
    const at = vector(2, 2, 1, 5, 5, 5);
    for (const seed of seeds) expect(gradcheck(f, [at], { seed }).verdict).toBe("pass");
    expect(gradcheck(f, [at], { precision: "dd" }).verdict).toBe("pass");
  });

  test("for ties of any number, among any others", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 6 }),
        fc.nat(99),
        (at, seed) => {
          const x = vector(...at);
          expect(gradcheck((v: Tensor) => max(v), [x], { seed }).verdict).toBe("pass");
          const none = claiming(
            (v) => max(v),
            at.map(() => 0),
          );
          expect(gradcheck(none, [x], { seed, mode: "reverse" }).verdict).toBe("fail");
        },
      ),
      { numRuns: 25 },
    );
  });
});

test("ties between two inputs are looked at together, too", () => {
  const f = customGradient((a: Tensor, b: Tensor) => maximum(a, b), {
    vjp: (dy) => [mul(dy, 0), mul(dy, 0)],
  });
  for (const seed of seeds) {
    expect(gradcheck(f, [vector(1, 4), vector(1, 3)], { mode: "reverse", seed }).verdict).toBe("fail");
  }
});

test("in double-double wrong shares among ties fail as well", () => {
  // A replay of the sweep needs the rule itself, which a custom gradient's is.
  const f = claiming((x) => max(x), [0, 0, 0]);
  for (const seed of [0, 1, 2]) {
    const report = gradcheck(f, [vector(2, 2, 1)], { mode: "reverse", precision: "dd", seed });
    expect(report.verdict).toBe("fail");
  }
});

test("the report says which entries moved together", () => {
  const report = gradcheck(
    claiming((x) => max(x), [0, 0, 0]),
    [vector(2, 2, 1)],
    { mode: "reverse" },
  );
  expect(String(report)).toMatch(
    /^gradcheck failed at 2 entries that tie: inputs\[0\] \[0\], inputs\[0\] \[1\]/,
  );
});

function picked(x: Tensor, ...at: readonly number[]): Tensor {
  return gather(x, tensor(at, { dtype: "int32" }), 0);
}

/** max(x₀, x₁) + max(x₁, x₂). */
function windows(x: Tensor): Tensor {
  return add(max(picked(x, 0, 1)), max(picked(x, 1, 2)));
}
