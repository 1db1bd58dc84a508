import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  broadcastStrides,
  copyElements,
  eachRun,
  isContiguous,
  reshapeStrides,
  rowMajor,
  type Layout,
} from "../../src/tensor/layout.js";
import { indicesOf, positionsOf, shapes, viewsOf } from "../helpers/views.js";

/** The places that eachRun visits, one list per operand, and how many runs it takes. */
function walk(shape: readonly number[], operands: readonly Layout[]): { places: number[][]; runs: number } {
  const places: number[][] = operands.map(() => []);
  let runs = 0;
  eachRun(shape, operands, (length, starts, steps) => {
    runs++;
    for (let i = 0; i < length; i++) {
      places.forEach((list, k) => list.push((starts[k] ?? NaN) + i * (steps[k] ?? NaN)));
    }
  });
  return { places, runs };
}

describe("eachRun", () => {
  it("visits every element of any views together, in row-major order", () => {
    const cases = shapes(5).chain((shape) => fc.array(viewsOf(shape), { minLength: 1, maxLength: 4 }));
    fc.assert(
      fc.property(cases, (views) => {
        const shape = views[0]?.shape ?? [];
        expect(walk(shape, views).places).toEqual(views.map(positionsOf));
      }),
      { numRuns: 1000 },
    );
  });

  it("takes one run for contiguous, reversed, stretched and evenly spaced operands", () => {
    const shape = [2, 1, 3];
    const even = [rowMajor(shape), { strides: [-3, 9, -1], offset: 5 }, { strides: [0, 0, 0], offset: 4 }];
    expect(walk(shape, even).runs).toBe(1);
    expect(walk(shape, [...even, { strides: [12, 1, 4], offset: 0 }]).runs).toBe(1);
  });

  it("takes one run per row where rows are apart", () => {
    expect(walk([4, 3], [rowMajor([4, 3]), { strides: [5, 1], offset: 0 }]).runs).toBe(4);
    expect(walk([4, 3], [{ strides: [0, 1], offset: 0 }]).runs).toBe(4);
    expect(walk([4, 3, 2], [{ strides: [20, 2, 1], offset: 0 }]).runs).toBe(4);
  });

  it("visits a scalar once and an empty tensor never", () => {
    expect(walk([], [{ strides: [], offset: 7 }])).toEqual({ places: [[7]], runs: 1 });
    expect(walk([1, 1], [{ strides: [3, 5], offset: 7 }])).toEqual({ places: [[7]], runs: 1 });
    expect(walk([2, 0, 3], [rowMajor([2, 0, 3])])).toEqual({ places: [[]], runs: 0 });
  });
});

describe("isContiguous", () => {
  it("holds exactly when the elements follow one another", () => {
    fc.assert(
      fc.property(shapes(4).chain(viewsOf), (view) => {
        const places = positionsOf(view);
        expect(isContiguous(view.shape, view.strides)).toBe(places.every((at, i) => at === view.offset + i));
      }),
      { numRuns: 500 },
    );
  });
});

describe("broadcastStrides", () => {
  it("finds each element of the stretched tensor where the original has it", () => {
    const cases = fc
      .record({
        target: shapes(4),
        keep: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        drop: fc.nat(4),
      })
      .chain(({ target, keep, drop }) =>
        fc.record({
          target: fc.constant(target),
          view: viewsOf(
            target.map((n, i) => (keep[i] === true ? n : 1)).slice(Math.min(drop, target.length)),
          ),
        }),
      );
    fc.assert(
      fc.property(cases, ({ target, view }) => {
        const strides = broadcastStrides(view.shape, view.strides, target);
        const lead = target.length - view.shape.length;
        const expected = indicesOf(target).map((index) =>
          view.shape.reduce(
            (at, n, axis) => at + (n === 1 ? 0 : (index[axis + lead] ?? 0)) * (view.strides[axis] ?? 0),
            view.offset,
          ),
        );
        expect(positionsOf({ shape: target, strides, offset: view.offset })).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});

describe("reshapeStrides", () => {
  /** Other shapes with as many elements as n. */
  const factored = (n: number): fc.Arbitrary<number[]> =>
    fc.array(fc.nat(5), { maxLength: 5 }).map((choices) => {
      const shape: number[] = [];
      let rest = n;
      for (const choice of choices) {
        const divisors = [1, 2, 3, 4, 6].filter((d) => rest % d === 0);
        const d = divisors[choice % divisors.length] ?? 1;
        shape.push(d);
        rest /= d;
      }
      return rest === 1 ? shape : [...shape, rest];
    });

  it("finds strides exactly when there are any, and they keep the order of the elements", () => {
    const cases = shapes(4, { min: 1, max: 4 })
      .chain(viewsOf)
      .chain((view) => fc.record({ view: fc.constant(view), to: factored(positionsOf(view).length) }));
    fc.assert(
      fc.property(cases, ({ view, to }) => {
        const places = positionsOf(view);
        // If there are strides at all, each is the distance to the neighbour along its axis.
        const size = (axis: number): number => to.slice(axis).reduce((a, b) => a * b, 1);
        const only = to.map((n, axis) => (n === 1 ? 0 : (places[size(axis + 1)] ?? NaN) - view.offset));
        const exists =
          positionsOf({ shape: to, strides: only, offset: view.offset }).join() === places.join();
        const strides = reshapeStrides(view.shape, view.strides, to);
        expect(
          strides !== undefined,
          `[${view.shape.join()}] by [${view.strides.join()}] to [${to.join()}]`,
        ).toBe(exists);
        if (strides) expect(positionsOf({ shape: to, strides, offset: view.offset })).toEqual(places);
      }),
      { numRuns: 1000 },
    );
  });

  it("needs no copy for an empty tensor", () => {
    expect(reshapeStrides([0, 3], [7, -2], [5, 0])).toHaveLength(2);
  });
});

describe("copyElements", () => {
  it("copies long runs as blocks, short and strided ones element by element, and nothing else", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 5, 31, 32, 33, 70),
        fc.constantFrom(1, -1, 2, 0),
        fc.constantFrom(1, 2),
        (n, stride, step) => {
          const buffer = Float32Array.from({ length: 200 }, (_, i) => i + 1);
          const source = { buffer, strides: [stride === 0 ? 1 : 80, stride], offset: stride < 0 ? 80 : 3 };
          const target = { strides: [n * step + 2, step], offset: 1 };
          const out = new Float32Array(2 * (n * step + 2) + 2);
          const expected = out.slice();
          const from = positionsOf({ shape: [2, n], ...source });
          positionsOf({ shape: [2, n], ...target }).forEach(
            (to, i) => (expected[to] = buffer[from[i] ?? 0] ?? 0),
          );
          copyElements([2, n], source, out, target);
          expect(out).toEqual(expected);
        },
      ),
    );
  });
});
