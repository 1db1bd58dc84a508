import { describe, expect, it } from "vitest";
import { math, type VectorMath } from "../../src/kernels/math/index.js";
import { sigmoidOf } from "../../src/ops/activations.js";
import { erfcOf, erfOf } from "../../src/ops/erf.js";
import { error32, float32Of1, float32Of2, valuesOf, valuesOf2 } from "../helpers/vector-math.js";

const softplusOf = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** The function in float64, and the largest error in units in the last place that it may have; the promise is 4. */
const functions: readonly [Exclude<keyof VectorMath, "pow">, (x: number) => number, number][] = [
  ["exp", Math.exp, 3.2],
  ["expm1", Math.expm1, 2],
  ["log", Math.log, 3.6],
  ["log1p", Math.log1p, 0.51],
  ["tanh", Math.tanh, 3.1],
  ["sigmoid", sigmoidOf, 2.9],
  ["sin", Math.sin, 0.51],
  ["cos", Math.cos, 0.51],
  ["erf", erfOf, 0.51],
  ["erfc", erfcOf, 0.51],
  ["softplus", softplusOf, 0.51],
];

const SPECIALS = [
  0,
  -0,
  1,
  -1,
  Infinity,
  -Infinity,
  NaN,
  2 ** -149,
  -(2 ** -149),
  2 ** -126,
  -(2 ** -126),
  2 ** -140,
  -(2 ** -140),
  3.4028234663852886e38,
  -3.4028234663852886e38,
  88.72283,
  88.72284,
  -87.33655,
  -103.97208,
  -103.97209,
  2 ** 20,
  1e22,
];

/** NaNs of every kind: quiet and signalling, of both signs, with all payloads that have one bit. */
const NANS = Array.from({ length: 22 }, (_, i) => [
  0x7f800000 | (1 << i),
  0xff800000 | (1 << i),
  0x7fc00000 | (1 << i),
])
  .flat()
  .concat(-1);

describe.each(functions)("float32 %s", (name, reference, bound) => {
  const evaluate = float32Of1(math.float32[name]);

  it(`is right to ${bound} units in the last place, over all float32`, () => {
    const [x = new Float32Array()] = evaluate.operands;
    const bits = new Uint32Array(x.buffer, x.byteOffset, x.length);
    let worst = { error: 0, x: 0, got: 0 };
    // Odd, so that all low bits occur.
    const stride = 4099;
    for (let start = 0; start < 2 ** 32; start += stride * x.length) {
      for (let i = 0; i < x.length; i++) bits[i] = start + i * stride;
      const y = evaluate.run();
      for (let i = 0; i < x.length; i++) {
        const [at, got] = [x[i]!, y[i]!];
        const error = error32(got, reference(at));
        if (error > worst.error) worst = { error, x: at, got };
      }
    }
    expect(worst.error, `at ${worst.x}, where it is ${worst.got}`).toBeLessThanOrEqual(bound);
    // A bound far above what is reached would let the function get worse.
    expect(worst.error).toBeGreaterThan(0.55 * bound);
  });

  it("is right at zeros, infinities, NaN, subnormal numbers and bounds", () => {
    const got = valuesOf(evaluate, SPECIALS);
    const wrong = SPECIALS.map(Math.fround).flatMap((x, i) => {
      const error = error32(got[i]!, reference(x));
      return error <= bound ? [] : [`${name}(${x}) = ${got[i]}, not ${reference(x)}`];
    });
    expect(wrong).toEqual([]);
  });

  it("gives NaN for NaNs of every kind", () => {
    const [x = new Float32Array()] = evaluate.operands;
    new Uint32Array(x.buffer, x.byteOffset, x.length).set(NANS);
    expect([...evaluate.run().subarray(0, NANS.length)].filter((y) => !Number.isNaN(y))).toEqual([]);
  });
});

it("float32 tanh, sigmoid and erf stay within their bounds, beyond which gradients would change sign", () => {
  for (const name of ["tanh", "sigmoid", "erf"] as const) {
    const evaluate = float32Of1(math.float32[name]);
    const [x = new Float32Array()] = evaluate.operands;
    let outside = 0;
    for (let start = 0; start < 20; start += 0.05) {
      for (let i = 0; i < x.length; i++) x[i] = start + (0.05 * i) / x.length;
      for (const y of evaluate.run()) if (y > 1) outside++;
    }
    expect(outside, name).toBe(0);
  }
});

describe("float32 pow", () => {
  const evaluate = float32Of2(math.float32.pow);
  const reference = (a: number, b: number) => (a === 1 ? 1 : a ** b);

  it("has the reference's results for all pairs of special numbers", () => {
    const numbers = [...SPECIALS, 0.5, -0.5, 2, -2, 3, -3, 1.5, -1.5, 1e10, -1e10, 16777217].map(Math.fround);
    const pairs = numbers.flatMap((a) => numbers.map((b) => [a, b] as const));
    const got = valuesOf2(evaluate, pairs);
    const wrong = pairs.flatMap(([a, b], i) =>
      error32(got[i]!, reference(a, b)) <= 0.51 ? [] : [`${a} ** ${b} = ${got[i]}, not ${reference(a, b)}`],
    );
    expect(wrong).toEqual([]);
  });

  it("is right to 0.51 units in the last place", () => {
    const pairs = Array.from({ length: 200_000 }, (_, i) => {
      const a = Math.fround(Math.exp(180 * (((i * 0.6180339887) % 1) - 0.5)));
      return [
        i % 3 === 0 ? -a : a,
        Math.fround(i % 2 === 0 ? (i % 15) - 7 : (210 * (((i * 0.7548776662) % 1) - 0.5)) / Math.log(a)),
      ] as const;
    });
    const got = valuesOf2(evaluate, pairs);
    const errors = pairs.map(([a, b], i) => error32(got[i]!, reference(a, b)));
    expect(errors.reduce((x, y) => Math.max(x, y), 0)).toBeLessThanOrEqual(0.51);
  });
});
