import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../src/errors.js";
import {
  broadcastShapes,
  checkShape,
  contiguousStrides,
  formatShape,
  MAX_SIZE,
  normalizeAxes,
  normalizeAxis,
  reducedShape,
  sameShape,
  sizeOf,
} from "../../src/tensor/shape.js";
import { positionsOf, shapes } from "../helpers/views.js";

describe("shapes", () => {
  it("are written like [2, 3]", () => {
    expect([formatShape([]), formatShape([2]), formatShape([2, 3])]).toEqual(["[]", "[2]", "[2, 3]"]);
  });

  it("have as many elements as their sizes multiply to, a scalar one", () => {
    expect([sizeOf([]), sizeOf([3]), sizeOf([2, 3]), sizeOf([2, 0])]).toEqual([1, 3, 6, 0]);
  });

  it("are the same when all sizes are", () => {
    expect(sameShape([], [])).toBe(true);
    expect(sameShape([2, 3], [2, 3])).toBe(true);
    expect(sameShape([2, 3], [3, 2])).toBe(false);
    expect(sameShape([2], [2, 1])).toBe(false);
  });

  it("have strides that number the elements row by row", () => {
    fc.assert(
      fc.property(shapes(5), (shape) => {
        const places = positionsOf({ shape, strides: contiguousStrides(shape), offset: 0 });
        expect(places).toEqual(places.map((_, i) => i));
      }),
    );
  });

  it("hold up to 8 axes of whole sizes and fewer than 2³¹ elements", () => {
    expect(() => checkShape("zeros", [1, 1, 1, 1, 1, 1, 1, 1])).not.toThrow();
    expect(() => checkShape("zeros", [1, 1, 1, 1, 1, 1, 1, 1, 1])).toThrow(
      "zeros: got rank 9 [1, 1, 1, 1, 1, 1, 1, 1, 1], expected at most 8 axes",
    );
    for (const wrong of [-1, 0.5, NaN, Infinity]) {
      expect(() => checkShape("zeros", [2, wrong])).toThrow("expected whole sizes of 0 or more");
    }
    expect(() => checkShape("zeros", [MAX_SIZE])).not.toThrow();
    expect(() => checkShape("zeros", [2 ** 16, 2 ** 15])).toThrow(
      "zeros: shape [65536, 32768] has 2147483648 elements, expected at most 2147483647",
    );
    expect(() => checkShape("zeros", [2 ** 16, 2 ** 16, 0])).not.toThrow();
  });
});

describe("broadcastShapes", () => {
  it("aligns at the last axis and stretches sizes of 1, both ways alike", () => {
    expect(broadcastShapes("add", [2, 3], [3])).toEqual([2, 3]);
    expect(broadcastShapes("add", [2, 1], [1, 3])).toEqual([2, 3]);
    expect(broadcastShapes("add", [], [2])).toEqual([2]);
    expect(broadcastShapes("add", [0], [1])).toEqual([0]);
    const pairs = shapes(4).chain((shape) => fc.tuple(...[0, 1].map(() => subShape(shape))));
    fc.assert(
      fc.property(pairs, ([a = [], b = []]) => {
        const rank = Math.max(a.length, b.length);
        const size = (s: readonly number[], i: number): number => s[i - rank + s.length] ?? 1;
        const expected = Array.from({ length: rank }, (_, i) => (size(a, i) === 1 ? size(b, i) : size(a, i)));
        expect(broadcastShapes("add", a, b)).toEqual(expected);
        expect(broadcastShapes("add", b, a)).toEqual(expected);
      }),
    );
  });

  it("names the axis that does not fit", () => {
    expect(() => broadcastShapes("add", [4, 2, 3], [5, 3])).toThrow(
      "add: shapes [4, 2, 3] and [5, 3] do not broadcast: axis 1 is 2 against 5",
    );
    expect(() => broadcastShapes("add", [0], [2])).toThrow(ShapeError);
  });

  /** A shape that broadcasts to the given one: some sizes 1, some leading axes missing. */
  function subShape(shape: readonly number[]): fc.Arbitrary<number[]> {
    return fc
      .record({ drop: fc.nat(shape.length), ones: fc.infiniteStream(fc.boolean()) })
      .map(({ drop, ones }) => shape.slice(drop).map((n) => (ones.next().value === true ? 1 : n)));
  }
});

describe("axes", () => {
  it("count from the end when negative", () => {
    expect([0, 2, -1, -3].map((axis) => normalizeAxis("sum", axis, 3))).toEqual([0, 2, 2, 0]);
  });

  it("are refused when there is no such axis", () => {
    expect(() => normalizeAxis("sum", 3, 3)).toThrow("sum: got axis 3, expected −3 … 2");
    expect(() => normalizeAxis("sum", -4, 3)).toThrow("sum: got axis -4");
    expect(() => normalizeAxis("sum", 0.5, 3)).toThrow(ShapeError);
    expect(() => normalizeAxis("sum", 0, 0)).toThrow(
      "sum: got axis 0, expected no axis: the tensor is a scalar",
    );
  });

  it("come sorted and once each; undefined means all, [] none", () => {
    expect(normalizeAxes("sum", [-1, 0], 3)).toEqual([0, 2]);
    expect(normalizeAxes("sum", undefined, 3)).toEqual([0, 1, 2]);
    expect(normalizeAxes("sum", [], 3)).toEqual([]);
    expect(normalizeAxes("sum", 1, 3)).toEqual([1]);
    expect(() => normalizeAxes("sum", [2, -1], 3)).toThrow("sum: got axes [2, 2], expected no repeats");
  });

  it("disappear when they are reduced, or stay as 1", () => {
    expect(reducedShape([2, 3, 4], [0, 2], false)).toEqual([3]);
    expect(reducedShape([2, 3, 4], [0, 2], true)).toEqual([1, 3, 1]);
    expect(reducedShape([2, 3], [], false)).toEqual([2, 3]);
  });
});

it("a broadcast that would be too large is an error before anything is allocated", () => {
  expect(() => broadcastShapes("add", [70_000, 1], [1, 70_000])).toThrow(
    "add: shape [70000, 70000] has 4900000000 elements",
  );
  expect(broadcastShapes("add", [70_000, 1, 0], [1, 70_000, 1])).toEqual([70_000, 70_000, 0]);
});
