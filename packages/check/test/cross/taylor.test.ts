import {
  add,
  exp,
  log,
  matmul,
  mul,
  normal,
  randomKey,
  relu,
  sigmoid,
  sin,
  square,
  sub,
  sum,
  tanh,
  tensor,
  type Tensor,
} from "@tapeloop/core";
import { describe, expect, test } from "vitest";
import { taylorTest } from "../../src/cross/taylor.js";
import { f64, x } from "./fixtures.js";
import { wrongCustom, wrongOp } from "./wrong.js";

const draw = (seed: number, shape: readonly number[]): Tensor => normal(randomKey(seed), shape, f64);

describe("a right gradient", () => {
  test("leaves a remainder of rate 2, beside rate 1 without it", () => {
    const report = taylorTest((t: Tensor) => sum(tanh(matmul(t, t))), [x]);
    expect(report).toMatchObject({ pass: true, verdict: "pass", sees: 1e-5 });
    for (const { rates } of report.lines) {
      expect(rates.without).toBeCloseTo(1, 1);
      expect(rates.with).toBeCloseTo(2, 1);
    }
    expect(String(report)).toMatch(/^taylor test passed: .* rate 2\.0/);
    expect(String(report)).toMatch(/relative errors of ⟨∇f, v⟩ from 1\.0e-5 on are seen/);
  });

  test("never fails a smooth function, over many seeds", () => {
    const functions = [
      (a: Tensor, b: Tensor) => tanh(matmul(a, b)),
      (a: Tensor, b: Tensor) => sum(mul(exp(a), sigmoid(b))),
      (a: Tensor, b: Tensor) => add(square(a), sin(mul(b, 3))),
      (a: Tensor, b: Tensor) => sum(square(sub(a, b))),
      (a: Tensor, b: Tensor) => mul(add(a, mul(b, 1e4)), 1e-3),
    ];
    const verdicts = new Map<string, number>();
    for (let seed = 0; seed < 60; seed++) {
      functions.forEach((fn) => {
        const inputs: [Tensor, Tensor] = [draw(seed, [3, 3]), draw(seed + 1000, [3, 3])];
        const { verdict } = taylorTest(fn, inputs, { seed, probes: 2 });
        verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      });
    }
    expect(Object.fromEntries(verdicts)).toEqual({ pass: 300 });
  }, 60_000);

  test("passes where the remainder is pure rounding: linear, constant, and zero functions", () => {
    const linear = taylorTest((t: Tensor) => sum(mul(t, 3)), [x]);
    expect(linear.pass).toBe(true);
    expect(linear.reason).toMatch(/pure rounding: the function is linear/);
    expect(linear.lines.every(({ rates }) => Number.isNaN(rates.with))).toBe(true);
    expect(taylorTest((t: Tensor) => mul(t, 0), [x]).reason).toMatch(/does not change/);
    expect(taylorTest((t: Tensor) => add(sub(t, t), 1e9), [x]).pass).toBe(true);
  });

  test("passes close to the end of the domain, with the steps that fit", () => {
    expect(taylorTest((t: Tensor) => log(t), [tensor([0.02, 1], f64)]).pass).toBe(true);
  });

  test("passes in forward mode, for parts of 1e12 and 1e-12, and for float32 on request", () => {
    expect(taylorTest((t: Tensor) => tanh(t), [x], { mode: "forward" }).pass).toBe(true);
    for (const factor of [1e12, 1e-12])
      expect(taylorTest((t: Tensor) => mul(tanh(t), factor), [x]).pass).toBe(true);
    expect(taylorTest((t: Tensor) => tanh(t), [tensor([1, 2])], { promote: true }).pass).toBe(true);
  });
});

describe("a wrong gradient", () => {
  test.each([1 + 1e-3, 1 + 1e-4, -1, 2, 0, NaN])("fails: factor %s", (factor) => {
    for (const wrong of [wrongOp(factor), wrongCustom(factor)]) {
      for (let seed = 0; seed < 5; seed++) {
        const report = taylorTest((t: Tensor) => square(wrong(t)), [x], { seed });
        expect(report.verdict).toBe("fail");
        expect(String(report)).toMatch(/^taylor test failed/);
      }
    }
  });

  test("of 1e-3 has its size measured", () => {
    const report = taylorTest(wrongOp(1.001), [x]);
    expect(report.reason).toMatch(/keeps rate 1: ⟨∇f, v⟩ is off by (9\.\de-4|1\.0e-3), relative/);
    const [worst] = report.lines.filter(({ verdict }) => verdict === "fail");
    expect(worst?.rates.with).toBeCloseTo(1, 1);
  });

  test("in forward mode fails there", () => {
    expect(taylorTest(wrongOp(1.001), [x], { mode: "forward" }).verdict).toBe("fail");
  });
});

describe("what decides nothing", () => {
  test("is inconclusive: a kink, an empty tensor, a result that is not finite", () => {
    expect(taylorTest((t: Tensor) => relu(sub(t, x)), [x]).reason).toMatch(/a kink/);
    expect(taylorTest((t: Tensor) => relu(sub(t, x)), [x]).verdict).toBe("inconclusive");
    expect(taylorTest((t: Tensor) => t, [tensor(new Float64Array(0), f64)]).verdict).toBe("inconclusive");
    expect(taylorTest((t: Tensor) => log(sub(t, 9)), [x])).toMatchObject({
      pass: false,
      verdict: "inconclusive",
    });
  });

  test("is refused: no function, no float64, NaN, bad options", () => {
    expect((): unknown => Reflect.apply(taylorTest, undefined, ["f", [x]])).toThrow(
      /taylorTest: got string, expected/,
    );
    expect(() => taylorTest((t: Tensor) => t, [tensor([1])])).toThrow(/float32/);
    expect(() => taylorTest((t: Tensor) => t, [tensor([1], { dtype: "int32" })])).toThrow(
      /no float64 tensor/,
    );
    expect(() => taylorTest((t: Tensor) => t, [tensor([1, NaN], f64)])).toThrow(/inputs\[0\] holds NaN/);
    for (const options of [{ rtol: 0 }, { probes: 0 }, { steps: 1.5 }, { seed: NaN }])
      expect(() => taylorTest((t: Tensor) => t, [x], options)).toThrow(/taylorTest: got/);
  });
});

test("the plot is a self-contained SVG with both curves, for every verdict", () => {
  for (const fn of [
    (t: Tensor) => sum(tanh(t)),
    (t: Tensor) => sum(t),
    wrongOp(2),
    (t: Tensor) => mul(t, 0),
  ]) {
    const svg = taylorTest(fn, [x]).toSvg();
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg).toMatch(/prefers-color-scheme: dark/);
    expect(svg).not.toMatch(/NaN|Infinity|undefined|href|<script/);
    expect(svg.trim().endsWith("</svg>")).toBe(true);
  }
});
