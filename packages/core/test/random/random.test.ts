import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bernoulli,
  createRng,
  foldIn,
  grad,
  normal,
  permutation,
  randomBits,
  randomKey,
  scan,
  splitKey,
  sum,
  tensor,
  uniform,
  type Tensor,
} from "@tapeloop/core";
import { normalQuantile } from "../../src/random/normal-quantile.js";
import { threefry2x32 } from "../../src/random/threefry.js";
import { fixture } from "../../../../test/fixtures/index.js";

const numbers = (t: Tensor): number[] => [...t.data];

describe("threefry-2x32", () => {
  const { published, more } = fixture("threefry");
  const word = (text: string): number => Number(text) | 0;
  test.each([...published, ...more])(
    "gives the published words for key $key, counter $counter",
    ({ key, counter, result }) => {
      const out = new Int32Array(2);
      threefry2x32(word(key[0]), word(key[1]), word(counter[0]), word(counter[1]), out, 0);
      expect([...out]).toEqual(result.map(word));
      expect(published.length).toBe(3);
    },
  );
});

describe("the normal quantile", () => {
  test("is right to 1e-14 in the middle and the tails", () => {
    // Values of scipy.special.ndtri, correct to the last digit or two.
    const known: [number, number][] = [
      [0.5, 0],
      [0.975, 1.959963984540054],
      [0.1, -1.2815515655446004],
      [1e-5, -4.264890793922825],
      [1e-12, -7.034483825301131],
      [2 ** -53, -8.209536151601387],
    ];
    for (const [p, x] of known)
      expect(Math.abs(normalQuantile(p) - x)).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(x)));
  });
  test("is odd about one half", () => {
    for (const p of [0.01, 0.2, 0.4, 0.49]) expect(normalQuantile(1 - p)).toBeCloseTo(-normalQuantile(p), 12);
  });
});

describe("draws", () => {
  test("are the same for the same key and differ between keys", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 50 }), (seed, n) => {
        expect(numbers(uniform(randomKey(seed), [n]))).toEqual(numbers(uniform(randomKey(seed), [n])));
        expect(numbers(randomBits(randomKey(seed), [4]))).not.toEqual(
          numbers(randomBits(randomKey(seed + 1), [4])),
        );
      }),
      { numRuns: 30 },
    );
  });

  test("are the first numbers of a longer draw", () => {
    const key = randomKey(3);
    expect(numbers(normal(key, [5]))).toEqual(numbers(normal(key, [9])).slice(0, 5));
  });

  test("have the moments of their distributions", () => {
    const n = 200_000;
    const u = numbers(uniform(randomKey(1), [n], { dtype: "float64" }));
    const z = numbers(normal(randomKey(2), [n], { dtype: "float64" }));
    const mean = (xs: number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
    const moment = (xs: number[], k: number): number => mean(xs.map((x) => x ** k));
    // Six standard errors each.
    expect(Math.abs(mean(u) - 0.5)).toBeLessThan((6 * Math.sqrt(1 / 12)) / Math.sqrt(n));
    expect(Math.abs(moment(u, 2) - 1 / 3)).toBeLessThan((6 * Math.sqrt(4 / 45)) / Math.sqrt(n));
    expect(Math.abs(mean(z))).toBeLessThan(6 / Math.sqrt(n));
    expect(Math.abs(moment(z, 2) - 1)).toBeLessThan((6 * Math.sqrt(2)) / Math.sqrt(n));
    expect(Math.abs(moment(z, 4) - 3)).toBeLessThan((6 * Math.sqrt(96)) / Math.sqrt(n));
    expect(u.every((v) => v >= 0 && v < 1)).toBe(true);
    const heads = numbers(bernoulli(randomKey(4), [n], 0.3));
    expect(Math.abs(mean(heads) - 0.3)).toBeLessThan((6 * Math.sqrt(0.21)) / Math.sqrt(n));
  });

  test("agree between float32 and float64 up to rounding", () => {
    const a = numbers(normal(randomKey(7), [100], { dtype: "float64" }));
    expect(numbers(normal(randomKey(7), [100]))).toEqual(a.map(Math.fround));
  });

  test("stay below their upper bound in float32", () => {
    expect(Math.max(...numbers(uniform(randomKey(9), [100_000])))).toBeLessThan(1);
  });

  test("are pinned, so that no change of the generator goes unseen", () => {
    expect(numbers(randomBits(randomKey(0), [4]))).toMatchInlineSnapshot(`
      [
        1797259609,
        -1715843330,
        1351547692,
        -1059176654,
      ]
    `);
    expect(numbers(normal(randomKey(0), [3], { dtype: "float64" }))).toMatchInlineSnapshot(`
      [
        -0.2058421394796433,
        -0.4826230094333748,
        -0.2710916308378201,
      ]
    `);
    expect(numbers(permutation(randomKey(0), 6))).toMatchInlineSnapshot(`
      [
        4,
        0,
        1,
        5,
        3,
        2,
      ]
    `);
  });
});

test("split keys and folded keys share no numbers with each other or with their parent", () => {
  const key = randomKey(11);
  const children = [0, 1, 2].map((i) =>
    splitKey(key, 3)
      .data.subarray(2 * i, 2 * i + 2)
      .join(),
  );
  const folded = [0, 1, 2].map((i) => foldIn(key, i).data.join());
  const bits = numbers(randomBits(key, [6]));
  const own = [0, 1, 2].map((i) => bits.slice(2 * i, 2 * i + 2).join());
  expect(new Set([...children, ...folded, ...own, key.data.join()]).size).toBe(10);
});

test("an Rng counts: every key is new, and the sequence repeats for the seed", () => {
  const [a, b] = [createRng(5), createRng(5)];
  const first = Array.from({ length: 5 }, () => a.key().data.join());
  expect(Array.from({ length: 5 }, () => b.key().data.join())).toEqual(first);
  expect(new Set(first).size).toBe(5);
});

test("a permutation holds every number once", () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(200), (seed, n) => {
      expect(numbers(permutation(randomKey(seed), n)).sort((x, y) => x - y)).toEqual(
        Array.from({ length: n }, (_, i) => i),
      );
    }),
    { numRuns: 40 },
  );
});

test("draws work inside scan, with a key per step, and equal the draws outside", () => {
  const keys = splitKey(randomKey(1), 4);
  const [, ys] = scan((c: null, key: Tensor) => [c, normal(key, [2])] as const, null, keys);
  const rows = [0, 1, 2, 3].map((i) => tensor(keys.data.slice(2 * i, 2 * i + 2)));
  expect(numbers(ys)).toEqual(rows.flatMap((key) => numbers(normal(key, [2]))));
});

test("noise carries gradients to what it scales", () => {
  const g = grad((s: Tensor) => sum(normal(randomKey(3), [4], { dtype: "float64" }).mul(s)));
  const s = uniform(randomKey(0), [], { dtype: "float64" });
  expect(g(s).item()).toBeCloseTo(
    numbers(normal(randomKey(3), [4], { dtype: "float64" })).reduce((a, b) => a + b, 0),
    12,
  );
});

test("bad keys, seeds and bounds are refused in one line", () => {
  expect(() => randomKey(1.5)).toThrow("randomKey: got seed 1.5, expected a whole number within ±2⁵³");
  expect(() => uniform(uniform(randomKey(0), [2]), [3])).toThrow("uniform: got float32 [2] as the key");
  expect(() => uniform(randomKey(0), [2], { low: 2, high: 1 })).toThrow("expected finite bounds in order");
  expect(() => bernoulli(randomKey(0), [2], 1.1)).toThrow("bernoulli: got p 1.1, expected 0 … 1");
  expect(() => permutation(randomKey(0), -1)).toThrow("permutation: got -1");
});
