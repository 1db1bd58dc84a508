import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  add,
  compare,
  div,
  lo,
  mul,
  quickTwoSum,
  sqrt,
  sub,
  twoProduct,
  twoSum,
} from "../../src/dd/arithmetic.js";
import { erf, erfc, exp, expm1, log, log1p, sin, tanh } from "../../src/dd/functions.js";

/** A float64 as a whole number of 2⁻¹¹⁰⁰, for exact checks. */
function exact(x: number): bigint {
  let [scaled, shift] = [x, 0];
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    shift++;
  }
  return BigInt(scaled) << BigInt(1100 - shift);
}

type Halves = readonly [hi: number, lo: number];

/** Numbers from 2^-bits to 2^bits of either sign, from whole numbers, so that nothing shrinks through float bits. */
function numbers(bits: number): fc.Arbitrary<number> {
  return fc
    .tuple(
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.nat(2 ** 22 - 1),
      fc.integer({ min: -bits, max: bits }),
    )
    .map(([upper, lower, e]) => (upper + lower * 2 ** -22) * 2 ** (e - 31));
}

function pairs(bits: number): fc.Arbitrary<Halves> {
  return fc.tuple(numbers(bits), numbers(0)).map(([h, part]): Halves => {
    const hi = quickTwoSum(h, h * part * 2 ** -54);
    return [hi, lo()];
  });
}

function halves(hi: number): Halves {
  return [hi, lo()];
}

const UNIT = 2 ** -104;

/** |a − b| ≤ tolerance·|b|. */
function expectNear(a: Halves, b: Halves, tolerance: number): void {
  const difference = Math.abs(a[0] - b[0] + (a[1] - b[1]));
  expect(difference).toBeLessThanOrEqual(tolerance * Math.abs(b[0]));
}

describe("transformations without error", () => {
  test("a sum and its rounding error add up to a + b", () => {
    fc.assert(
      fc.property(numbers(300), numbers(300), (a, b) => {
        const s = twoSum(a, b);
        expect(s).toBe(a + b);
        expect(exact(s) + exact(lo())).toBe(exact(a) + exact(b));
      }),
    );
  });

  test("a product and its rounding error add up to a·b", () => {
    fc.assert(
      fc.property(numbers(120), numbers(120), (a, b) => {
        const p = twoProduct(a, b);
        expect(p).toBe(a * b);
        expect((exact(p) + exact(lo())) << 1100n).toBe(exact(a) * exact(b));
      }),
    );
  });

  test("the product is exact also where splitting would overflow", () => {
    const p = twoProduct(2 ** 1000 + 2 ** 948, 1 + 2 ** -52);
    expect([p, lo()]).toEqual([2 ** 1000 + 2 ** 949, 2 ** 896]);
  });
});

describe("laws of arithmetic", () => {
  test("sums and products are within 2⁻¹⁰⁴ of the exact ones", () => {
    const value = ([h, l]: Halves): bigint => exact(h) + exact(l);
    const size = (n: bigint): bigint => (n < 0n ? -n : n);
    fc.assert(
      fc.property(pairs(60), pairs(60), (a, b) => {
        const sum = value(a) + value(b);
        const s = value(halves(add(...a, ...b)));
        expect(size(s - sum) << 104n <= size(sum)).toBe(true);
        const product = (value(a) * value(b)) >> 1100n;
        const p = value(halves(mul(...a, ...b)));
        expect((size(p - product) - 1n) << 103n <= size(product)).toBe(true);
      }),
    );
  });

  test("(a + b) − b is a, as far as the size of b lets it", () => {
    fc.assert(
      fc.property(pairs(40), pairs(40), (a, b) => {
        const s = halves(add(...a, ...b));
        const back = halves(sub(...s, ...b));
        const error = Math.abs(back[0] - a[0] + (back[1] - a[1]));
        expect(error).toBeLessThanOrEqual(4 * UNIT * (Math.abs(a[0]) + Math.abs(b[0])));
      }),
    );
  });

  test("(a·b)/b is a, and √x squared is x", () => {
    fc.assert(
      fc.property(pairs(200), pairs(200), (a, b) => {
        fc.pre(a[0] !== 0 && b[0] !== 0);
        const p = halves(mul(...a, ...b));
        expectNear(halves(div(...p, ...b)), a, 16 * UNIT);
        const x: Halves = a[0] < 0 ? [-a[0], -a[1]] : a;
        const root = halves(sqrt(...x));
        expectNear(halves(mul(...root, ...root)), x, 16 * UNIT);
      }),
    );
  });

  test("the order is that of the exact numbers", () => {
    expect(compare(1, 1e-20, 1, -1e-20)).toBe(1);
    expect(compare(1, 0, 1, 1e-20)).toBe(-1);
    expect(compare(2, 1e-17, 2, 1e-17)).toBe(0);
    expect(compare(Infinity, 0, Infinity, 0)).toBe(0);
    expect(compare(NaN, 0, 1, 0)).toBeNaN();
  });
});

describe("laws of functions", () => {
  const small = pairs(3);
  test("the logarithm undoes the exponential, and ln(1 + x) undoes eˣ − 1, to the relative error of small numbers", () => {
    fc.assert(
      fc.property(small, (x) => {
        const e = halves(exp(...x));
        const back = halves(log(...e));
        expect(Math.abs(back[0] - x[0] + (back[1] - x[1]))).toBeLessThan(1e-30);
        if (x[0] === 0) return;
        const e1 = halves(expm1(...x));
        const growth = x[0] < -1 ? Math.exp(-x[0]) : 1;
        expectNear(halves(log1p(...e1)), x, 1e-30 * growth);
      }),
    );
  });

  test("tanh, erf and sin are odd", () => {
    fc.assert(
      fc.property(pairs(5), (x) => {
        for (const f of [tanh, erf, sin]) {
          const y = halves(f(...x));
          const [h, l] = halves(f(-x[0], -x[1]));
          expect([h + y[0], l + y[1]]).toEqual([0, 0]);
        }
      }),
    );
  });

  test("erf and erfc add up to 1", () => {
    fc.assert(
      fc.property(pairs(3), (x) => {
        const y = halves(erf(...x));
        const z = halves(erfc(...x));
        expectNear(halves(add(...y, ...z)), [1, 0], 1e-30);
      }),
    );
  });
});

describe("what is not finite, and zeros, propagate as in float64", () => {
  const specials = [NaN, Infinity, -Infinity, 0, -0, 1, -2, 1e308, 5e-324];
  test.each([
    ["+", add, (a: number, b: number) => a + b],
    ["−", sub, (a: number, b: number) => a - b],
    ["·", mul, (a: number, b: number) => a * b],
    ["/", div, (a: number, b: number) => a / b],
  ] as const)("%s", (_name, f, plain) => {
    for (const a of specials) {
      for (const b of specials) {
        const [h, l] = halves(f(a, 0, b, 0));
        expect(h, `${a}, ${b}`).toBe(plain(a, b));
        if (!Number.isFinite(h)) expect(l).toBe(0);
        else expect(Math.abs(l)).toBeLessThanOrEqual(Math.abs(h) * Number.EPSILON);
      }
    }
  });

  test.each([
    ["exp", exp, Math.exp],
    ["expm1", expm1, Math.expm1],
    ["log", log, Math.log],
    ["log1p", log1p, Math.log1p],
    ["tanh", tanh, Math.tanh],
    ["sin", sin, Math.sin],
    ["sqrt", sqrt, Math.sqrt],
  ] as const)("%s", (_name, f, plain) => {
    for (const x of [NaN, Infinity, -Infinity, 0, -0, -1]) {
      const [h, l] = halves(f(x, 0));
      if (x === -1 && Number.isFinite(plain(x))) expect(h).toBeCloseTo(plain(x), 14);
      else expect(h, `${x}`).toBe(plain(x));
      if (!Number.isFinite(h)) expect(l).toBe(0);
    }
  });
});
