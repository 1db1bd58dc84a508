import {
  add,
  clip,
  concat,
  customGradient,
  div,
  grad,
  mul,
  square,
  stopGradient,
  sum,
  tanh,
  tensor,
  vjp,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import { adjointTest, checkCell, gradcheck, taylorTest } from "@tapeloop/check";
import "@tapeloop/check/vitest";
import { describe, expect, it, test } from "vitest";

const vector = (...values: number[]): Tensor => tensor(values, { dtype: "float64" });
const x = vector(0.3, -0.5, 0.8);

describe("what must not pass", () => {
  it("a gradient that is not linear in its cotangent", () => {
    const squared = customGradient((t: Tensor) => sum(square(t)), {
      vjp: (dy, [t]) => [mul(square(dy), mul(2, t))],
    });
    const clipped = customGradient((t: Tensor) => sum(square(t)), {
      vjp: (dy, [t]) => [mul(clip(dy, -5, 5), mul(2, t))],
    });
    for (const fn of [squared, clipped]) {
      const report = gradcheck(fn, [x], { mode: "reverse" });
      expect(report.verdict).toBe("fail");
      expect(report.problems[0]).toMatch(/^the gradient of inputs\[0\] \[0\] is not linear in the cotangent/);
    }
  });

  it("a replay in double-double of a function that reads values out", () => {
    for (const fn of [
      (t: Tensor) => mul(t, t.item()),
      (t: Tensor) => mul(t, tensor(t.toTypedArray(), { shape: t.shape })),
    ]) {
      const report = gradcheck(fn, [tensor(0.7, { dtype: "float64" })], { precision: "dd" });
      expect(report.verdict).toBe("fail");
      expect(report.problems[0]).toMatch(/replays the tape, which does not do what the function does/);
    }
  });

  it("a Taylor test of what is lost in rounding, or of a function that is not deterministic", () => {
    const wrong = customGradient((t: Tensor) => add(1e15, sum(square(t))), {
      vjp: (dy, [t]) => [mul(dy, mul(-2, t))],
    });
    expect(taylorTest(wrong, [x]).verdict).toBe("inconclusive");
    const noisy = (t: Tensor): Tensor => mul(1 + 0.1 * Math.random(), sum(square(t)));
    expect(taylorTest(noisy, [x]).pass).toBe(false);
    expect(taylorTest(noisy, [x]).reason).toMatch(/not deterministic/);
    expect(adjointTest(noisy, [x]).problems[0]).toMatch(/not deterministic/);
  });

  it("the negation of an undecided matcher", () => {
    const empty = (t: Tensor): Tensor => mul(t, 2);
    expect(() => expect(empty).not.toPassGradcheck([vector()])).toThrow("inconclusive");
    expect(() => expect(empty).toPassGradcheck([vector()])).toThrow("inconclusive");
  });
});

describe("what must not fail", () => {
  it.each<readonly [string, (t: Tensor) => Tensor, Tensor]>([
    ["a large input", (t) => sum(tanh(div(t, 1e15))), vector(0.3e15, 0.4e15)],
    ["a very large input", (t) => square(div(t, 6e23)), vector(1.2e24)],
    ["a large constant", (t) => add(1e15, sum(square(t))), x],
    ["a small input", (t) => sum(tanh(div(t, 1e-12))), vector(3e-13, 4e-13)],
  ])("%s", (_name, fn, at) => {
    for (const seed of [0, 1, 2]) expect(gradcheck(fn, [at], { seed }).verdict).not.toBe("fail");
  });

  it("large inputs are even decided", () => {
    expect(gradcheck((t: Tensor) => sum(tanh(div(t, 1e15))), [vector(0.3e15, 0.4e15)]).verdict).toBe("pass");
  });

  it("a cell without parameters", () => {
    const average = {
      name: "average",
      init: () => ({}),
      state: ({ input }: { readonly input: number }, batch: number) => ({ h: zeros([batch, input]) }),
      step: (_: object, { h }: { readonly h: Tensor }, xt: Tensor) => {
        const next = add(mul(h, 0.9), mul(xt, 0.1));
        return { state: { h: next }, output: next };
      },
    };
    const options = { sizes: { input: 2 }, steps: [2], batches: [2], order: 1 } as const;
    expect(String(checkCell(average, options))).toMatch(/passed|pass/);
    expect(checkCell(average, options).verdict).toBe("pass");
  });

  it("a result that is a constant to derivatives", () => {
    expect(grad((t: Tensor) => stopGradient(sum(t)))(x).toArray()).toEqual([0, 0, 0]);
    const [, pull] = vjp((t: Tensor) => stopGradient(t), x);
    expect(pull(x)[0].toArray()).toEqual([0, 0, 0]);
  });
});

describe("what is no function, or no list of arguments", () => {
  test.each([
    [[5, [x]], "got number, expected the function to check"],
    [[sum, x], "got a tensor as the inputs, expected the array of arguments: [x, …]"],
    [[sum], "got undefined as the inputs"],
    [[sum, [x], { seed: NaN }], "got seed NaN"],
  ])("%#", (args, message) => {
    for (const check of [gradcheck, adjointTest]) {
      expect(() => void Reflect.apply(check, undefined, args)).toThrow(message);
    }
  });

  it("an option that is undefined is one that was not given", () => {
    const report: unknown = Reflect.apply(gradcheck, undefined, [sum, [concat([x, x])], { rtol: undefined }]);
    expect(report).toMatchObject({ pass: true });
  });
});
