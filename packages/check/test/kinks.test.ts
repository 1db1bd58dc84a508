import {
  abs,
  add,
  apply,
  cast,
  clip,
  defineOp,
  floor,
  greater,
  max,
  maximum,
  mul,
  neg,
  relu,
  round,
  scan,
  sign,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  tensor,
  timeStep,
  scope,
  where,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import { gradcheck } from "@tapeloop/check";
import { describe, expect, test } from "vitest";

const f64 = { dtype: "float64" } as const;
const vector = (...values: number[]): Tensor => tensor(values, f64);

/** The same values; the derivative is multiplied by a factor. */
function scaled(factor: number): (x: Tensor) => Tensor {
  const op = defineOp<readonly [Tensor]>({
    name: "scaled",
    shape: ([x]) => x,
    forward: ([x]) => x.toTypedArray(),
    vjp: (dy) => [() => mul(dy, factor)],
    jvp: ([dx]) => [() => mul(factor, dx)],
  });
  return (x) => apply(op, [x], {});
}

describe("a kink beside the point", () => {
  test.each([1e-1, 1e-3, 1e-5, 1e-7, -1e-7, -1e-9])("at a distance of %s is kept out of the steps", (x) => {
    const curved = (v: Tensor): Tensor => relu(add(v, square(v)));
    expect(gradcheck(curved, [vector(x)]).verdict).toBe("pass");
    expect(gradcheck((v: Tensor) => scaled(1.01)(curved(v)), [vector(Math.max(x, 0.1))]).verdict).toBe(
      "fail",
    );
  });

  test("is reported with its operation, place, element and distance", () => {
    const f = (v: Tensor): Tensor => scope("cell", () => timeStep(3, () => relu(mul(v, v))));
    const g = (v: Tensor): Tensor => f(sub(v, 1));
    const { all } = gradcheck((v: Tensor) => add(g(v), relu(v)), [vector(5, 0.01)]);
    const found = all.find(({ isDirection, index }) => !isDirection && index[0] === 1);
    expect(found?.kinks).toEqual([
      {
        op: "relu",
        where: "",
        timeStep: undefined,
        index: [1],
        distance: expect.closeTo(0.0125, 10) as number,
      },
    ]);
  });

  test("inside a scan is seen at its time step", () => {
    const xs = vector(1, 1, 0.02, 1);
    const f = (x: Tensor): Tensor =>
      scan((h: Tensor, xt: Tensor) => [tanh(add(h, relu(xt))), null] as const, zeros([], f64), x)[0];
    const report = gradcheck(f, [xs]);
    expect(report.pass).toBe(true);
    const found = report.all.find(({ isDirection, index }) => !isDirection && index[0] === 2);
    expect(found?.kinks[0]).toMatchObject({ op: "relu", timeStep: 2, where: "t = 2" });
  });

  test("made by JavaScript itself is seen", () => {
    const f = (v: Tensor): Tensor => (sum(v).item() > 0 ? square(v) : mul(v, 3));
    expect(gradcheck(f, [vector(1e-4)]).verdict).toBe("pass");
    expect(gradcheck(f, [vector(-1e-4)]).verdict).toBe("pass");
  });

  test("so close that nothing can be measured is inconclusive, and the report says what to do", () => {
    const report = gradcheck((v: Tensor) => add(1e3, clip(v, 0, 2e-12)), [vector(1e-12)]);
    expect(report.verdict).toBe("inconclusive");
    expect(String(report)).toMatch(/a kink of clip \(element \[0\]\) lies.*move the point off the kink/);
  });
});

describe("a point on a kink", () => {
  const cases: [string, (x: Tensor) => Tensor, Tensor][] = [
    ["relu", relu, vector(0)],
    ["abs", abs, vector(0)],
    ["clip", (x) => clip(x, -1, 1), vector(1, -1)],
    ["maximum", (x) => maximum(x, 2), vector(2)],
    ["max", (x) => max(x), vector(1, 1, 1)],
    ["where", (x) => where(greater(x, 0), mul(x, 2), mul(x, 3)), vector(0)],
    ["a max whose gradient is curved", (x) => tanh(maximum(square(x), x)), vector(1, 0)],
  ];
  test.each(cases)("passes when the derivative lies between both sides: %s", (_name, f, x) => {
    const report = gradcheck(f, [x]);
    expect(String(report)).toMatch(/^gradcheck passed[^]*on a kink lie between/);
    expect(report.all.some(({ sides, kinks }) => sides && kinks[0]?.distance === 0)).toBe(true);
  });

  test.each(cases)("fails when it does not: %s", (_name, f, x) => {
    const report = gradcheck((v: Tensor) => add(f(v), sub(scaled(9)(v), v)), [x]);
    expect(report.verdict).toBe("fail");
    expect(String(report)).toMatch(/left derivative is .*the right one .*outside of them/);
  });

  test("reports both one-sided derivatives", () => {
    const { all } = gradcheck((v: Tensor) => mul(relu(v), 3), [vector(0)]);
    const [left = NaN, right = NaN] = all.find(({ isDirection }) => !isDirection)?.sides ?? [];
    expect(left).toBeCloseTo(0, 12);
    expect(right).toBeCloseTo(3, 12);
  });

  test("is none where both branches have the same slope, or the boundary is never left", () => {
    expect(gradcheck((v: Tensor) => relu(square(v)), [vector(0)]).pass).toBe(true);
    expect(gradcheck((v: Tensor) => maximum(v, v), [vector(0.3)]).pass).toBe(true);
    expect(gradcheck((v: Tensor) => mul(v, abs(v)), [vector(0)]).pass).toBe(true);
    expect(gradcheck((v: Tensor) => relu(mul(v, 0)), [vector(0.5)], { order: 2 }).pass).toBe(true);
  });

  test("fails where the library's convention is not the derivative: relu(x) − relu(−x) is x", () => {
    const report = gradcheck((v: Tensor) => sub(relu(v), relu(neg(v))), [vector(0)]);
    expect(report.verdict).toBe("fail");
  });

  test("is no false alarm along directions that mix both sides", () => {
    const f = (v: Tensor): Tensor => sum(mul(relu(v), vector(1, -1, 1, -1)));
    for (let seed = 0; seed < 20; seed++) {
      expect(gradcheck(f, [vector(0, 0, 0, 0)], { seed }).pass).toBe(true);
      expect(gradcheck(f, [vector(0, 0, 0, 0)], { seed, maxEntries: 2 }).verdict).not.toBe("fail");
    }
  });

  test("has no derivative when the function jumps", () => {
    for (const f of [sign, floor, (v: Tensor) => cast(cast(v, "int32"), "float64")]) {
      expect(gradcheck((v: Tensor) => add(v, f(v)), [vector(f === sign ? 0 : 1)]).verdict).toBe(
        "inconclusive",
      );
    }
    expect(gradcheck((v: Tensor) => add(v, round(v)), [vector(1.5)]).verdict).toBe("inconclusive");
  });

  test("has no second derivative, but near it there is one", () => {
    expect(gradcheck((v: Tensor) => relu(v), [vector(0)], { order: 2 }).verdict).toBe("inconclusive");
    for (const x of [1e-3, -1e-6]) {
      const f = (v: Tensor): Tensor => square(relu(v));
      expect(gradcheck(f, [vector(x)], { order: 2 }).pass).toBe(true);
    }
    expect(gradcheck((v: Tensor) => max(square(v)), [vector(1, 2, 3)], { order: 2 }).pass).toBe(true);
  });
});

test("a function that oscillates below the steps is not called wrong", () => {
  const op = defineOp<readonly [Tensor]>({
    name: "rippled",
    shape: ([x]) => x,
    forward: ([x]) => x.toTypedArray().map((v) => Math.sin(v) + 1e-9 * Math.sin(1e9 * v)),
    vjp: (dy, [x]) => [() => mul(dy, slope(x))],
    jvp: ([dx], [x]) => [() => mul(slope(x), dx)],
  });
  const slope = (x: Tensor): Tensor =>
    tensor(
      x.toTypedArray().map((v) => Math.cos(v) + Math.cos(1e9 * v)),
      { shape: x.shape },
    );
  for (const x of [0.3, 0.7, 1.1, 1.9]) {
    const report = gradcheck((v: Tensor) => apply(op, [v], {}), [vector(x)]);
    expect(report.verdict).not.toBe("fail");
    expect(gradcheck((v: Tensor) => sqrt(scaled(1.00001)(v)), [vector(x)]).verdict).toBe("fail");
  }
});
