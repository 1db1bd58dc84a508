import {
  broadcastTo,
  expandDims,
  flatten,
  flip,
  grad,
  moveAxis,
  mul,
  permute,
  record,
  repeat,
  reshape,
  ShapeError,
  slice,
  square,
  squeeze,
  sum,
  tile,
  transpose,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { build, elementAt, shapes, tensors, tensorOf, viewsOf } from "../helpers/views.js";
import { expectRightDerivatives, f64, irregular, numbers } from "./derivatives.js";

const x = f64([
  [1, 2, 3],
  [4, 5, 6],
]);
const shares = (a: Tensor, b: Tensor): boolean => a.storage.buffer === b.storage.buffer;

/** A view with an order of its axes. */
const ordered = shapes(5).chain((shape) =>
  fc.record({
    t: viewsOf(shape).map((view) => tensorOf(view)),
    order: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
  }),
);

describe("permute, transpose and moveAxis", () => {
  it("reorder the axes", () => {
    expect(permute(zeros([2, 3, 4]), [2, 0, 1]).shape).toEqual([4, 2, 3]);
    expect(permute(zeros([2, 3, 4])).shape).toEqual([4, 3, 2]);
    expect(permute(zeros([2, 3, 4]), [-1, 0, -2]).shape).toEqual([4, 2, 3]);
    expect(transpose(x).toArray()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect(transpose(zeros([5, 2, 3])).shape).toEqual([5, 3, 2]);
    expect(transpose(zeros([5, 2, 3]), 0, 1).shape).toEqual([2, 5, 3]);
    expect(moveAxis(zeros([2, 3, 4]), 0, -1).shape).toEqual([3, 4, 2]);
    expect(moveAxis(zeros([2, 3, 4]), 2, 0).shape).toEqual([4, 2, 3]);
  });

  it("put the element of each index where its axes go", () => {
    fc.assert(
      fc.property(ordered, ({ t, order }) => {
        const expected = build(
          order.map((axis) => t.shape[axis] ?? 0),
          (index) =>
            elementAt(
              t,
              t.shape.map((_, axis) => index[order.indexOf(axis)] ?? 0),
            ),
        );
        expect(numbers(permute(t, order))).toEqual(numbers(expected));
      }),
    );
  });

  it("are undone by the inverse order, and copy nothing", () => {
    fc.assert(
      fc.property(ordered, ({ t, order }) => {
        const there = permute(t, order);
        const back = permute(
          there,
          order.map((_, axis) => order.indexOf(axis)),
        );
        expect(shares(there, t)).toBe(true);
        expect(back.shape).toEqual(t.shape);
        expect(numbers(back)).toEqual(numbers(t));
      }),
    );
    fc.assert(
      fc.property(tensors(shapes(4, { minRank: 1 })), fc.nat(3), fc.nat(3), (t, i, j) => {
        const [from, to] = [i % t.rank, j % t.rank];
        expect(numbers(moveAxis(moveAxis(t, from, to), to, from))).toEqual(numbers(t));
      }),
    );
  });

  it("refuse axes that do not exist, come twice or are missing", () => {
    expect(() => permute(x, [0, 0])).toThrow("permute: got axes [0, 0] for [2, 3], expected each axis once");
    expect(() => permute(x, [0])).toThrow(ShapeError);
    expect(() => permute(x, [0, 2])).toThrow("permute: got axis 2");
    expect(() => transpose(f64([1, 2]))).toThrow("transpose: got [2], expected rank 2 or more");
    expect(() => transpose(x, 0, 2)).toThrow("transpose: got axis 2");
    expect(() => moveAxis(x, 0, 2)).toThrow("moveAxis: got axis 2, expected −2 … 1");
  });

  it("have the right derivatives", () => {
    expectRightDerivatives((t) => square(permute(mul(t, t), [2, 0, 1])), irregular([2, 3, 2]));
    expectRightDerivatives((t) => mul(moveAxis(square(t), 0, 2), moveAxis(t, 0, 2)), irregular([2, 3, 2]));
  });
});

describe("reshape and flatten", () => {
  it("keep the elements in row-major order, and infer one size", () => {
    expect(reshape(x, [3, 2]).toArray()).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(reshape(x, [-1]).shape).toEqual([6]);
    expect(reshape(x, [2, -1, 1]).shape).toEqual([2, 3, 1]);
    expect(reshape(zeros([0, 3]), [-1, 3]).shape).toEqual([0, 3]);
    expect(reshape(f64(5), [1, 1]).toArray()).toEqual([[5]]);
    expect(flatten(zeros([2, 3, 4])).shape).toEqual([24]);
    expect(flatten(zeros([2, 3, 4]), 1).shape).toEqual([2, 12]);
    expect(flatten(zeros([2, 3, 4]), 0, -2).shape).toEqual([6, 4]);
    expect(flatten(f64(1)).shape).toEqual([1]);
  });

  it("are the row-major elements of any view, copied or not", () => {
    fc.assert(
      fc.property(tensors(shapes(4)), (t) => {
        const before = numbers(build(t.shape, (index) => elementAt(t, index)));
        expect(numbers(flatten(t))).toEqual(before);
        expect(numbers(reshape(flatten(t), t.shape))).toEqual(before);
      }),
    );
  });

  it("copy only where the places of the elements leave no choice", () => {
    expect(shares(reshape(x, [6]), x)).toBe(true);
    expect(shares(reshape(slice(x, { axis: 1, step: 2 }), [2, 1, 2]), x)).toBe(true);
    expect(shares(reshape(transpose(x), [3, 1, 2]), x)).toBe(true);
    expect(shares(flatten(flip(x)), x)).toBe(true);
    expect(flatten(transpose(x)).toArray()).toEqual([1, 4, 2, 5, 3, 6]);
  });

  it("refuse what does not fit", () => {
    expect(() => reshape(x, [4])).toThrow("reshape: got [2, 3] (6 elements), which does not fit [4]");
    expect(() => reshape(x, [4, -1])).toThrow("which does not fit [4, -1]");
    expect(() => reshape(x, [-1, -1])).toThrow("reshape: got [-1, -1], expected at most one −1");
    expect(() => reshape(zeros([0]), [0, -1])).toThrow(ShapeError);
    expect(() => reshape(x, [2.5, 2.4])).toThrow("expected whole sizes");
    expect(() => reshape(x, [-2, -3])).toThrow("expected whole sizes");
    expect(() => reshape(x, [6, 1, 1, 1, 1, 1, 1, 1, 1])).toThrow("at most 8 axes");
    expect(() => flatten(x, 1, 0)).toThrow("flatten: got axes 1 … 0 of [2, 3], expected them in order");
  });

  it("have the right derivatives, of copies too", () => {
    expectRightDerivatives((t) => square(reshape(transpose(mul(t, t)), [3, 2])), irregular([2, 3]));
  });
});

describe("expandDims and squeeze", () => {
  it("add and drop axes of size 1", () => {
    expect(expandDims(x, 0).shape).toEqual([1, 2, 3]);
    expect(expandDims(x, -1).shape).toEqual([2, 3, 1]);
    expect(expandDims(x, [0, 2]).shape).toEqual([1, 2, 1, 3]);
    expect(squeeze(zeros([1, 2, 1, 3])).shape).toEqual([2, 3]);
    expect(squeeze(zeros([1, 2, 1, 3]), 0).shape).toEqual([2, 1, 3]);
    expect(squeeze(zeros([1, 2, 1, 3]), [0, -2]).shape).toEqual([2, 3]);
    expect(squeeze(x).shape).toEqual([2, 3]);
  });

  it("are views of any view, and undo each other", () => {
    fc.assert(
      fc.property(tensors(shapes(4)), fc.nat(9), (t, place) => {
        const axis = place % (t.rank + 1);
        const more = expandDims(t, axis);
        expect(shares(more, t) || t.size === 0).toBe(true);
        const back = squeeze(more, axis);
        expect(back.shape).toEqual(t.shape);
        expect(numbers(back)).toEqual(numbers(t));
      }),
    );
  });

  it("refuse an axis that is not 1, comes twice or does not exist", () => {
    expect(() => squeeze(x, 0)).toThrow("squeeze: axis 0 of [2, 3] is 2, expected 1");
    expect(() => expandDims(x, 3)).toThrow("expandDims: got axis 3, expected −3 … 2");
    expect(() => expandDims(x, [0, -4])).toThrow("expected no repeats");
  });
});

describe("broadcastTo", () => {
  it("stretches without a copy", () => {
    const wide = broadcastTo(f64([1, 2]), [3, 2]);
    expect(wide.toArray()).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    expect(broadcastTo(f64([1, 2]), [10 ** 6, 2]).storage.buffer).toHaveLength(2);
    expect(broadcastTo(2, [2]).toArray()).toEqual([2, 2]);
    expect(broadcastTo(f64([[1]]), [0, 3]).shape).toEqual([0, 3]);
  });

  it("refuses to shrink or to change a size other than 1", () => {
    expect(() => broadcastTo(x, [3])).toThrow("broadcastTo: got [2, 3], which does not stretch to [3]");
    expect(() => broadcastTo(x, [2, 4])).toThrow("axis 1 is 3 against 4");
    expect(() => broadcastTo(x, [2, 1])).toThrow(ShapeError);
    expect(() => broadcastTo(x, [-1, 3])).toThrow("expected whole sizes");
  });

  it("sums its gradient, and keeps its own copy of the shape", () => {
    const shape = [4, 2];
    expect(grad((t: Tensor) => sum(broadcastTo(t, shape)))(zeros([2])).toArray()).toEqual([4, 4]);
    expectRightDerivatives((t) => square(broadcastTo(square(t), [2, 3, 2])), irregular([3, 1]));
    const { tape } = record((t: Tensor) => broadcastTo(t, shape), zeros([2]));
    shape[0] = 7;
    expect(tape.nodes[0]?.attrs).toEqual({ shape: [4, 2] });
  });
});

describe("tile and repeat", () => {
  it("repeat the whole, or each element, as NumPy does", () => {
    expect(tile(f64([1, 2]), 2).toArray()).toEqual([1, 2, 1, 2]);
    expect(tile(f64([1, 2]), [2, 1]).toArray()).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(tile(x, 2).toArray()).toEqual([
      [1, 2, 3, 1, 2, 3],
      [4, 5, 6, 4, 5, 6],
    ]);
    expect(repeat(f64([1, 2]), 3).toArray()).toEqual([1, 1, 1, 2, 2, 2]);
    expect(repeat(x, 2, 1).toArray()).toEqual([
      [1, 1, 2, 2, 3, 3],
      [4, 4, 5, 5, 6, 6],
    ]);
    expect(tile(x, [0, 1]).shape).toEqual([0, 3]);
    expect(tile(x, []).toArray()).toEqual(x.toArray());
  });

  it("take element i mod n, and element ⌊i / count⌋, of any view", () => {
    const cases = shapes(3, { minRank: 1 }).chain((shape) =>
      fc.record({ view: viewsOf(shape), axis: fc.nat(shape.length - 1), count: fc.nat(3) }),
    );
    fc.assert(
      fc.property(cases, ({ view, axis, count }) => {
        const t = tensorOf(view);
        const n = t.shape[axis] ?? 0;
        const shape = t.shape.with(axis, n * count);
        const at = (pick: (i: number) => number): Tensor =>
          build(shape, (index) => elementAt(t, index.with(axis, pick(index[axis] ?? 0))));
        const counts = t.shape.map((_, i) => (i === axis ? count : 1));
        expect(numbers(tile(t, counts))).toEqual(numbers(at((i) => i % n)));
        expect(numbers(repeat(t, count, axis))).toEqual(numbers(at((i) => Math.floor(i / count))));
      }),
    );
  });

  it("work at the highest rank", () => {
    const t = zeros([1, 1, 1, 1, 1, 1, 1, 2]);
    expect(repeat(t, 2, 7).shape).toEqual([1, 1, 1, 1, 1, 1, 1, 4]);
    expect(tile(t, [1, 2, 1, 1, 1, 1, 1, 1]).shape).toEqual([1, 2, 1, 1, 1, 1, 1, 2]);
  });

  it("add up the gradients of the copies", () => {
    expectRightDerivatives((t) => square(tile(square(t), [2, 2])), irregular([2, 2]));
    expectRightDerivatives((t) => square(repeat(square(t), 2, 1)), irregular([2, 2]));
  });

  it("refuse counts that are none", () => {
    expect(() => tile(x, -1)).toThrow("tile: got count -1, expected a whole number of 0 or more");
    expect(() => repeat(x, 0.5)).toThrow("repeat: got count 0.5");
    expect(() => repeat(x, 2, 2)).toThrow("repeat: got axis 2");
  });
});
