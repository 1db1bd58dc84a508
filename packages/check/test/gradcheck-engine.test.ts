import {
  add,
  affine,
  apply,
  defineOp,
  exp,
  gelu,
  log,
  matmul,
  mul,
  relu,
  scan,
  sigmoid,
  sqrt,
  square,
  stopGradient,
  sum,
  tanh,
  tensor,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import { gradcheck, type GradcheckOptions, type GradcheckProgress } from "@tapeloop/check";
import { describe, expect, test } from "vitest";
import { locate } from "../src/engine/bisect.js";
import { createRandom } from "../src/random.js";

const f64 = { dtype: "float64" } as const;
const vector = (...values: number[]): Tensor => tensor(values, f64);

function gaussian(seed: number, shape: number[], deviation = 1): Tensor {
  const random = createRandom(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float64Array.from({ length: size }, () => deviation * random.normal()),
    { shape },
  );
}

/** The same values; entry `to` of the gradient gets `size` times entry `from` added. */
function leaking(from: number, to: number, size: number): (x: Tensor) => Tensor {
  const unit = (x: Tensor, at: number, value: number): Tensor => {
    const values = new Float64Array(x.size);
    values[at] = value;
    return tensor(values, { shape: x.shape });
  };
  const op = defineOp<readonly [Tensor]>({
    name: "leaking",
    shape: ([x]) => x,
    forward: ([x]) => x.toTypedArray(),
    vjp: (dy, [x]) => [() => add(dy, mul(sum(mul(dy, unit(x, from, 1))), unit(x, to, size)))],
    jvp: ([dx], [x]) => [() => add(dx, mul(sum(mul(dx, unit(x, to, size))), unit(x, from, 1)))],
  });
  return (x) => apply(op, [x], {});
}

describe("a declared domain", () => {
  /** Finite everywhere, but only meant to be called inside of [low, high]; remembers where it was called. */
  function watched(low: number, high: number, f: (x: Tensor) => Tensor) {
    const seen = { low: Infinity, high: -Infinity };
    const fn = (x: Tensor): Tensor => {
      for (const v of x.data) [seen.low, seen.high] = [Math.min(seen.low, v), Math.max(seen.high, v)];
      return f(x);
    };
    return { fn, isKept: () => seen.low >= low && seen.high <= high };
  }

  test.each([1e-9, 1e-3, 0.3])("keeps every point inside, near its end as well: log at %s", (x) => {
    const { fn, isKept } = watched(0, Infinity, log);
    const at = vector(x, 0.5, 30);
    expect(gradcheck(fn, [at], { domain: [0, Infinity] }).pass).toBe(true);
    expect(isKept()).toBe(true);
  });

  test("is left on no side by an entry at its very end: one-sided differences are used", () => {
    const { fn, isKept } = watched(0, 1, (x) => mul(exp(x), sqrt(add(x, 1))));
    const at = vector(0, 1, 0.3, 1e-12, 0.99999);
    const report = gradcheck(fn, [at], { domain: { "inputs[0]": [0, 1] } });
    expect(report.pass).toBe(true);
    expect(isKept()).toBe(true);
    const wrong = gradcheck((x: Tensor) => fn(leaking(0, 1, 1e-5)(x)), [at], { domain: [0, 1] });
    expect(wrong.worst).toMatchObject({ verdict: "fail", index: [1] });
    expect(isKept()).toBe(true);
  });

  test("of the inputs holds for second derivatives too, while the cotangent is free", () => {
    const { fn, isKept } = watched(1, 2, (x) => mul(x, square(x)));
    expect(gradcheck(fn, [vector(1, 2, 1.5)], { order: 2, domain: [1, 2] }).pass).toBe(true);
    expect(isKept()).toBe(true);
  });

  test.each([
    [{ domain: [0, 1] as const }, /inputs\[0\] holds 2, outside of its domain \[0, 1\]/],
    [{ domain: { "inputs[1]": [0, 1] as const } }, /a domain for inputs\[1\], expected one of inputs\[0\]/],
    [{ domain: [3, 3] as const }, /got domain \[3, 3\] of inputs\[0\], expected \[low, high\]/],
  ])("that cannot be is an error: %o", (options, message) => {
    expect(() => gradcheck(exp, [vector(2)], options)).toThrow(message);
  });
});

describe("the search for a wrong entry", () => {
  const w = gaussian(1, [60, 50], 0.3);
  const x = gaussian(2, [1, 60]);
  const loss = (t: Tensor): Tensor => sum(square(tanh(matmul(x, t))));

  test.each([1, 1e-3, 1e-6])("names it among 3,000, at an error of %s of another entry", (size) => {
    const wrong = leaking(777, 1234, size);
    const options = { mode: "reverse", maxEvaluations: 300 } as const;
    const report = gradcheck((t: Tensor) => loss(wrong(t)), [w], options);
    expect(report.entries.checked).toBeLessThan(100);
    expect(report.worst).toMatchObject({
      path: "inputs[0]",
      index: [24, 34],
      verdict: "fail",
      isDirection: false,
    });
    expect(gradcheck(loss, [w], options).pass).toBe(true);
  });

  test("finds one wrong element of a Jacobian that hides within the tolerance of its column", () => {
    const n = 40;
    const jacobian = gaussian(3, [n, n]);
    const wrong = Float64Array.from(jacobian.data);
    wrong[7 * n + 11] = (wrong[7 * n + 11] ?? 0) * (1 + 4e-7);
    const op = defineOp<readonly [Tensor]>({
      name: "linear",
      shape: ([t]) => t,
      forward: ([t]) => matmul(jacobian, t),
      vjp: (dy) => [() => matmul(tensor(wrong, { shape: [n, n] }).transpose(), dy)],
    });
    const report = gradcheck((t: Tensor) => apply(op, [t], {}), [gaussian(4, [n, 1])], { mode: "reverse" });
    expect(report.worst).toMatchObject({ verdict: "fail", index: [11, 0], output: 7 });
    expect(String(report)).toContain("of which element 7 alone");
  });

  test("halves down to the one element that lies", () => {
    for (let lie = 0; lie < 37; lie++) {
      const excess = (part: Float64Array): number => 10 * (part[lie] ?? 0);
      expect(locate(new Float64Array(37).fill(1), excess)).toEqual({ from: lie, to: lie + 1 });
    }
    expect(locate(new Float64Array(8).fill(1), () => 0)).toEqual({ from: 0, to: 8 });
  });

  test("stays within its budget, and tells how far it is", () => {
    const seen: GradcheckProgress[] = [];
    const onProgress = (p: GradcheckProgress): number => seen.push(p);
    const report = gradcheck(loss, [w], { mode: "reverse", maxEvaluations: 500, onProgress });
    expect(report.evaluations).toBeLessThan(700);
    expect(report.entries.checked).toBeGreaterThan(20);
    expect(seen.at(0)).toEqual({ phase: "probes", done: 1, total: 3 });
    expect(seen.at(-1)).toEqual({
      phase: "entries",
      done: report.entries.checked,
      total: report.entries.checked,
    });
  });
});

describe("in double-double", () => {
  const params = { w: gaussian(5, [3, 3], 0.5), u: gaussian(6, [2, 3], 0.5), b: gaussian(7, [3], 0.5) };
  const xs = gaussian(8, [12, 1, 2]);
  const rnn = (p: typeof params, x: Tensor): Tensor => {
    const step = (h: Tensor, xt: Tensor) => [tanh(add(matmul(h, p.w), affine(xt, p.u, p.b))), null] as const;
    return sum(square(scan(step, zeros([1, 3]), x)[0]));
  };
  // A linear operation that keeps its input needs no more than this.
  const kernels: GradcheckOptions["kernels"] = { leaking: ([x]) => (x ? [x] : []) };
  const dd = { precision: "dd", kernels } as const;

  test("a right gradient agrees to far more digits than float64 has", () => {
    const report = gradcheck(rnn, [params, xs], { ...dd, order: 2, maxEntries: 10 });
    expect(String(report)).toMatch(/^gradcheck passed/);
    expect(
      Math.max(...report.all.filter((c) => !c.sweep.includes("float64")).map((c) => c.error)),
    ).toBeLessThan(1e-20);
    expect(report.all.some(({ sweep }) => sweep === "reverse in float64")).toBe(true);
    expect(gradcheck((t: Tensor) => [gelu(t), sigmoid(t)], [xs], { ...dd, maxEntries: 5 }).pass).toBe(true);
  });

  test("an error of 3e-13 of the largest entry is caught and named, whether its entry was looked at or not", () => {
    // Entry 4 of 9 is among the largest.
    const wrong = (p: typeof params): typeof params => ({ ...p, w: leaking(4, 2, 3e-13)(p.w) });
    const fn = (p: typeof params, x: Tensor): Tensor => rnn(wrong(p), x);
    for (const maxEntries of [1, 100]) {
      const report = gradcheck(fn, [params, xs], { ...dd, mode: "reverse", maxEntries });
      expect(report.worst).toMatchObject({ verdict: "fail", path: "inputs[0].w", index: [0, 2] });
    }
    expect(gradcheck(fn, [params, xs]).pass).toBe(true);
  });

  test("a gradient that rounding spoils fails for that reason", () => {
    const cancelling = (x: Tensor): Tensor => {
      const large = add(x, 1e9);
      return mul(sum(add(square(large), mul(-1, mul(large, add(x, 1e9))))), sum(x));
    };
    expect(gradcheck(cancelling, [vector(0.1, 0.7)], { ...dd, mode: "reverse" }).verdict).not.toBe(
      "inconclusive",
    );
  });

  test("a kink at the point has two sides, and one too close by is inconclusive", () => {
    expect(gradcheck(relu, [vector(0, 1)], dd).pass).toBe(true);
    expect(gradcheck(relu, [vector(1e-13, 1)], dd).verdict).toBe("inconclusive");
    expect(gradcheck(exp, [vector(0, 1)], { ...dd, domain: [0, 2] }).verdict).toBe("pass");
  });

  test("an operation of one's own needs a kernel", () => {
    const op = defineOp<readonly [Tensor]>({
      name: "mine",
      shape: ([x]) => x,
      forward: ([x]) => x.toTypedArray(),
      vjp: (dy) => [() => dy],
      jvp: "linear",
    });
    const fn = (x: Tensor): Tensor => apply(op, [x], {});
    expect(() => gradcheck(fn, [vector(1)], dd)).toThrow(/mine has no kernel in double-double/);
    expect(gradcheck(fn, [vector(1)], { ...dd, kernels: { mine: ([x]) => (x ? [x] : []) } }).pass).toBe(true);
  });
});

describe("before the check", () => {
  test("a cotangent of zero must give a gradient of zero", () => {
    const op = defineOp<readonly [Tensor]>({
      name: "offset",
      shape: ([x]) => x,
      forward: ([x]) => x.toTypedArray(),
      vjp: (dy) => [() => add(dy, 1e-3)],
      jvp: "linear",
    });
    const fn = (x: Tensor): Tensor => apply(op, [x], {});
    expect(String(gradcheck(fn, [vector(1, 2)]))).toMatch(
      /cotangent of zero gives inputs\[0\] \[0\] the gradient 0.001/,
    );
    expect(gradcheck(fn, [vector(1, 2)], { mode: "forward" }).pass).toBe(true);
  });

  test("a function without a reverse rule can be checked forward", () => {
    const op = defineOp<readonly [Tensor]>({
      name: "forwardOnly",
      shape: ([x]) => x,
      forward: ([x]) => x.toTypedArray(),
      jvp: "linear",
    });
    expect(gradcheck((x: Tensor) => apply(op, [x], {}), [vector(1, 2)], { mode: "forward" }).pass).toBe(true);
  });
});

describe("the report", () => {
  const wrong = (x: Tensor): Tensor => add(square(x), mul(x, stopGradient(x)));

  test("holds every comparison, survives JSON, and says how to run the same check again", () => {
    const report = gradcheck(wrong, [vector(1, 2)], { seed: 7 });
    expect(report.all).toHaveLength(report.comparisons);
    expect(JSON.parse(JSON.stringify(report))).toMatchObject({
      verdict: "fail",
      seed: 7,
      worst: { path: "inputs[0]", verdict: "fail", kinks: [] },
    });
    expect(String(report)).toContain("the same check again: gradcheck(fn, inputs, { seed: 7 })");
  });

  test("of an inconclusive check says what would decide", () => {
    const noisy = defineOp<readonly [Tensor]>({
      name: "noisy",
      shape: ([x]) => x,
      forward: ([x]) => x.toTypedArray().map((v) => Math.fround(Math.sin(v))),
      vjp: (dy, [x]) => [() => mul(dy, tensor(x.toTypedArray().map(Math.cos), { shape: x.shape }))],
    });
    const fn = (x: Tensor): Tensor => apply(noisy, [x], {});
    const report = gradcheck(fn, [vector(0.3)], { mode: "reverse" });
    expect(report.verdict).toBe("inconclusive");
    const [, rtol = ""] = /precision: "dd" or rtol: (\S+) would decide/.exec(String(report)) ?? [];
    expect(Number(rtol)).toBeGreaterThan(1e-7);
    expect(gradcheck(fn, [vector(0.3)], { mode: "reverse", rtol: 4 * Number(rtol) }).pass).toBe(true);
  });
});
