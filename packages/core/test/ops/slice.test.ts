import {
  ArgumentError,
  flip,
  grad,
  index,
  jvp,
  mul,
  ones,
  pad,
  record,
  scope,
  slice,
  square,
  sum,
  tensor,
  transpose,
  zeros,
  type SliceRange,
  type Tensor,
} from "@tapeloop/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { build, elementAt, shapes, tensors, tensorOf, viewsOf } from "../helpers/views.js";
import { expectRightDerivatives, f64, irregular, numbers } from "./derivatives.js";

const x = f64([
  [0, 1, 2, 3],
  [10, 11, 12, 13],
  [20, 21, 22, 23],
]);

/** The positions that start:stop:step names on an axis of n elements, by walking. */
function walked(n: number, [start, stop = null, step = 1]: SliceRange): number[] {
  const fromEnd = (at: number): number => (at < 0 ? at + n : at);
  const found: number[] = [];
  if (step > 0) {
    const end = stop === null ? n : fromEnd(stop);
    for (let i = Math.max(start === null ? 0 : fromEnd(start), 0); i < n && i < end; i += step) found.push(i);
  } else {
    const end = stop === null ? -1 : fromEnd(stop);
    for (let i = Math.min(start === null ? n - 1 : fromEnd(start), n - 1); i >= 0 && i > end; i += step)
      found.push(i);
  }
  return found;
}

const ranges: fc.Arbitrary<SliceRange> = fc.tuple(
  fc.option(fc.integer({ min: -6, max: 6 }), { nil: null }),
  fc.option(fc.integer({ min: -6, max: 6 }), { nil: null }),
  fc.constantFrom(1, 1, 2, 3, -1, -1, -2, -3),
);

/** A view with a range for some of its leading axes. */
const sliced = shapes(4, { max: 5 })
  .chain((shape) =>
    fc.record({ view: viewsOf(shape), list: fc.array(fc.option(ranges), { maxLength: shape.length }) }),
  )
  .map(({ view, list }) => ({ t: tensorOf(view), list }));

describe("slice", () => {
  it("takes one range per leading axis, as NumPy writes them", () => {
    expect(slice(x, [[1], [null, 2]]).toArray()).toEqual([
      [10, 11],
      [20, 21],
    ]);
    expect(slice(x, [[0, 1]]).toArray()).toEqual([[0, 1, 2, 3]]);
    expect(slice(x, [null, [null, null, 3]]).toArray()).toEqual([
      [0, 3],
      [10, 13],
      [20, 23],
    ]);
    expect(slice(x, []).toArray()).toEqual(x.toArray());
  });

  it("takes the range of one axis by name", () => {
    expect(slice(x, { axis: -1, start: 1, stop: 3 }).toArray()).toEqual([
      [1, 2],
      [11, 12],
      [21, 22],
    ]);
    expect(slice(x, { start: -1 }).toArray()).toEqual([[20, 21, 22, 23]]);
    expect(slice(x, {}).toArray()).toEqual(x.toArray());
  });

  it("walks backwards by a negative step", () => {
    const v = f64([0, 1, 2, 3, 4]);
    expect(slice(v, [[null, null, -1]]).toArray()).toEqual([4, 3, 2, 1, 0]);
    expect(slice(v, [[3, 0, -2]]).toArray()).toEqual([3, 1]);
    expect(slice(v, [[3, null, -2]]).toArray()).toEqual([3, 1]);
    expect(slice(v, [[-2, -6, -1]]).toArray()).toEqual([3, 2, 1, 0]);
    expect(slice(v, [[-10, null, -1]]).toArray()).toEqual([]);
  });

  it("stops at the ends, and may be empty", () => {
    expect(slice(x, [[1, 100]]).shape).toEqual([2, 4]);
    expect(slice(x, [[-100, 1]]).shape).toEqual([1, 4]);
    expect(slice(x, [[5, 9]]).shape).toEqual([0, 4]);
    expect(slice(x, [[2, 1], [1]]).toArray()).toEqual([]);
    expect(slice(zeros([0, 2]), [[null, null, -1]]).shape).toEqual([0, 2]);
  });

  it("names the elements that Python's ranges name, on any view", () => {
    fc.assert(
      fc.property(sliced, ({ t, list }) => {
        const taken = t.shape.map((n, axis) => walked(n, list[axis] ?? [null]));
        const expected = build(
          taken.map((at) => at.length),
          (at) =>
            elementAt(
              t,
              at.map((i, axis) => taken[axis]?.[i] ?? NaN),
            ),
        );
        const got = slice(t, list);
        expect(got.shape).toEqual(expected.shape);
        expect(numbers(got)).toEqual(numbers(expected));
      }),
      { numRuns: 500 },
    );
  });

  it("copies nothing, and what is made from the slice leaves the original as it was", () => {
    const before = x.toArray();
    const view = slice(x, [
      [0, 2],
      [null, null, -1],
    ]);
    expect(view.storage.buffer).toBe(x.storage.buffer);
    mul(view, 2);
    view.toTypedArray().fill(9);
    expect(view.data).not.toBe(x.data);
    expect(x.toArray()).toEqual(before);
  });

  it("refuses fractions, a step of 0, too many ranges, and a number for a range", () => {
    expect(() => slice(x, [[0.5]])).toThrow("slice: got [0.5] for axis 0, expected whole numbers");
    expect(() => slice(x, [null, [0, NaN]])).toThrow("slice: got [0, NaN] for axis 1");
    expect(() => slice(x, { step: 0 })).toThrow("and a step other than 0");
    expect(() => slice(x, [null, null, null])).toThrow("slice: got 3 ranges for [3, 4], expected at most 2");
    expect(() => slice(x, { axis: 2 })).toThrow("slice: got axis 2, expected −2 … 1");
    // A position alone is index's business; JavaScript callers get told.
    expect(() => void Reflect.apply(slice, undefined, [x, [1, 2]])).toThrow(
      "slice: got 1 for axis 0, expected [start, stop]",
    );
  });

  it("has the right derivatives, also backwards and with gaps", () => {
    for (const list of [
      [[1, 3]],
      [null, [null, null, -2]],
      [
        [2, null, -1],
        [1, 2],
      ],
    ] as const) {
      expectRightDerivatives((t) => square(slice(mul(t, t), list)), irregular([3, 4]));
    }
  });

  it("spreads its gradient into zeros", () => {
    const g = grad((t: Tensor) => sum(mul(slice(t, [[null, null, -2]]), f64([1, 2]))))(f64([5, 6, 7]));
    expect(g.toArray()).toEqual([2, 0, 1]);
  });

  it("has a gradient whose own gradient is a slice again", () => {
    fc.assert(
      fc.property(sliced, ({ t, list }) => {
        const y = slice(t, list);
        const slope = (s: Tensor): Tensor => grad((u: Tensor) => sum(mul(slice(u, list), s)))(t);
        const back = grad((s: Tensor) => sum(mul(slope(s), t)))(y);
        expect(numbers(back)).toEqual(numbers(y));
        expect(numbers(jvp(slope, [y], [y])[1])).toEqual(numbers(slope(y)));
      }),
    );
  });
});

describe("index", () => {
  it("takes one element of an axis, which disappears", () => {
    expect(index(x, 1).toArray()).toEqual([10, 11, 12, 13]);
    expect(index(x, -1, 1).toArray()).toEqual([3, 13, 23]);
    expect(index(index(x, 2), 0).item()).toBe(20);
    expect(index(x, 0).storage.buffer).toBe(x.storage.buffer);
    expect(transpose(x).index(1).toArray()).toEqual([1, 11, 21]);
  });

  it("refuses what is not there", () => {
    expect(() => index(x, 3)).toThrow("index: got 3 on axis 0 of [3, 4], expected −3 … 2");
    expect(() => index(x, -5, 1)).toThrow("expected −4 … 3");
    expect(() => index(x, 0.5)).toThrow(ArgumentError);
    expect(() => index(zeros([0]), 0)).toThrow("expected none: the axis is empty");
    expect(() => index(f64(1), 0)).toThrow("no axis: the tensor is a scalar");
  });

  it("has the right derivatives", () => {
    for (const axis of [0, 1])
      expectRightDerivatives((t) => mul(index(t, 1, axis), index(t, -1, axis)), irregular([3, 3]));
  });

  it("is one node on the tape, which names the position", () => {
    const { tape } = record((t: Tensor) => index(t, -1, 1), x);
    expect(String(tape)).toContain("index %0 {axis=1, index=3} : float64 [3]");
  });
});

describe("flip", () => {
  it("reverses the axes that are named, by default all, as a view", () => {
    expect(flip(f64([1, 2, 3])).toArray()).toEqual([3, 2, 1]);
    expect(flip(x, 0).toArray()).toEqual([
      [20, 21, 22, 23],
      [10, 11, 12, 13],
      [0, 1, 2, 3],
    ]);
    expect(numbers(flip(x, [0, -1]))).toEqual(numbers(x).reverse());
    expect(flip(x).storage.buffer).toBe(x.storage.buffer);
    expect(() => flip(x, [0, -2])).toThrow("expected no repeats");
  });

  it("undoes itself, and is slices by −1", () => {
    fc.assert(
      fc.property(tensors(shapes(4)), (t) => {
        expect(numbers(flip(flip(t)))).toEqual(numbers(t));
        expect(numbers(flip(t))).toEqual(
          numbers(
            slice(
              t,
              t.shape.map(() => [null, null, -1] as const),
            ),
          ),
        );
      }),
    );
  });

  it("has the right derivatives", () => {
    expectRightDerivatives((t) => mul(flip(square(t), 1), t), irregular([2, 3]));
  });
});

describe("pad", () => {
  it("adds elements around each axis", () => {
    expect(pad(f64([1, 2]), [[1, 2]]).toArray()).toEqual([0, 1, 2, 0, 0]);
    expect(
      pad(
        f64([[1]]),
        [
          [0, 1],
          [1, 0],
        ],
        -1,
      ).toArray(),
    ).toEqual([
      [-1, 1],
      [-1, -1],
    ]);
    expect(pad(tensor([true]), [[1, 0]]).toArray()).toEqual([false, true]);
    expect(pad(zeros([0]), [[2, 1]], NaN).toArray()).toEqual([NaN, NaN, NaN]);
    expect(pad(f64(3), []).item()).toBe(3);
  });

  it("refuses widths that are not pairs of whole numbers, and values that do not fit", () => {
    expect(() => pad(x, [[1, 1]])).toThrow("pad: got [[1, 1]] for [3, 4], expected a pair [before, after]");
    expect(() =>
      pad(x, [
        [0, -1],
        [0, 0],
      ]),
    ).toThrow("whole numbers ≥ 0");
    expect(() =>
      pad(x, [
        [0.5, 0],
        [0, 0],
      ]),
    ).toThrow("whole numbers ≥ 0");
    expect(() => pad(tensor([1], { dtype: "int32" }), [[1, 1]], 0.5)).toThrow("pad: got 0.5");
  });

  it("is undone by slice, and surrounds x by its value alone", () => {
    const cases = shapes(3).chain((shape) =>
      fc.record({
        view: viewsOf(shape),
        widths: fc.tuple(...shape.map(() => fc.tuple(fc.nat(2), fc.nat(2)))),
        value: fc.constantFrom(0, -1.5, Infinity),
      }),
    );
    fc.assert(
      fc.property(cases, ({ view, widths, value }) => {
        const t = tensorOf(view);
        const wide = pad(t, widths, value);
        const middle = slice(
          wide,
          t.shape.map((n, axis) => [widths[axis]?.[0] ?? 0, (widths[axis]?.[0] ?? 0) + n] as const),
        );
        expect(numbers(middle)).toEqual(numbers(t));
        expect(numbers(wide).filter((v) => v === value)).toHaveLength(wide.size - t.size);
      }),
    );
  });

  it("has the right derivatives, whatever the value around", () => {
    expectRightDerivatives(
      (t) =>
        square(
          pad(
            square(t),
            [
              [1, 0],
              [0, 2],
            ],
            3,
          ),
        ),
      irregular([2, 2]),
    );
    const [, tangent] = jvp(
      (t: Tensor) => pad(t, [[1, 1]], 5),
      [f64([1])],
      [ones([1], { dtype: "float64" })],
    );
    expect(tangent.toArray()).toEqual([0, 1, 0]);
  });

  it("says where it failed", () => {
    expect(() => scope("encoder", () => pad(zeros([2 ** 16]), [[0, 2 ** 31]]))).toThrow(/pad: .*in encoder$/);
  });
});
