import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { derivatives } from "../src/numeric/derivative.js";
import type { Line } from "../src/numeric/line.js";
import { measureNoise, noiseLevel } from "../src/numeric/noise.js";
import type { NumericDerivative } from "../src/numeric/stencil.js";
import { createRandom, sampleIndices } from "../src/random.js";
import { chooseEntries, unravel } from "../src/sampling.js";

/** A function of one number, from `x` on. */
function lineThrough(f: (x: number) => number, x: number, room: Line["room"] = [Infinity, Infinity]): Line {
  return {
    at: (t) => ({ at: x + t - x, outputs: Float64Array.of(f(x + t)) }),
    step: 0.05 * Math.max(1, Math.abs(x)),
    size: Math.abs(x),
    room,
  };
}

/** The derivative of a function of one number, as gradcheck computes it. */
function differentiate(f: (x: number) => number, x: number, room?: Line["room"]): NumericDerivative {
  const line = lineThrough(f, x, room);
  const origin = { at: 0, outputs: Float64Array.of(f(x)) };
  const weights = [Float64Array.of(1)];
  const [result] = derivatives(line, { origin, weights, noise: measureNoise(line, origin, weights) });
  if (result === undefined) throw new Error("no derivative");
  return result;
}

const smooth: [
  name: string,
  f: (x: number) => number,
  derivative: (x: number) => number,
  low: number,
  high: number,
][] = [
  ["exp", Math.exp, Math.exp, -3, 3],
  ["log", Math.log, (x) => 1 / x, 0.1, 5],
  ["tanh", Math.tanh, (x) => 1 / Math.cosh(x) ** 2, -3, 3],
  ["sin(5x)", (x) => Math.sin(5 * x), (x) => 5 * Math.cos(5 * x), -3, 3],
  ["sqrt", Math.sqrt, (x) => 0.5 / Math.sqrt(x), 0.1, 5],
  ["x⁵", (x) => x ** 5, (x) => 5 * x ** 4, -3, 3],
  ["1/x", (x) => 1 / x, (x) => -1 / x ** 2, 0.1, 5],
  ["1e6 + tanh", (x) => 1e6 + Math.tanh(x), (x) => 1 / Math.cosh(x) ** 2, -3, 3],
  ["e^(−x²)", (x) => Math.exp(-x * x), (x) => -2 * x * Math.exp(-x * x), -3, 3],
];

describe("the numeric derivative", () => {
  test.each(smooth)(
    "of %s lies within its error bound, and is precise",
    (_name, f, derivative, low, high) => {
      const random = createRandom(7);
      const relative: number[] = [];
      for (let i = 0; i < 400; i++) {
        const x = low + (high - low) * random.uniform();
        const { value, error } = differentiate(f, x);
        const exact = derivative(x);
        // The closed form itself rounds.
        expect(Math.abs(value - exact)).toBeLessThanOrEqual(error + 4 * Number.EPSILON * Math.abs(exact));
        relative.push(error / Math.max(Math.abs(exact), Math.abs(f(x))));
      }
      expect(relative.sort((a, b) => a - b)[200]).toBeLessThan(1e-11);
    },
  );

  test("of a straight line is exact at the first steps", () => {
    const { value, error } = differentiate((x) => 3 * x, 0.5);
    expect(value).toBeCloseTo(3, 13);
    expect(error).toBeLessThan(1e-12);
  });

  test("does not exist where no step stays inside the domain", () => {
    expect(differentiate(Math.log, 1e-12).error).toBe(Infinity);
  });

  test("has a kink where the one-sided derivatives differ, and none where the function only bends", () => {
    expect(differentiate(Math.abs, 0).kink).toEqual([-1, 1]);
    expect(differentiate((x) => Math.max(x, 0) - x, 0).kink).toEqual([-1, 0]);
    expect(differentiate((x) => x * Math.abs(x), 0).kink).toBeUndefined();
    expect(differentiate(Math.cosh, 0).kink).toBeUndefined();
    for (const [, f] of smooth) expect(differentiate(f, 1.25).kink).toBeUndefined();
  });

  test.each(smooth)(
    "of %s on one side, at the edge of its domain, lies within its error bound",
    (_name, f, derivative, low, high) => {
      const random = createRandom(8);
      const relative: number[] = [];
      for (let i = 0; i < 200; i++) {
        const x = low + (high - low) * random.uniform();
        const { value, error } = differentiate(f, x, i % 2 === 0 ? [0, Infinity] : [x - low + 0.05, 1e-9]);
        const exact = derivative(x);
        expect(Math.abs(value - exact)).toBeLessThanOrEqual(error + 4 * Number.EPSILON * Math.abs(exact));
        relative.push(error / Math.max(Math.abs(exact), Math.abs(f(x))));
      }
      expect(relative.sort((a, b) => a - b)[100]).toBeLessThan(1e-9);
    },
  );

  test("has a bound that holds by far, so that no accident of rounding breaks it", () => {
    const random = createRandom(9);
    for (const [, f, derivative, low, high] of smooth) {
      for (let i = 0; i < 300; i++) {
        const x = low + (high - low) * random.uniform();
        const rooms = [[Infinity, Infinity] as const, [0, Infinity] as const];
        for (const room of rooms) {
          const { value, error } = differentiate(f, x, room);
          const off = Math.abs(value - derivative(x)) - 4 * Number.EPSILON * Math.abs(derivative(x));
          expect(off).toBeLessThan(0.5 * error);
        }
      }
    }
  });

  test("is not trusted near a step or a kink", () => {
    for (const distance of [1e-3, 1e-5, 1e-6, 1e-8]) {
      const { value, error, kink } = differentiate((x) => Math.max(x - distance, 0), 0);
      expect(kink !== undefined || Math.abs(value) <= error).toBe(true);
    }
  });
});

describe("measured noise", () => {
  test("is the standard deviation of what was added to a smooth function", () => {
    const random = createRandom(1);
    const levels = Array.from({ length: 200 }, () =>
      noiseLevel(Array.from({ length: 9 }, (_, i) => Math.exp(i * 1e-9) + 1e-7 * random.normal())),
    ).sort((a, b) => a - b);
    expect(levels[100]).toBeGreaterThan(0.6e-7);
    expect(levels[100]).toBeLessThan(1.5e-7);
  });

  test("is nothing for values that are exact", () => {
    expect(noiseLevel([1, 2, 3, 4, 5, 6, 7, 8, 9])).toBe(0);
  });
});

describe("sampling", () => {
  test("takes as many entries as allowed, none twice, and small variables whole", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(30), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 60 }),
        fc.nat(),
        (sizes, limit, seed) => {
          const entries = chooseEntries(sizes, limit, createRandom(seed));
          const total = sizes.reduce((a, b) => a + b, 0);
          expect(entries.length).toBe(Math.min(limit, total));
          expect(new Set(entries.map(({ variable, index }) => `${variable}/${index}`)).size).toBe(
            entries.length,
          );
          for (const { variable, index } of entries) expect(index).toBeLessThan(sizes[variable] ?? 0);
          sizes.forEach((size, variable) => {
            if (size <= Math.floor(limit / sizes.length)) {
              expect(entries.filter((entry) => entry.variable === variable).length).toBe(size);
            }
          });
        },
      ),
    );
  });

  test("meets every index about equally often", () => {
    const counts = new Array<number>(10).fill(0);
    const random = createRandom(5);
    for (let i = 0; i < 2000; i++)
      for (const k of sampleIndices(random, 10, 3)) counts[k] = (counts[k] ?? 0) + 1;
    for (const count of counts) expect(Math.abs(count - 600)).toBeLessThan(120);
  });

  test("names positions by their index along each axis", () => {
    expect(unravel(0, [])).toEqual([]);
    expect(unravel(5, [2, 3])).toEqual([1, 2]);
    expect(unravel(23, [2, 3, 4])).toEqual([1, 2, 3]);
  });
});
