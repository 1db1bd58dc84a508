import { compareGradients, assertCompareGradients } from "../../src/cross/compare-gradients.js";
import {
  apply,
  customGradient,
  defineOp,
  mul,
  relu,
  sin,
  square,
  sub,
  sum,
  tanh,
  tensor,
  type Tensor,
} from "@tapeloop/core";
import { describe, expect, test } from "vitest";
import { f64 } from "./fixtures.js";

const x = tensor([0.5, -1.25, 2], f64);
const y = tensor([[1.5, -0.5, 0.25]], f64);
const loss = (a: Tensor, b: Tensor): Tensor => sum(mul(square(a), sin(b)));
const hand = (a: Tensor, b: Tensor): [number[], Float64Array] => {
  const [u, v] = [a.toTypedArray(), b.toTypedArray()];
  const at = (k: number): [number, number] => [Number(u[k]), Number(v[k])];
  const by = (fn: (p: number, q: number) => number): number[] => [0, 1, 2].map((k) => fn(...at(k)));
  return [by((p, q) => 2 * p * Math.sin(q)), Float64Array.from(by((p, q) => p * p * Math.cos(q)))];
};

/** The same values; the tape's gradient is `factor` times the right one at one element. */
function wrongRule(factor: number, position: number): (t: Tensor) => Tensor {
  const factors = Float64Array.of(1, 1, 1).fill(factor, position, position + 1);
  const op = defineOp<readonly [Tensor]>({
    name: "wrong",
    shape: ([t]) => t,
    forward: ([t]) => t.toTypedArray(),
    vjp: (dy) => [() => mul(dy, tensor(factors, f64))],
    jvp: ([dt]) => [() => mul(tensor(factors, f64), dt)],
  });
  return (t) => apply(op, [t], {});
}

describe("three ways to one gradient", () => {
  test("all agree for a right formula, given as a tuple, a map, or trees", () => {
    const report = compareGradients(hand, loss, [x, y]);
    expect(report).toMatchObject({ pass: true, blame: "none", numericEntries: 6, missing: [], wrong: [] });
    const asMap = (a: Tensor, b: Tensor) => {
      const [ga, gb] = hand(a, b);
      return new Map([
        ["inputs[0]", ga],
        ["[1]", [...gb]],
      ]);
    };
    expect(compareGradients(asMap, loss, [x, y]).pass).toBe(true);
    const tree = ({ p }: { p: { w: Tensor }[] }) => ({ p: p.map(({ w }) => ({ w: hand(w, y)[0] })) });
    const treeLoss = ({ p }: { p: { w: Tensor }[] }): Tensor =>
      sum(mul(square(p[0]?.w ?? x), sin(tensor(y.data.slice(), f64))));
    expect(compareGradients(tree, treeLoss, [{ p: [{ w: x }] }]).pass).toBe(true);
  });

  test.each([1 + 1e-6, -1, 2, 0])("a wrong hand formula is named: factor %s at one entry", (factor) => {
    const wrong = (a: Tensor, b: Tensor) => {
      const [ga, gb] = hand(a, b);
      return [ga, gb.with(1, (gb[1] ?? 0) * factor)];
    };
    const report = compareGradients(wrong, loss, [x, y]);
    expect(report).toMatchObject({ verdict: "fail", blame: "hand" });
    expect(report.wrong).toHaveLength(1);
    expect(report.wrong[0]).toMatchObject({ path: "inputs[1]", index: [0, 1], blame: "hand" });
    expect(String(report)).toMatch(/the hand formula is wrong: tape and numeric agree/);
    expect(() => assertCompareGradients(wrong, loss, [x, y])).toThrow(/hand formula is wrong/);
  });

  test.each([1 + 1e-6, -1, 2, 0])("a wrong rule of the tape is named: factor %s at one entry", (factor) => {
    const wrong = wrongRule(factor, 2);
    const report = compareGradients(hand, (a: Tensor, b: Tensor) => loss(wrong(a), b), [x, y]);
    expect(report).toMatchObject({ verdict: "fail", blame: "tape" });
    expect(report.wrong.map(({ path, index }) => [path, ...index])).toEqual([["inputs[0]", 2]]);
    const custom = customGradient((a: Tensor) => square(a), {
      vjp: (dy, [a]) => [mul(mul(dy, a), 2 * factor)],
    });
    const other = compareGradients(hand, (a: Tensor, b: Tensor) => sum(mul(custom(a), sin(b))), [x, y]);
    expect(other.blame).toBe("tape");
    expect(other.wrong).toHaveLength(3);
  });

  test("when all three differ it says so", () => {
    const wrong = wrongRule(3, 0);
    const report = compareGradients(
      (a: Tensor, b: Tensor) => hand(a, b).map((g) => g.map((v) => 2 * v)),
      (a: Tensor, b: Tensor) => loss(wrong(a), b),
      [x, y],
    );
    expect(report).toMatchObject({ verdict: "fail", blame: "all" });
  });

  test("a kink, or one mistake in both, is inconclusive: the numeric value alone differs", () => {
    const kink = compareGradients(
      () => [[0, 0, 0]],
      (a: Tensor) => sum(relu(sub(a, x))),
      [x],
    );
    expect(kink).toMatchObject({ verdict: "inconclusive", blame: "numeric" });
    const same = wrongRule(2, 0);
    const shared = compareGradients(
      () => [[2, 1, 1]],
      (a: Tensor) => sum(same(a)),
      [x],
    );
    expect(shared).toMatchObject({ pass: false, verdict: "inconclusive", blame: "numeric" });
    expect(String(shared)).toMatch(/share one mistake/);
  });

  test("parts that the formula leaves out are named, and not taken for right", () => {
    const report = compareGradients((a: Tensor, b: Tensor) => [hand(a, b)[0], null], loss, [x, y]);
    expect(report).toMatchObject({ pass: true, missing: ["inputs[1]"] });
    expect(String(report)).toMatch(/not in the hand formula: inputs\[1\]/);
  });

  test("zero gradients agree up to rounding", () => {
    expect(
      compareGradients(
        () => [[0, 0, 0]],
        (a: Tensor) => sum(sub(tanh(a), tanh(a))),
        [x],
      ).pass,
    ).toBe(true);
  });

  test("what does not fit is refused", () => {
    const gives = (value: object) => () => compareGradients(() => value, loss, [x, y]);
    expect(
      gives([
        [1, 2],
        [1, 2, 3],
      ]),
    ).toThrow(/gave 2 numbers for inputs\[0\], expected 3 of \[3\]/);
    expect(gives([[1, 2, 3]])).toThrow(/expected an array of 2 gradients/);
    expect(gives(new Map([["w", [1]]]))).toThrow(/gave "w", which is none of inputs\[0\], inputs\[1\]/);
    expect(gives([null, null])).toThrow(/gave no gradient/);
    expect(gives(["a", null])).toThrow(/gave string at inputs\[0\]/);
    expect(() =>
      compareGradients(
        () => [[1, 2, 3]],
        (a: Tensor) => a,
        [x],
      ),
    ).toThrow(/result of 3 float64 numbers, expected one/);
    expect(() => compareGradients(hand, loss, [tensor([1]), y])).toThrow(/float32/);
    expect(() => compareGradients(hand, loss, [tensor([NaN, 1, 2], f64), y])).toThrow(/holds NaN/);
    expect(() => compareGradients(hand, loss, [x, y], { rtol: 0 })).toThrow(/rtol 0/);
    expect((): unknown => Reflect.apply(compareGradients, undefined, [3, loss, [x, y]])).toThrow(
      /got number, expected the hand/,
    );
  });

  test("no element is inconclusive", () => {
    const none = tensor(new Float64Array(0), f64);
    expect(
      compareGradients(
        () => [[]],
        (a: Tensor) => sum(a),
        [none],
      ).verdict,
    ).toBe("inconclusive");
  });
});
