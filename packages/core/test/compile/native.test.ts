import * as t from "@tapeloop/core";
import {
  ArgumentError,
  compile,
  normal,
  randomKey,
  tensor,
  trace,
  type Blas,
  type Tensor,
} from "@tapeloop/core";
import { nativeBlas } from "@tapeloop/core/native";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { runBody } from "../../src/control/body.js";
import { runGuarded } from "./memory.js";
import { cases, shapesOf } from "./native-cases.js";
import { different, disparities, type Run } from "./parity.js";
import { inputsFor, randomTape } from "./passes/programs.js";
import { plainBlas } from "./plain-blas.js";

/** The machine's library, where there is one, made to take every product. */
const machine = nativeBlas();
const libraries: readonly (readonly [string, () => Blas])[] = [
  ["plain loops", plainBlas],
  ...(machine === undefined ? [] : [[machine.name, (): Blas => ({ ...machine, pays: () => true })] as const]),
];

/** Values drawn for a shape. */
function values(seed: number, shape: readonly number[], dtype: "float32" | "float64" = "float32"): Tensor {
  return normal(randomKey(seed), shape, { dtype });
}

/** How often a library is called in a run of the program. */
function calls(run: Run, inputs: readonly Tensor[]): number {
  const blas = plainBlas();
  compile((...xs: readonly Tensor[]) => [...run(...xs)], { blas })(...inputs);
  return blas.made.length;
}

const swap = (x: Tensor): Tensor => t.transpose(x);

const of =
  (f: (a: Tensor, b: Tensor, c: Tensor) => Tensor): Run =>
  (...xs) => [f(xs[0]!, xs[1]!, xs[2] ?? xs[0]!)];

describe.each(libraries)("matrix products by %s are those of the reference executor", (_name, library) => {
  test.each(cases)("$what", (each) => {
    for (const dtype of ["float32", "float64"] as const) {
      const inputs = shapesOf(each).map((shape, i) => values(i, shape, dtype));
      expect(disparities(each.run, inputs, { ulps: 4, smallest: 1, blas: library() })).toEqual([]);
    }
  });

  it("for all sizes, transposed or not", () => {
    const size = fc.integer({ min: 0, max: 20 });
    const shape = fc.record({
      m: size,
      n: size,
      k: size,
      ta: fc.boolean(),
      tb: fc.boolean(),
      seed: fc.nat(1e6),
    });
    fc.assert(
      fc.property(shape, ({ m, n, k, ta, tb, seed }) => {
        const run = of((a, b) => t.matmul(ta ? swap(a) : a, tb ? swap(b) : b));
        const inputs = [values(seed, ta ? [k, m] : [m, k]), values(seed + 1, tb ? [n, k] : [k, n])];
        expect(disparities(run, inputs, { ulps: 8, smallest: 1, blas: library() })).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("in random programs with loops and gradients, which write nowhere else, whatever was in memory", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 30 }), (seed) => {
        const tape = randomTape(seed, { grads: 1, size: 8, depth: 2 });
        const { outputs, written } = runGuarded(tape, inputsFor(tape), { blas: library() });
        expect(written).toEqual([]);
        expect(different(outputs, runBody(tape, inputsFor(tape)), { ulps: 2 ** 14, smallest: 1 })).toEqual(
          [],
        );
      }),
      { numRuns: 60 },
    );
  });

  it.each([NaN, Infinity, -Infinity])(
    "with %d in an operand: the products that it touches show it",
    (odd) => {
      for (const size of [3, 17, 130]) {
        const a = t.eye(size);
        const b = fromOdd(size, odd);
        // Only its own row of the unit matrix multiplies it with 1; the others with 0, which gives NaN.
        const expected = t.matmul(a, b);
        const got = compile(t.matmul, { blas: library() })(a, b);
        expect(different([got], [expected], { ulps: 4 })).toEqual([]);
        expect(got.data[1]).toBeNaN();
      }
    },
  );
});

/** Ones, and one other number in row 1 and column 1. */
function fromOdd(size: number, odd: number): Tensor {
  const data = new Float32Array(size * size).fill(1);
  data[size + 1] = odd;
  return t.fromTypedArray(data, [size, size]);
}

test.each(cases)("a library is called $native times for: $what", (each) => {
  const inputs = shapesOf(each).map((shape, i) => values(i, shape));
  expect(calls(each.run, inputs)).toBe(each.native);
});

describe("in a loop", () => {
  const weights = values(1, [6, 6]);
  const run = (w: Tensor, xs: Tensor): Tensor[] => {
    const loss = (v: Tensor): Tensor => {
      const [h] = t.scan(
        (s: Tensor, x: Tensor) => [t.tanh(t.add(t.matmul(s, v), x)), null],
        t.zeros([2, 6]),
        xs,
      );
      return t.sum(t.square(h));
    };
    return [t.grad(loss)(w)];
  };
  const xs = values(2, [5, 2, 6]);

  it("a library gets what the loop multiplies with by rows, and nothing is packed", () => {
    const blas = plainBlas();
    const program = compile(run, { blas });
    expect(different(program(weights, xs), run(weights, xs), { ulps: 64, smallest: 1 })).toEqual([]);
    const inLoop = blas.made.filter(({ m, n, k }) => m === 2 && n === 6 && k === 6);
    expect(inLoop.length).toBeGreaterThanOrEqual(9);
    expect(inLoop.every(({ transposeB }) => !transposeB)).toBe(true);
    expect(program.explain(weights, xs).kernels.filter(({ kind }) => kind === "pack")).toEqual([]);
  });

  it("the same program gives the same bits in every run", () => {
    const program = compile(run, { blas: machine ?? plainBlas() });
    expect(different(program(weights, xs), [...program(weights, xs)], { ulps: 0 })).toEqual([]);
  });
});

describe("explain", () => {
  const [a, b] = [values(1, [3, 4]), values(2, [4, 5])];
  const f = (x: Tensor, y: Tensor): Tensor => t.matmul(x, y);

  it("names the library, and says of every product whether it makes it", () => {
    const blas = { ...plainBlas(), pays: ({ m }: t.BlasProduct) => m === 3 };
    const both = (x: Tensor, y: Tensor): Tensor[] => [
      t.matmul(x, y),
      t.matmul(t.transpose(y), t.transpose(x)),
    ];
    const explanation = compile(both, { blas }).explain(a, b);
    expect(explanation.code.blas).toBe("plain loops");
    expect(explanation.kernels.filter(({ kind }) => kind === "product").map(({ native }) => native)).toEqual([
      true,
      false,
    ]);
    const text = String(explanation);
    expect(text.split("\n")[0]).toContain("matrix products by plain loops");
    expect(text).toMatch(/\[3, 4\]·\[4, 5\], native/);
    expect(text).not.toMatch(/\[5, 4\]·\[4, 3\], native/);
  });

  it.each([
    ["none is given", undefined],
    ["no product is worth a call", { ...plainBlas(), pays: () => false }],
  ])("says nothing of libraries where %s, and the program is as it was", (_why, blas) => {
    const explanation = compile(f, { blas }).explain(a, b);
    expect(explanation.code.blas).toBeUndefined();
    expect(explanation.kernels.some(({ native }) => native)).toBe(false);
    expect(String(explanation)).toBe(String(compile(f).explain(a, b)));
  });
});

describe("what is no library is an error", () => {
  test.each([
    [3, "number"],
    [null, "null"],
    ["libopenblas.so", "string"],
    [{ name: "x" }, "another object"],
  ])("%j", (given, got) => {
    const options: object = { blas: given };
    const attempt = (): unknown => compile(t.neg, options);
    expect(attempt).toThrow(ArgumentError);
    expect(attempt).toThrow(
      `compile: got ${got} as blas, expected what nativeBlas() of @tapeloop/core/native`,
    );
  });
});

test("a library that reads its result, or writes beside it, is found by these tests", () => {
  const tape = trace(
    ([x]) => (x === undefined ? [] : [t.matmul(x, x)]),
    [{ shape: [3, 3], dtype: "float32" }],
  );
  const input = [
    tensor([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ]),
  ];
  const expected = runBody(tape, input);
  const planted = (change: Partial<t.BlasProduct>, beside: number): Blas => ({
    ...plainBlas(),
    product: (given, memory) => {
      const run = plainBlas().product({ ...given, ...change }, memory);
      return (a, b, c) => {
        run(a, b, c);
        new Uint8Array(memory).fill(0, c + 36, c + 36 + beside);
      };
    },
  });
  const wrong = (blas: Blas): unknown =>
    different(runGuarded(tape, input, { blas }).outputs, expected, { ulps: 1 });
  expect(wrong(planted({}, 0))).toEqual([]);
  expect(wrong(planted({ accumulate: true }, 0))).not.toEqual([]);
  expect(runGuarded(tape, input, { blas: planted({}, 0) }).written).toEqual([]);
  expect(runGuarded(tape, input, { blas: planted({}, 1) }).written).not.toEqual([]);
});
