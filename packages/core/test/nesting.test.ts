import {
  add,
  cast,
  concat,
  exp,
  grad,
  jvp,
  log,
  logSumExp,
  matmul,
  mul,
  onesLike,
  pow,
  prod,
  record,
  rsqrt,
  sigmoid,
  sin,
  slice,
  softmax,
  sqrt,
  square,
  std,
  stopGradient,
  sub,
  sum,
  tanh,
  tensor,
  transpose,
  vjp,
  zerosLike,
  type Tensor,
} from "@tapeloop/core";
import { describe, expect, test } from "vitest";

const f64 = { dtype: "float64" } as const;
const scalar = (value: number): Tensor => tensor(value, f64);

type Scalar = (x: Tensor) => Tensor;
type Derivative = (f: Scalar) => Scalar;

const reverse: Derivative = (f) => grad(f);
const forward: Derivative = (f) => (x) => jvp(f, [x], [onesLike(x)])[1];
/** The reverse sweep again, through the pullback. */
const pulled: Derivative = (f) => (x) => {
  const [y, pullback] = vjp(f, x);
  return pullback(onesLike(y))[0];
};
const sweeps = { reverse, forward, pulled };
const named = Object.entries(sweeps);
const pairs = named.flatMap(([outer, D]) => named.map(([inner, d]) => ({ outer, inner, D, d })));
const triples = pairs.flatMap((pair) => named.map(([middle, e]) => ({ ...pair, middle, e })));

describe("nested derivatives keep their variables apart", () => {
  // Siskind & Pearlmutter, "Perturbation confusion and referential transparency" (2005).
  test.each(pairs)("d/dx (x · d/dy (x + y)) is 1: $outer over $inner", ({ D, d }) => {
    const f: Scalar = (x) => mul(x, d((y) => add(x, y))(scalar(1)));
    expect(D(f)(scalar(1)).item()).toBe(1);
  });

  test.each(pairs)("d/dx (x · d/dy (x · y)) is 2x: $outer over $inner", ({ D, d }) => {
    const f: Scalar = (x) => mul(x, d((y) => mul(x, y))(scalar(5)));
    expect(D(f)(scalar(3)).item()).toBe(6);
  });

  test.each(pairs)("the inner derivative at the outer variable itself: $outer over $inner", ({ D, d }) => {
    // d/dx [d/dy (x·y²) at y = x] = d/dx 2x² = 4x.
    const f: Scalar = (x) => d((y) => mul(x, square(y)))(x);
    expect(D(f)(scalar(3)).item()).toBe(12);
  });

  test.each(pairs)(
    "an inner function that ignores its variable has derivative 0, and so has that: $outer over $inner",
    ({ D, d }) => {
      const f: Scalar = (x) => add(d(() => square(x))(x), mul(3, x));
      expect(D(f)(scalar(2)).item()).toBe(3);
    },
  );

  test.each(pairs)("a derivative held constant is constant: $outer over $inner", ({ D, d }) => {
    const f: Scalar = (x) => mul(x, stopGradient(d(square)(x)));
    expect(D(f)(scalar(3)).item()).toBe(6);
  });

  test.each(triples)("three deep: $outer over $middle over $inner", ({ D, e, d }) => {
    // d/dx (x · d/dy (y · d/dz (x·y·z))) = d/dx (x · d/dy (x·y²)) = d/dx 2x²y = 4xy.
    const f: Scalar = (x) => mul(x, e((y) => mul(y, d((z) => mul(x, mul(y, z)))(scalar(7))))(scalar(5)));
    expect(D(f)(scalar(3)).item()).toBe(60);
  });

  test.each(pairs)(
    "x · y with y held apart from x, at equal values and in one tensor: $outer over $inner",
    ({ D, d }) => {
      const x = scalar(2);
      // The inner variable and the outer one start as the very same tensor.
      const f: Scalar = (a) => d((b) => mul(mul(a, b), x))(x);
      expect(D(f)(x).item()).toBe(2);
    },
  );

  test("a tensor from outside that equals the variable is a constant", () => {
    const x = scalar(3);
    expect(grad((y: Tensor) => mul(x, y))(x).item()).toBe(3);
    expect(jvp((y: Tensor) => mul(x, y), [x], [scalar(1)])[1].item()).toBe(3);
  });

  test("one tensor in two arguments counts in each", () => {
    const x = scalar(3);
    const [dx, dy] = grad((a: Tensor, b: Tensor) => mul(square(a), b), { argnums: [0, 1] })(x, x);
    expect([dx.item(), dy.item()]).toEqual([18, 9]);
  });

  test("a pullback made outside may be differentiated inside, and called twice", () => {
    const [, pullback] = vjp((x: Tensor) => exp(x), scalar(0.5));
    const g = grad((w: Tensor) => square(pullback(w)[0]))(scalar(3));
    expect(g.item()).toBeCloseTo(2 * 3 * Math.exp(1), 12);
    expect(pullback(scalar(2))[0].item()).toBe(pullback(scalar(2))[0].item());
  });

  test("a pullback made inside an outer derivative carries the outer variable", () => {
    const f: Scalar = (x) => {
      const [, pullback] = vjp((y: Tensor) => mul(sin(x), square(y)), scalar(2));
      return add(pullback(scalar(1))[0], pullback(x)[0]);
    };
    // 4·sin x·(1 + x)
    expect(grad(f)(scalar(0.7)).item()).toBeCloseTo(4 * (Math.cos(0.7) * 1.7 + Math.sin(0.7)), 12);
  });

  test("an outer tape records the derivative that is taken inside it", () => {
    const { outputs, tape } = record(
      (x: Tensor) => grad((y: Tensor) => sin(mul(x, y)))(scalar(2)),
      scalar(0.5),
    );
    expect(outputs.item()).toBeCloseTo(0.5 * Math.cos(1), 14);
    expect(tape.constants.every((t) => t.size === 1)).toBe(true);
    expect(tape.producer(outputs)).toBeDefined();
    expect(String(tape)).toContain("cos");
  });
});

describe("saved values stay on the outer tape", () => {
  /** f with its second and third derivative, from paper. */
  const functions: [name: string, f: Scalar, second: (x: number) => number, third: (x: number) => number][] =
    [
      ["tanh", tanh, (x) => -2 * th(x) * (1 - th(x) ** 2), (x) => (1 - th(x) ** 2) * (6 * th(x) ** 2 - 2)],
      [
        "sigmoid",
        sigmoid,
        (x) => sg(x) * (1 - sg(x)) * (1 - 2 * sg(x)),
        (x) => sg(x) * (1 - sg(x)) * (1 - 6 * sg(x) + 6 * sg(x) ** 2),
      ],
      ["sqrt", sqrt, (x) => -0.25 * x ** -1.5, (x) => 0.375 * x ** -2.5],
      ["rsqrt", rsqrt, (x) => 0.75 * x ** -2.5, (x) => -1.875 * x ** -3.5],
      ["exp", exp, Math.exp, Math.exp],
      ["log", log, (x) => -(x ** -2), (x) => 2 * x ** -3],
      ["x⁴", (x) => pow(x, 4), (x) => 12 * x ** 2, (x) => 24 * x],
      ["2ˣ", (x) => pow(2, x), (x) => Math.LN2 ** 2 * 2 ** x, (x) => Math.LN2 ** 3 * 2 ** x],
    ];
  const th = Math.tanh;
  const sg = (x: number): number => 1 / (1 + Math.exp(-x));

  describe.each(functions)("%s", (_name, f, second, third) => {
    test.each(pairs)("second derivative: $outer over $inner", ({ D, d }) => {
      expect(D(d(f))(scalar(0.8)).item()).toBeCloseTo(second(0.8), 12);
    });
    test.each(triples)("third derivative: $outer over $middle over $inner", ({ D, e, d }) => {
      expect(D(e(d(f)))(scalar(0.8)).item()).toBeCloseTo(third(0.8), 11);
    });
  });

  const x = tensor(
    [
      [0.3, -0.7, 1.1],
      [0.2, 0.9, -0.4],
    ],
    f64,
  );
  const v = tensor(
    [
      [1, -2, 0.5],
      [0.25, 1.5, -1],
    ],
    f64,
  );
  const scalars: [string, (x: Tensor) => Tensor][] = [
    ["softmax", (t) => sum(mul(softmax(t), v))],
    ["logSumExp", (t) => sum(logSumExp(t, 1))],
    ["prod", (t) => sum(prod(t, 0))],
    ["std", (t) => sum(std(t, 1))],
    ["matmul of tanh", (t) => sum(tanh(matmul(t, transpose(tanh(t)))))],
  ];
  test.each(scalars)("the Hessian of %s is the same in every order of sweeps", (_name, f) => {
    const gradient = grad(f);
    const products = [
      jvp(gradient, [x], [v])[1],
      grad((t: Tensor) => jvp(f, [t], [v])[1])(x),
      grad((t: Tensor) => sum(mul(gradient(t), v)))(x),
      vjp(gradient, x)[1](v)[0],
    ].map((t) => Array.from(t.data));
    expect(Math.max(...(products[0] ?? []).map(Math.abs))).toBeGreaterThan(1e-3);
    for (const other of products.slice(1)) {
      other.forEach((value, i) => expect(value).toBeCloseTo(products[0]?.[i] ?? NaN, 12));
    }
  });
});

describe("the mixed second derivative of a power", () => {
  // ∂²aᵇ/∂a∂b = aᵇ⁻¹·(1 + b·ln a), which is 1/a at b = 0.
  test.each(pairs)("is 1/a where the exponent is 0: $outer over $inner", ({ D, d }) => {
    const byBase = (b: Tensor): Tensor => d((a) => pow(a, b))(scalar(2));
    const byExponent = (a: Tensor): Tensor => d((b) => pow(a, b))(scalar(0));
    expect(D(byBase)(scalar(0)).item()).toBe(0.5);
    expect(D(byExponent)(scalar(2)).item()).toBe(0.5);
  });
});

describe("views alias their tensor, but not its gradient", () => {
  const x = tensor(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    f64,
  );

  test("a tensor and its own transpose each add their part", () => {
    const g = grad((t: Tensor) => sum(matmul(t, transpose(t))))(x);
    // d/dt Σ t tᵀ = 2·(column sums) in every row.
    expect(g.toArray()).toEqual([
      [10, 14, 18],
      [10, 14, 18],
    ]);
  });

  test("overlapping slices add up", () => {
    const row = tensor([1, 2, 3, 4], f64);
    const f = (t: Tensor): Tensor => sum(mul(slice(t, [[0, 3]]), slice(t, [[1, 4]])));
    expect(grad(f)(row).toArray()).toEqual([2, 4, 6, 3]);
    const [, tangent] = jvp(f, [row], [onesLike(row)]);
    expect(tangent.item()).toBe(15);
  });

  test("a view of a view that goes back to the start is differentiated once", () => {
    const f = (t: Tensor): Tensor => sum(square(transpose(transpose(t))));
    expect(grad(f)(x).toArray()).toEqual([
      [2, 4, 6],
      [8, 10, 12],
    ]);
  });

  test("gradients do not share memory with the cotangent or the input", () => {
    const seed = tensor(
      [
        [1, 1, 1],
        [1, 1, 1],
      ],
      f64,
    );
    const [, pullback] = vjp((t: Tensor) => transpose(t), x);
    const g = pullback(transpose(seed))[0].toTypedArray();
    g.fill(7);
    expect(seed.toArray()).toEqual([
      [1, 1, 1],
      [1, 1, 1],
    ]);
    expect(x.toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  test("reading a view leaves the tensor behind it as it was", () => {
    const view = transpose(x);
    expect(Array.from(view.data)).toEqual([1, 4, 2, 5, 3, 6]);
    expect(Array.from(x.data)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(sub(transpose(view), x).toArray()).toEqual(zerosLike(x).toArray());
  });

  test("the same tensor joined with itself gets both parts", () => {
    const f = (t: Tensor): Tensor => sum(mul(concat([t, t], 0), tensor([[1], [2], [3], [4]], f64)));
    expect(grad(f)(x).toArray()).toEqual([
      [4, 4, 4],
      [6, 6, 6],
    ]);
  });
});

describe("float32 parameters beside float64 values", () => {
  const w = tensor([0.1, 0.2]);

  test("are never mixed in silence", () => {
    expect(() => mul(w, tensor([1, 2], f64))).toThrow(/float32.*float64.*cast/);
    expect(() => grad((p: Tensor) => sum(mul(p, tensor([1, 2], f64))))(w)).toThrow(/one dtype/);
  });

  test("get float32 gradients through a cast, and the other way round", () => {
    const inDouble = (p: Tensor): Tensor => sum(square(cast(p, "float64")));
    const g = grad(inDouble)(w);
    expect(g.dtype).toBe("float32");
    expect(Array.from(g.data)).toEqual([Math.fround(0.2), Math.fround(0.4)]);
    const inSingle = grad((p: Tensor) => sum(square(cast(p, "float32"))))(tensor([3, 4], f64));
    expect(inSingle.dtype).toBe("float64");
    expect(inSingle.toArray()).toEqual([6, 8]);
    const [, tangent] = jvp(inDouble, [w], [onesLike(w)]);
    expect(tangent.dtype).toBe("float64");
  });

  test("keep their dtype at second order", () => {
    const second = grad((p: Tensor) => sum(grad((q: Tensor) => sum(tanh(cast(q, "float64"))))(p)))(w);
    expect(second.dtype).toBe("float32");
    const exact = [0.1, 0.2].map((x) => -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2));
    second.data.forEach((value, i) => expect(value).toBeCloseTo(exact[i] ?? NaN, 6));
  });
});
