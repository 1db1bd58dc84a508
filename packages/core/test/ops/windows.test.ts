import {
  arange,
  ArgumentError,
  flip,
  grad,
  mul,
  record,
  ShapeError,
  slidingWindows,
  square,
  sum,
  tensor,
  transpose,
  vjp,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { build, elementAt, shapes, tensorOf, viewsOf } from "../helpers/views.js";
import { expectClose, expectRightDerivatives, f64, irregular, numbers } from "./derivatives.js";

const cases = shapes(3, { minRank: 1, min: 1, max: 6 }).chain((shape) =>
  fc.nat(shape.length - 1).chain((axis) =>
    fc.record({
      view: viewsOf(shape),
      axis: fc.constant(axis),
      size: fc.integer({ min: 1, max: shape[axis] ?? 1 }),
      step: fc.integer({ min: 1, max: 4 }),
    }),
  ),
);

describe("slidingWindows", () => {
  it("gives all windows of a series, one after the other", () => {
    expect(slidingWindows(arange(1, 6), 3).toArray()).toEqual([
      [1, 2, 3],
      [2, 3, 4],
      [3, 4, 5],
    ]);
    expect(slidingWindows(arange(7), 3, { step: 2 }).toArray()).toEqual([
      [0, 1, 2],
      [2, 3, 4],
      [4, 5, 6],
    ]);
  });

  it("leaves out what does not fill a window at the end", () => {
    expect(slidingWindows(arange(6), 3, { step: 2 }).shape).toEqual([2, 3]);
    expect(slidingWindows(arange(6), 2, { step: 10 }).toArray()).toEqual([[0, 1]]);
    expect(slidingWindows(arange(3), 3).shape).toEqual([1, 3]);
  });

  it("puts the elements of a window last, as NumPy does", () => {
    expect(slidingWindows(zeros([10, 4]), 3).shape).toEqual([8, 4, 3]);
    expect(slidingWindows(zeros([10, 4]), 3, { axis: 1 }).shape).toEqual([10, 2, 3]);
    expect(
      slidingWindows(
        f64([
          [1, 10],
          [2, 20],
          [3, 30],
        ]),
        2,
      ).toArray(),
    ).toEqual([
      [
        [1, 2],
        [10, 20],
      ],
      [
        [2, 3],
        [20, 30],
      ],
    ]);
  });

  it("gives a thousand windows of a long series without a copy", () => {
    const series = zeros([8327]);
    const windows = slidingWindows(series, 10);
    expect(windows.shape).toEqual([8318, 10]);
    expect(windows.storage.buffer).toBe(series.storage.buffer);
  });

  it("has element k of window i at i · step + k, on any view", () => {
    fc.assert(
      fc.property(cases, ({ view, axis, size, step }) => {
        const x = tensorOf(view);
        const got = slidingWindows(x, size, { axis, step });
        const windows = Math.floor(((x.shape[axis] ?? 0) - size) / step) + 1;
        const expected = build([...x.shape.with(axis, windows), size], (index) =>
          elementAt(x, index.slice(0, -1).with(axis, (index[axis] ?? 0) * step + (index.at(-1) ?? 0))),
        );
        expect(got.shape).toEqual(expected.shape);
        expect(numbers(got)).toEqual(numbers(expected));
      }),
    );
  });

  it("has a transpose that adds up what overlaps: ⟨A x, y⟩ = ⟨x, Aᵀ y⟩", () => {
    fc.assert(
      fc.property(cases, ({ view, axis, size, step }) => {
        const x = tensorOf(view);
        const [ax, pullback] = vjp((t: Tensor) => slidingWindows(t, size, { axis, step }), x);
        const y = irregular(ax.shape, 5);
        const [aty] = pullback(y);
        expectClose([sum(mul(ax, y)).item()], [sum(mul(x, aty)).item()], 1e-12);
      }),
    );
  });

  it("counts in its gradient how many windows each element is in", () => {
    const g = grad((x: Tensor) => sum(slidingWindows(x, 3)))(zeros([6]));
    expect(g.toArray()).toEqual([1, 2, 3, 3, 2, 1]);
  });

  it("has the right derivatives, on transposed and reversed series too", () => {
    expectRightDerivatives((x) => square(slidingWindows(mul(x, x), 2)), irregular([4, 2]));
    expectRightDerivatives(
      (x) => square(slidingWindows(flip(transpose(square(x)), 0), 2, { step: 2 })),
      irregular([2, 5]),
    );
  });

  it("goes on the tape as one node in each direction", () => {
    const { tape } = record((x: Tensor) => grad((t: Tensor) => sum(slidingWindows(t, 2)))(x), zeros([5]));
    const names = tape.nodes.map((node) => node.op.name);
    expect(names.filter((name) => name === "slidingWindows" || name === "overlapAdd")).toEqual([
      "slidingWindows",
      "overlapAdd",
    ]);
  });

  it("adds float32 gradients up in float64", () => {
    // Element 64 is in all 65 windows; it gets 1 from the first, and 2⁻²⁶ from each of the others.
    const rows = Array.from({ length: 65 }, (_, i) =>
      Array.from({ length: 65 }, (_value, k) => (i + k === 64 ? (i === 0 ? 1 : 2 ** -26) : 0)),
    );
    const g = grad((x: Tensor) => sum(mul(slidingWindows(x, 65), tensor(rows))))(zeros([129]));
    expect(g.dtype).toBe("float32");
    expect(numbers(g)[64]).toBe(1 + 2 ** -20);
  });

  it("refuses windows that do not fit, steps that do not move, and a ninth axis", () => {
    expect(() => slidingWindows(zeros([4, 2]), 5)).toThrow(
      "slidingWindows: got size 5 on axis 0 of [4, 2], expected 1 … 4",
    );
    expect(() => slidingWindows(zeros([4]), 0)).toThrow(ShapeError);
    expect(() => slidingWindows(zeros([4]), 1.5)).toThrow("got size 1.5");
    expect(() => slidingWindows(zeros([0]), 1)).toThrow("the axis is empty");
    expect(() => slidingWindows(zeros([4]), 2, { step: 0 })).toThrow(ArgumentError);
    expect(() => slidingWindows(zeros([4]), 2, { step: 0.5 })).toThrow("got step 0.5");
    expect(() => slidingWindows(zeros([4]), 2, { axis: 1 })).toThrow("got axis 1");
    expect(() => slidingWindows(zeros([1, 1, 1, 1, 1, 1, 1, 1]), 1)).toThrow("at most 8 axes");
  });
});
