import {
  add,
  apply,
  clip,
  customGradient,
  defineOp,
  log,
  mul,
  neg,
  relu,
  scan,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  tensor,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import { gradcheck } from "@tapeloop/check";
import { describe, expect, test } from "vitest";
import { mul as ddMul, lo } from "../../src/dd/arithmetic.js";
import { isDD, type DDKernel } from "../../src/dd/index.js";

const f64 = { dtype: "float64" } as const;
const vector = (...values: number[]): Tensor => tensor(values, f64);
const precise = { precision: "dd" } as const;

describe("near an end of its domain", () => {
  const entropy = (p: Tensor): Tensor => sum(neg(mul(p, log(p))));

  test.each([0.3, 1e-4, 2 ** -14, 1e-5, 1e-6, 1e-9, 1 - 1e-7, 1 - 2 ** -53])(
    "a function is measured inside of it: %s",
    (p) => {
      expect(gradcheck(entropy, [vector(p)], { ...precise, domain: [0, 1] }).verdict).toBe("pass");
      expect(gradcheck(entropy, [vector(p, 0.4)], { ...precise, domain: [0, 1] }).verdict).toBe("pass");
    },
  );

  test("and at the end itself to one side", () => {
    const f = (x: Tensor): Tensor => sum(mul(tanh(x), sqrt(add(x, 1))));
    const report = gradcheck(f, [vector(0, 1, 0.5)], { ...precise, domain: [0, 1] });
    expect(report.verdict).toBe("pass");
    expect(report.all.every(({ bound }) => bound < 1e-16)).toBe(true);
  });

  test("a gradient that is a little off fails there", () => {
    const off = customGradient(entropy, {
      vjp: (dy, [p]) => [mul(dy, mul(1 + 1e-12, neg(add(log(p), 1))))],
    });
    for (const p of [1e-6, 1 - 1e-3, 1 - 1e-6, 1]) {
      const report = gradcheck(off, [vector(p)], { ...precise, mode: "reverse", domain: [0, 1] });
      expect(report.verdict).toBe("fail");
    }
  });

  test("no point outside is tried", () => {
    let [least, most] = [Infinity, -Infinity];
    const seen = (x: number): number => {
      [least, most] = [Math.min(least, x), Math.max(most, x)];
      return x;
    };
    const op = defineOp<readonly [Tensor]>({
      name: "watched",
      shape: ([x]) => x,
      forward: ([x]) => x.toTypedArray().map((v) => seen(v) ** 2),
      vjp: (dy, [x]) => [() => mul(dy, mul(2, x))],
      jvp: ([dx], [x]) => [() => mul(mul(2, x), dx)],
    });
    const watched: DDKernel = ([x]) => {
      if (!isDD(x)) return [];
      const out = { shape: x.shape, hi: new Float64Array(x.hi.length), lo: new Float64Array(x.hi.length) };
      x.hi.forEach((h, i) => {
        const l = x.lo[i] ?? 0;
        if ((h === 0 && l < 0) || (h === 1 && l > 0))
          throw new Error("outside by less than float64 can tell");
        out.hi[i] = ddMul(seen(h), l, h, l);
        out.lo[i] = lo();
      });
      return [out];
    };
    const at = vector(0, 1e-7, 0.3, 1, 1 - 1e-5, 1 - 2 ** -30);
    const options = { ...precise, domain: [0, 1], kernels: { watched } } as const;
    expect(gradcheck((x: Tensor) => sum(apply(op, [x], {})), [at], options).verdict).toBe("pass");
    expect([least, most]).toEqual([0, 1]);
  });

  test.each(["float64", "dd"] as const)(
    "a kink at the end decides nothing against a gradient: %s",
    (precision) => {
      const f = (x: Tensor): Tensor => sum(add(relu(x), mul(3, x)));
      const report = gradcheck(f, [vector(0)], { precision, domain: [0, 1] });
      expect(report.verdict).toBe("inconclusive");
      expect(String(report)).toMatch(
        /a kink of relu \(element \[0\]\) at the end of its domain: on the inner side .* is 4/,
      );
      const right = customGradient(f, { vjp: (dy) => [mul(dy, vector(4))] });
      expect(gradcheck(right, [vector(0)], { precision, mode: "reverse", domain: [0, 1] }).verdict).toBe(
        "pass",
      );
    },
  );

  test("advice is such as can be followed", () => {
    const jumpy = (x: Tensor): Tensor => sum(log(sub(x, 0.3)));
    const text = String(gradcheck(jumpy, [vector(0.3 + 1e-14)], { ...precise, domain: [0, 1] }));
    expect(text).not.toMatch(/declare its domain|precision: "dd"/);
  });
});

describe("kinks in double-double", () => {
  test("are reported with their operation, place and time step", () => {
    const xs = vector(1, 1, 0, 1);
    const f = (x: Tensor): Tensor =>
      scan((h: Tensor, xt: Tensor) => [tanh(add(h, relu(xt))), null] as const, zeros([], f64), x)[0];
    const report = gradcheck(f, [xs], precise);
    expect(report.verdict).toBe("pass");
    const found = report.all.find(({ isDirection, index }) => !isDirection && index[0] === 2);
    expect(found?.kinks[0]).toMatchObject({ op: "relu", timeStep: 2, where: "t = 2", distance: 0 });
    expect(found?.sides?.[0]).toBe(0);
    expect(found?.bound).toBeLessThan(1e-15);
  });

  test("beside the point, too close to measure, are named", () => {
    const report = gradcheck((x: Tensor) => add(1e3, clip(x, 0, 2e-14)), [vector(1e-14)], precise);
    expect(report.verdict).toBe("inconclusive");
    expect(String(report)).toMatch(/a kink of clip \(element \[0\]\) lies/);
  });

  test("of an operation of one's own are asked of its record", () => {
    const op = defineOp<readonly [Tensor]>({
      name: "ramp",
      shape: ([x]) => x,
      forward: ([x]) => x.toTypedArray().map((v) => Math.max(v, 0)),
      vjp: (dy, [x]) => [() => mul(dy, tensor(x.toTypedArray().map((v) => (v > 0 ? 1 : 0.5))))],
      jvp: ([dx], [x]) => [() => mul(dx, tensor(x.toTypedArray().map((v) => (v > 0 ? 1 : 0.5))))],
      pieces: ([x]) => x.toTypedArray().map((v) => Math.sign(v) + 1),
    });
    const ramp: DDKernel = ([x]) =>
      isDD(x)
        ? [
            {
              ...x,
              hi: x.hi.map((h) => Math.max(h, 0)),
              lo: x.lo.map((l, i) => ((x.hi[i] ?? 0) > 0 ? l : 0)),
            },
          ]
        : [];
    const report = gradcheck((x: Tensor) => sum(mul(square(add(x, 1)), apply(op, [x], {}))), [vector(0, 2)], {
      ...precise,
      kernels: { ramp },
    });
    expect(report.verdict).toBe("pass");
    expect(report.all.some(({ kinks, sides }) => sides !== undefined && kinks[0]?.op === "ramp")).toBe(true);
  });
});
