import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lo } from "../../packages/check/src/dd/arithmetic.js";
import * as dd from "../../packages/check/src/dd/functions.js";
import { math, type VectorMath } from "../../packages/core/src/kernels/math/index.js";
import { sigmoidOf } from "../../packages/core/src/ops/activations.js";
import { erfcOf, erfOf } from "../../packages/core/src/ops/erf.js";
import {
  float64Of1,
  float64Of2,
  ulp64,
  valuesOf,
  valuesOf2,
} from "../../packages/core/test/helpers/vector-math.js";

type Name = Exclude<keyof VectorMath, "pow">;

interface Case {
  readonly plain: (x: number) => number;
  readonly exact: (xh: number, xl: number) => number;
  /** Where the function is neither constant nor infinite. */
  readonly range: readonly [number, number];
  /** Largest error in units in the last place; the promise is 4. */
  readonly bound: number;
}

const softplusOf = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

const cases: Readonly<Record<Name, Case>> = {
  exp: { plain: Math.exp, exact: dd.exp, range: [-708, 709.7], bound: 2.5 },
  expm1: { plain: Math.expm1, exact: dd.expm1, range: [-40, 709.7], bound: 2.5 },
  log: { plain: Math.log, exact: dd.log, range: [1e-300, 10], bound: 1 },
  log1p: { plain: Math.log1p, exact: dd.log1p, range: [-0.99999, 10], bound: 1 },
  tanh: { plain: Math.tanh, exact: dd.tanh, range: [-19, 19], bound: 3 },
  sigmoid: { plain: sigmoidOf, exact: dd.sigmoid, range: [-700, 40], bound: 3 },
  sin: { plain: Math.sin, exact: dd.sin, range: [-1e5, 1e5], bound: 0.8 },
  cos: { plain: Math.cos, exact: dd.cos, range: [-1e5, 1e5], bound: 0.8 },
  erf: { plain: erfOf, exact: dd.erf, range: [-6, 6], bound: 2 },
  erfc: { plain: erfcOf, exact: dd.erfc, range: [-6, 26], bound: 4 },
  softplus: { plain: softplusOf, exact: dd.softplus, range: [-700, 40], bound: 3 },
};

/** Fractions of consecutive multiples of an irrational number: even, and the same in every run. */
function even(count: number): number[] {
  return Array.from({ length: count }, (_, i) => ((i + 1) * 0.6180339887498949) % 1);
}

/** Arguments over the range, near 0 and 1 in it, and at all sizes below. */
function samples([low, high]: readonly [number, number]): number[] {
  const inside = even(4000).map((u) => low + u * (high - low));
  const near = even(3000).map((u) => 4 * u - 2);
  const small = even(1000).map((u, i) => (i % 2 === 0 ? 1 : -1) * 2 ** (-60 * u));
  return [...inside, ...near, ...small].filter((x) => x >= low && x <= high);
}

const SPECIALS = [
  0,
  -0,
  1,
  -1,
  Infinity,
  -Infinity,
  NaN,
  5e-324,
  -5e-324,
  2 ** -1022,
  -(2 ** -1022),
  1e-310,
  -1e-310,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  709.782712893384,
  709.7827128933841,
  -745.1332191019411,
  -745.2,
  -740,
  1e22,
];

/** Units in the last place between `got` and the sum of `high` and `low`; Infinity where one is NaN, or a zero's sign differs. */
function errorOf(got: number, high: number, low: number): number {
  if (Object.is(got, high)) return Math.abs(low) / ulp64(high) || 0;
  if ((got === 0 && high === 0) || Number.isNaN(got) || Number.isNaN(high)) return Infinity;
  return Math.abs(got - high - low) / ulp64(high);
}

describe.each(Object.keys(cases) as Name[])("float64 %s", (name) => {
  const { plain, exact, range, bound } = cases[name];
  const evaluate = float64Of1(math.float64[name]);

  it(`is right to ${bound} units in the last place`, () => {
    const xs = samples(range);
    const got = valuesOf(evaluate, xs);
    const errors = xs.map((x, i) => ({ x, error: errorOf(got[i]!, exact(x, 0), lo()) }));
    const worst = errors.reduce((a, b) => (b.error > a.error ? b : a));
    expect(worst.error, `at ${worst.x}`).toBeLessThanOrEqual(bound);
    expect(worst.error).toBeGreaterThan(0.4 * bound);
  });

  it("is what the reference is at zeros, infinities, NaN, subnormal numbers and bounds", () => {
    const got = valuesOf(evaluate, SPECIALS);
    const wrong = SPECIALS.flatMap((x, i) => {
      const error = errorOf(got[i]!, plain(x), 0);
      return error <= bound + 2 ? [] : [`${name}(${x}) = ${got[i]}, not ${plain(x)}`];
    });
    expect(wrong).toEqual([]);
  });

  it("gives NaN for NaNs of every payload", () => {
    const [x = new Float64Array()] = evaluate.operands;
    const bits = new BigUint64Array(x.buffer, x.byteOffset, x.length);
    for (let i = 0; i < 104; i++)
      bits[i] = (0x7ff0n << 48n) | (BigInt(i % 2) << 63n) | (1n << BigInt(i >> 1));
    expect([...evaluate.run().subarray(0, 104)].filter((y) => !Number.isNaN(y))).toEqual([]);
  });
});

describe("float64 angles", () => {
  const [sin, cos] = [float64Of1(math.float64.sin), float64Of1(math.float64.cos)];

  it("are reduced exactly, however large, and in each half of a vector by itself", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { minLength: 4, maxLength: 8 }), (xs) => {
        const [s, c] = [valuesOf(sin, xs), valuesOf(cos, xs)];
        xs.forEach((x, i) => {
          expect(errorOf(s[i]!, Math.sin(x), 0)).toBeLessThan(2);
          expect(errorOf(c[i]!, Math.cos(x), 0)).toBeLessThan(2);
        });
      }),
      { numRuns: 1000 },
    );
  });

  it("near multiples of π/2 keep their relative accuracy", () => {
    const xs = Array.from({ length: 4000 }, (_, k) => (k % 2 === 0 ? k : k * 523) * (Math.PI / 2));
    // The double closest to a multiple of π/2 of all: cos is −4.7e-19 there.
    xs.push(5.319372648326541e255, 6381956970095103 * 2 ** 797);
    for (const [evaluate, f] of [
      [sin, Math.sin],
      [cos, Math.cos],
    ] as const) {
      const got = valuesOf(evaluate, xs);
      expect(xs.filter((x, i) => !(errorOf(got[i]!, f(x), 0) < 2))).toEqual([]);
    }
  });
});

describe("float64 pow", () => {
  const evaluate = float64Of2(math.float64.pow);
  const plain = (a: number, b: number) => (a === 1 ? 1 : a ** b);

  it("is right to 2 units in the last place, also where the logarithm is multiplied by hundreds", () => {
    const us = even(8000);
    const pairs = us.map((u, i) => {
      const a = i % 3 === 0 ? Math.exp(1400 * (u - 0.5)) : Math.exp(4 * (u - 0.5));
      return [
        a,
        i % 2 === 0 ? 20 * ((7 * u) % 1) - 10 : (1400 * (((7 * u) % 1) - 0.5)) / Math.log(a),
      ] as const;
    });
    const got = valuesOf2(evaluate, pairs);
    const errors = pairs.map(([a, b], i) => {
      const high = dd.pow(a, 0, b, 0);
      return Math.abs(high) > 1e-290 && Math.abs(high) < 1e300 ? errorOf(got[i]!, high, lo()) : 0;
    });
    const worst = errors.reduce((x, y) => Math.max(x, y));
    expect(worst).toBeLessThanOrEqual(2);
    expect(worst).toBeGreaterThan(1);
  });

  it("is what the reference is for all pairs of special numbers", () => {
    const numbers = [
      ...SPECIALS,
      0.5,
      -0.5,
      2,
      -2,
      3,
      -3,
      1.5,
      -1.5,
      1e10,
      -1e10,
      2 ** 53 + 2,
      2 ** 53 - 1,
      1e300,
    ];
    const pairs = numbers.flatMap((a) => numbers.map((b) => [a, b] as const));
    const got = valuesOf2(evaluate, pairs);
    const wrong = pairs.flatMap(([a, b], i) =>
      errorOf(got[i]!, plain(a, b), 0) <= 2 ? [] : [`${a} ** ${b} = ${got[i]}, not ${plain(a, b)}`],
    );
    expect(wrong).toEqual([]);
  });
});
