import {
  add,
  affine,
  apply,
  cast,
  defineOp,
  exp,
  getDefaultDtype,
  log,
  maximum,
  mul,
  sigmoid,
  square,
  stopGradient,
  sum,
  take,
  tanh,
  tensor,
  uniform,
  zeros,
  randomKey,
  type Tensor,
} from "@tapeloop/core";
import { assertGradcheck, gradcheck, GradcheckError } from "@tapeloop/check";
import { describe, expect, test } from "vitest";

const f64 = { dtype: "float64" } as const;

/** The same values, with a gradient that is `factor` times the right one at the given place. */
function wrongAt(position: number, factor: number): (x: Tensor) => Tensor {
  const op = defineOp<readonly [Tensor]>({
    name: "wrongAt",
    shape: ([x]) => x,
    forward: ([x]) => x.toTypedArray(),
    vjp: (dy, [x]) => [() => mul(dy, factors(x))],
    jvp: ([dx], [x]) => [() => mul(factors(x), dx)],
  });
  const factors = (x: Tensor): Tensor =>
    tensor(
      Float64Array.from({ length: x.size }, (_, i) => (i === position ? factor : 1)),
      { shape: x.shape },
    );
  return (x) => apply(op, [x], {});
}

interface Layer {
  readonly w: Tensor;
  readonly b: Tensor;
}

const layer: Layer = {
  w: tensor(
    [
      [0.1, -0.2],
      [0.3, 0.4],
      [0.5, -0.6],
    ],
    f64,
  ),
  b: tensor([0.7, -0.8], f64),
};
const batch = tensor(
  [
    [1, 2, 3],
    [-4, 5, -6],
  ],
  f64,
);
const dense = ({ w, b }: Layer, x: Tensor): Tensor => tanh(affine(x, w, b));

describe("a right gradient", () => {
  test("passes, with every entry of every input checked in both modes", () => {
    const report = gradcheck(dense, [layer, batch]);
    expect(report.toString()).toMatch(/^gradcheck passed/);
    expect(report).toMatchObject({ pass: true, verdict: "pass", problems: [], failures: [] });
    expect(report.entries).toEqual({ checked: 14, total: 14 });
    // 14 entries and 3 directions, two cotangents, two sweeps.
    expect(report.comparisons).toBe(68);
    expect(report.all).toHaveLength(68);
  });

  test("passes to second order, with the cotangent as a further input", () => {
    const report = gradcheck(dense, [layer, batch], { order: 2 });
    expect(report.pass).toBe(true);
    expect(report.entries).toEqual({ checked: 14 + 14 + 4, total: 14 + 14 + 4 });
  });

  test("passes for results that are trees, and for a scalar with one cotangent", () => {
    expect(gradcheck((x: Tensor) => ({ a: [exp(x)], b: sum(x), none: null }), [batch]).pass).toBe(true);
    expect(gradcheck((x: Tensor) => sum(square(x)), [batch], { mode: "reverse" }).comparisons).toBe(6 + 3);
  });

  test("passes beside int32 inputs and results, which have no gradient", () => {
    const indices = tensor([2, 0, 2], { dtype: "int32" });
    const report = gradcheck((x: Tensor, i: Tensor) => [take(x, i), i], [layer.w, indices], { order: 2 });
    expect(report.pass).toBe(true);
  });

  test("passes where it is zero", () => {
    expect(gradcheck((x: Tensor) => mul(x, 0), [batch], { order: 2 }).pass).toBe(true);
    expect(gradcheck((_x: Tensor) => tensor(1, f64), [batch]).pass).toBe(true);
  });

  test.each([1e-12, 1e-6, 1e6, 1e12])("passes whatever the scale of the function: %s", (scale) => {
    expect(gradcheck((x: Tensor) => mul(tanh(x), scale), [batch], { order: 2 }).pass).toBe(true);
  });

  test("passes close to the end of the domain, where large steps leave it", () => {
    expect(gradcheck((x: Tensor) => log(x), [tensor([1e-3, 0.02, 40], f64)], { order: 2 }).pass).toBe(true);
  });

  test("passes close to a kink, once the steps are smaller than the distance to it", () => {
    expect(gradcheck((x: Tensor) => maximum(x, 0), [tensor([1e-3, -1e-3, 1], f64)]).pass).toBe(true);
  });

  test("is checked with float64 as the default dtype", () => {
    const seen: string[] = [];
    const fn = (x: Tensor): Tensor => {
      seen.push(getDefaultDtype());
      return add(x, zeros([3]));
    };
    expect(gradcheck(fn, [batch], { order: 2 }).pass).toBe(true);
    expect(new Set(seen)).toEqual(new Set(["float64"]));
    expect(getDefaultDtype()).toBe("float32");
  });
});

describe("a wrong gradient", () => {
  test("fails, and the worst entry is named by path and index", () => {
    const wrong = wrongAt(4, 2);
    const report = gradcheck(({ w, b }: Layer, x: Tensor) => dense({ w: wrong(w), b }, x), [layer, batch]);
    expect(report).toMatchObject({ pass: false, verdict: "fail" });
    expect(report.worst).toMatchObject({ path: "inputs[0].w", index: [2, 0], verdict: "fail" });
    expect(report.worst?.analytic).toBeCloseTo(2 * (report.worst?.numeric ?? NaN), 8);
    expect(
      report.failures.every(
        ({ path, index, isDirection }) => isDirection || (path === "inputs[0].w" && String(index) === "2,0"),
      ),
    ).toBe(true);
    expect(String(report)).toMatch(
      /^gradcheck failed at inputs\[0\]\.w \[2, 0\]\n {2}analytic -?\d.*\n {2}numeric/,
    );
  });

  test.each([1 + 1e-6, 1 - 1e-6, -1, 0, 0.5, NaN, Infinity])("fails when off by a factor of %s", (factor) => {
    expect(gradcheck((x: Tensor) => sigmoid(wrongAt(3, factor)(x)), [batch]).verdict).toBe("fail");
  });

  test("fails when all of it is tiny, and when it should be zero", () => {
    expect(gradcheck((x: Tensor) => mul(wrongAt(3, 2)(x), 1e-12), [batch]).verdict).toBe("fail");
    const detached = (x: Tensor): Tensor => add(mul(x, 1e-3), mul(stopGradient(x), -1e-3));
    expect(gradcheck(detached, [batch]).verdict).toBe("fail");
  });

  test("fails to second order only, when a saved value is detached", () => {
    const op = defineOp<readonly [Tensor]>({
      name: "detachedExp",
      shape: ([x]) => x,
      forward: ([x]) => x.toTypedArray().map(Math.exp),
      vjp: (dy, _x, y) => [() => mul(dy, stopGradient(y))],
      jvp: ([dx], _x, y) => [() => mul(y, dx)],
    });
    const fn = (x: Tensor): Tensor => apply(op, [x], {});
    expect(gradcheck(fn, [layer.b]).pass).toBe(true);
    const report = gradcheck(fn, [layer.b], { order: 2 });
    expect(report.failures.map(({ sweep }) => sweep)).toContain("reverse over reverse");
    expect(report.failures.map(({ sweep }) => sweep)).toContain("forward over reverse");
  });

  test("fails in the sweep that is wrong", () => {
    const op = defineOp<readonly [Tensor]>({
      name: "wrongForward",
      shape: ([x]) => x,
      forward: ([x]) => x.toTypedArray(),
      vjp: (dy) => [() => dy],
      jvp: ([dx]) => [() => mul(2, dx)],
    });
    const fn = (x: Tensor): Tensor => apply(op, [x], {});
    expect(gradcheck(fn, [batch], { mode: "reverse" }).pass).toBe(true);
    expect(gradcheck(fn, [batch], { mode: "forward" }).verdict).toBe("fail");
    expect(new Set(gradcheck(fn, [batch]).failures.map(({ sweep }) => sweep))).toEqual(new Set(["forward"]));
  });

  test("throws from assertGradcheck, with the report", () => {
    const fn = (x: Tensor): Tensor => wrongAt(0, 2)(x);
    expect(() => assertGradcheck(fn, [batch])).toThrow(GradcheckError);
    expect(() => assertGradcheck(fn, [batch])).toThrow("gradcheck failed at inputs[0] [0, 0]");
    expect(assertGradcheck(dense, [layer, batch]).pass).toBe(true);
  });
});

describe("nothing but agreement passes", () => {
  const cases: [string, (x: Tensor) => unknown, Tensor, RegExp][] = [
    ["an empty input", (x) => sum(x), zeros([0, 3], f64), /nothing was checked/],
    ["an empty result", (x) => mul(x, zeros([0, 1, 1])), batch, /nothing was checked/],
    ["a result without floats", (x) => cast(x, "int32"), batch, /nothing was checked/],
    ["a NaN in the inputs", (x) => x, tensor([1, NaN], f64), /inputs\[0\] \[1\] is NaN/],
    ["a NaN in the result", (x) => ({ a: log(x) }), tensor([1, -1], f64), /result\.a, element 1, is NaN/],
    ["an infinity in the result", (x) => log(x), tensor(0, f64), /result is -Infinity/],
    ["a function with a state", stateful(), batch, /not deterministic: result, element 0, was 2, then 3/],
    ["a function that writes to its input", overwriting, batch2(), /inputs\[0\] was written to/],
  ];
  test.each(cases)("not %s", (_name, fn, x, message) => {
    const report = gradcheck(fn, [x]);
    expect(report.pass).toBe(false);
    expect(String(report)).toMatch(message);
  });

  test("not a function whose values are coarser than the tolerance", () => {
    // Rounded to single precision inside: finite differences are good to 1e-6 at best.
    const coarse = defineOp<readonly [Tensor]>({
      name: "coarse",
      shape: ([x]) => x,
      forward: ([x]) => x.toTypedArray().map((v) => Math.fround(Math.sin(v))),
      vjp: (dy, [x]) => [() => mul(dy, tensor(x.toTypedArray().map(Math.cos), { shape: x.shape }))],
    });
    const fn = (x: Tensor): Tensor => apply(coarse, [x], {});
    const report = gradcheck(fn, [batch], { mode: "reverse" });
    expect(report.verdict).toBe("inconclusive");
    expect(String(report)).toMatch(/only good to ±.*more than the tolerance/);
    expect(gradcheck(fn, [batch], { mode: "reverse", rtol: 1e-4, atol: 1e-4 }).pass).toBe(true);
  });

  test("not a point on a kink of an operation that does not say where it has one", () => {
    const report = gradcheck(unknownRelu, [tensor(0, f64)]);
    expect(report.verdict).toBe("inconclusive");
    expect(String(report)).toMatch(/kink: the left derivative is .*, the right one (1|0\.99)/);
  });

  test("not a gradient outside of the one-sided derivatives of a kink", () => {
    expect(gradcheck((v: Tensor) => wrongAt(0, 4)(maximum(v, 0)), [tensor(0, f64)]).verdict).toBe("fail");
  });

  test("not a pole or a step that the finite differences run over", () => {
    const x = tensor([1e-9], f64);
    expect(gradcheck((v: Tensor) => log(v), [x], { order: 2 }).verdict).toBe("inconclusive");
  });
});

describe("large inputs are sampled", () => {
  const large = uniform(randomKey(1), [40, 50], { low: -1, high: 1, dtype: "float64" });
  const small = tensor([0.5, -0.5], f64);
  const fn = (x: Tensor, y: Tensor): Tensor => mul(sum(tanh(x)), y);

  test("and the report says how many of how many were checked", () => {
    const report = gradcheck(fn, [large, small], { maxEntries: 20 });
    expect(report).toMatchObject({ pass: true, entries: { checked: 20, total: 2002 } });
    expect(String(report)).toContain("checked 20 of 2002 entries");
  });

  test("but small inputs are checked whole", () => {
    const wrong = wrongAt(1, 2);
    const report = gradcheck((x: Tensor, y: Tensor) => fn(x, wrong(y)), [large, small], { maxEntries: 20 });
    expect(report.worst).toMatchObject({ path: "inputs[1]", index: [1], verdict: "fail" });
  });

  test("and a wrong entry that no sample met is found by bisection of a random direction", () => {
    const wrong = wrongAt(777, 1 + 1e-6);
    const report = gradcheck((x: Tensor, y: Tensor) => fn(wrong(x), y), [large, small], { maxEntries: 4 });
    expect(report.verdict).toBe("fail");
    expect(report.worst).toMatchObject({ path: "inputs[0]", index: [15, 27], isDirection: false });
  });

  test("the same for the same seed", () => {
    const run = (seed: number): string => String(gradcheck(fn, [large, small], { maxEntries: 5, seed }));
    expect(run(3)).toBe(run(3));
    expect(run(3)).not.toBe(run(4));
  });
});

describe("float32", () => {
  const x = tensor([0.5, -1.5]);

  test("is refused, with what to do about it", () => {
    expect(() => gradcheck((v: Tensor) => exp(v), [x])).toThrow(
      /inputs\[0\] is float32, expected float64.*promote: true/,
    );
    expect(() => gradcheck((p: { w: Tensor }) => exp(p.w), [{ w: x }])).toThrow(/inputs\[0\]\.w is float32/);
  });

  test("is converted on request", () => {
    expect(gradcheck((v: Tensor) => add(exp(v), zeros([2])), [x], { promote: true, order: 2 }).pass).toBe(
      true,
    );
  });

  test("is refused as a result", () => {
    expect(() => gradcheck((v: Tensor) => [cast(v, "float32")], [batch])).toThrow(/result\[0\] is float32/);
  });
});

describe("bad arguments", () => {
  test("inputs and results that are no trees of tensors are errors", () => {
    const input: unknown = "x";
    expect(() => gradcheck((_x: unknown) => batch, [input])).toThrow(/got string at inputs\[0\]/);
    expect(() => gradcheck(() => 3, [])).toThrow(/got number at result/);
  });

  test.each([
    [{ rtol: -1 }, "rtol -1"],
    [{ rtol: NaN }, "rtol NaN"],
    [{ atol: 2 }, "atol 2"],
    [{ maxEntries: 0 }, "maxEntries 0"],
    [{ probes: 1.5 }, "probes 1.5"],
  ])("%o is an error", (options, message) => {
    expect(() => gradcheck(dense, [layer, batch], options)).toThrow(message);
  });
});

/** relu without `pieces`. */
const unknownReluOp = defineOp<readonly [Tensor]>({
  name: "unknownRelu",
  shape: ([x]) => x,
  forward: ([x]) => x.toTypedArray().map((v) => Math.max(v, 0)),
  vjp: (dy, [x]) => [() => mul(dy, stepAt0(x))],
  jvp: ([dx], [x]) => [() => mul(stepAt0(x), dx)],
});
function unknownRelu(x: Tensor): Tensor {
  return apply(unknownReluOp, [x], {});
}
function stepAt0(x: Tensor): Tensor {
  return tensor(
    x.toTypedArray().map((v) => Number(v > 0)),
    { shape: x.shape },
  );
}

function stateful(): (x: Tensor) => Tensor {
  let calls = 0;
  return (x) => add(x, ++calls);
}

function batch2(): Tensor {
  return tensor([1, 2], f64);
}

function overwriting(x: Tensor): Tensor {
  const y = mul(x, 2);
  x.data[0] = 7;
  return y;
}
