import {
  ArgumentError,
  DtypeError,
  gather,
  grad,
  mul,
  oneHot,
  scatterAdd,
  scope,
  ShapeError,
  square,
  sum,
  take,
  tensor,
  trace,
  transpose,
  withDefaultDtype,
  zeros,
  zerosLike,
  type Tensor,
} from "@tapeloop/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { build, elementAt, indicesOf, shapes, tensorOf, viewsOf } from "../helpers/views.js";
import { expectClose, expectRightDerivatives, f64, irregular, numbers } from "./derivatives.js";

const int32 = (values: Parameters<typeof tensor>[0], shape?: readonly number[]): Tensor =>
  tensor(values, { dtype: "int32", ...(shape && { shape }) });

const table = f64([
  [0, 1],
  [10, 11],
  [20, 21],
]);

/** Indices 0 … n − 1 of a shape. */
const indices = (shape: readonly number[], n: number): fc.Arbitrary<Tensor> => {
  const count = shape.reduce((a, b) => a * b, 1);
  return fc
    .array(fc.nat(n - 1), { minLength: count, maxLength: count })
    .map((list) => int32(Int32Array.from(list), shape));
};

describe("take", () => {
  it("looks rows up in a table, for indices of any shape", () => {
    expect(take(table, int32([2, 0, 2])).toArray()).toEqual([
      [20, 21],
      [0, 1],
      [20, 21],
    ]);
    expect(take(table, int32([[1], [0]])).shape).toEqual([2, 1, 2]);
    expect(take(table, int32(1)).toArray()).toEqual([10, 11]);
    expect(take(table, int32([])).shape).toEqual([0, 2]);
  });

  it("takes along any axis of any view", () => {
    const cases = shapes(4, { minRank: 1, min: 1 }).chain((shape) =>
      fc.nat(shape.length - 1).chain((axis) =>
        fc.record({
          view: viewsOf(shape),
          axis: fc.constant(axis),
          at: shapes(3).chain((s) => indices(s, shape[axis] ?? 1)),
        }),
      ),
    );
    fc.assert(
      fc.property(cases, ({ view, axis, at }) => {
        const t = tensorOf(view);
        const expected = build(t.shape.toSpliced(axis, 1, ...at.shape), (index) => {
          const chosen = elementAt(at, index.slice(axis, axis + at.rank));
          return elementAt(t, index.toSpliced(axis, at.rank, chosen));
        });
        const got = take(t, at, axis);
        expect(got.shape).toEqual(expected.shape);
        expect(numbers(got)).toEqual(numbers(expected));
      }),
    );
  });

  it("names the index that is out of range and where it is", () => {
    const at = int32([
      [0, 1],
      [3, 0],
    ]);
    expect(() => take(table, at)).toThrow("take: got index 3 at [1, 0], expected 0 … 2");
    expect(() => take(table, int32([-1]))).toThrow("take: got index -1 at [0], expected 0 … 2");
    expect(() => take(table, int32(5))).toThrow("take: got index 5, expected 0 … 2");
    expect(() => take(zeros([0, 2]), int32([0]))).toThrow("expected none: the axis is empty");
    expect(() => scope("embedding", () => take(table, at))).toThrow(/in embedding$/);
    expect(() => take(table, at)).toThrow(ArgumentError);
  });

  it("wants int32 indices and at most 8 axes", () => {
    expect(() => take(table, f64([0]))).toThrow(DtypeError);
    expect(() => take(table, tensor([0]))).toThrow("take: got indices float32 [1], expected int32");
    expect(() => take(zeros([1, 1, 1, 1, 1]), int32([0], [1, 1, 1, 1, 1]))).toThrow(ShapeError);
  });

  it("adds up the gradient of rows that are taken more than once, and leaves the others at zero", () => {
    const g = grad((t: Tensor) =>
      sum(
        mul(
          take(t, int32([2, 0, 2])),
          f64([
            [1, 2],
            [3, 4],
            [5, 6],
          ]),
        ),
      ),
    )(table);
    expect(g.toArray()).toEqual([
      [3, 4],
      [0, 0],
      [6, 8],
    ]);
  });

  it("adds float32 gradients up in float64", () => {
    const few = tensor([1, ...new Array<number>(64).fill(2 ** -26)]);
    const g = grad((t: Tensor) => sum(mul(take(t, zerosLike({ shape: [65], dtype: "int32" })), few)))(
      tensor([0]),
    );
    expect(g.dtype).toBe("float32");
    expect(g.toArray()).toEqual([1 + 2 ** -20]);
  });

  it("has the right derivatives", () => {
    const at = int32([
      [0, 2],
      [2, 1],
    ]);
    for (const axis of [0, 1])
      expectRightDerivatives((t) => square(take(mul(t, t), at, axis)), irregular([3, 3]));
  });

  it("traces without values, and so cannot know the range there", () => {
    const tape = trace(
      ([t, at]) => (t && at ? [take(t, at)] : []),
      [
        { shape: [3, 2], dtype: "float64" },
        { shape: [4], dtype: "int32" },
      ],
    );
    expect(tape.outputs[0]?.shape).toEqual([4, 2]);
  });
});

describe("gather and scatterAdd", () => {
  const cases = shapes(4, { minRank: 1, min: 1 }).chain((shape) =>
    fc.record({ axis: fc.nat(shape.length - 1), count: fc.nat(4) }).chain(({ axis, count }) => {
      const along = shape.with(axis, count);
      return fc.record({
        view: viewsOf(shape),
        updates: viewsOf(along),
        axis: fc.constant(axis),
        at: indices(along, shape[axis] ?? 1),
      });
    }),
  );

  it("gather picks the logit of each target", () => {
    const logits = f64([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(gather(logits, int32([[2], [0]]), 1).toArray()).toEqual([[3], [4]]);
    expect(gather(logits, int32([[1, 0, 1]]), 0).toArray()).toEqual([[4, 2, 6]]);
  });

  it("gather takes x[…, indices[…], …] on any view", () => {
    fc.assert(
      fc.property(cases, ({ view, axis, at }) => {
        const t = tensorOf(view);
        const expected = build(at.shape, (index) => elementAt(t, index.with(axis, elementAt(at, index))));
        expect(numbers(gather(t, at, axis))).toEqual(numbers(expected));
      }),
    );
  });

  it("scatterAdd adds each update where its index says", () => {
    fc.assert(
      fc.property(cases, ({ view, updates, axis, at }) => {
        const [t, u] = [tensorOf(view), tensorOf(updates, 2)];
        const expected = build(t.shape, (index) =>
          indicesOf(u.shape).reduce(
            (total, from) =>
              from.with(axis, elementAt(at, from)).join() === index.join()
                ? total + elementAt(u, from)
                : total,
            elementAt(t, index),
          ),
        );
        expectClose(numbers(scatterAdd(t, at, u, axis)), numbers(expected), 1e-14);
      }),
    );
  });

  it("are each other's transpose", () => {
    fc.assert(
      fc.property(cases, ({ view, updates, axis, at }) => {
        const [t, u] = [tensorOf(view), tensorOf(updates, 2)];
        const left = sum(mul(gather(t, at, axis), u)).item();
        const right = sum(mul(t, scatterAdd(zerosLike(t), at, u, axis))).item();
        expectClose([left], [right], 1e-12);
      }),
    );
  });

  it("have the right derivatives, with repeated indices", () => {
    const at = int32([
      [0, 2, 2],
      [1, 1, 1],
    ]);
    expectRightDerivatives((t) => square(gather(mul(t, t), at, 1)), irregular([2, 3]));
    expectRightDerivatives((t) => square(scatterAdd(square(t), at, t, 1)), irregular([2, 3]));
  });

  it("add int32 exactly and float32 in float64", () => {
    expect(scatterAdd(int32([1, 2]), int32([1, 1]), int32([10, 20]), 0).toArray()).toEqual([1, 32]);
    const few = tensor(new Array<number>(64).fill(2 ** -26));
    expect(scatterAdd(tensor([1]), int32(new Int32Array(64)), few, 0).item()).toBe(1 + 2 ** -20);
  });

  it("refuse other dtypes, other shapes and indices out of range", () => {
    expect(() => gather(table, f64([[0, 0]]), 0)).toThrow(
      "gather: got indices float64 [1, 2], expected int32",
    );
    expect(() => gather(table, int32([0]), 0)).toThrow(
      "gather: got indices [1] for [3, 2], expected [any, 2]",
    );
    expect(() => gather(table, int32([[0], [0]]), 1)).toThrow("expected [3, any]");
    expect(() => gather(table, int32([[0, 3]]), 0)).toThrow("gather: got index 3 at [0, 1], expected 0 … 2");
    const at = int32([[0, 0]]);
    expect(() => scatterAdd(table, at, f64([[1], [1]]), 0)).toThrow(
      "scatterAdd: got updates [2, 1] for indices [1, 2], expected one shape",
    );
    expect(() => scatterAdd(table, at, zeros([1, 2]), 0)).toThrow(DtypeError);
    expect(() => scatterAdd(tensor([true]), int32([0]), tensor([true]), 0)).toThrow(
      "got bool, expected numbers",
    );
  });
});

describe("oneHot", () => {
  it("has a 1 at each index", () => {
    expect(oneHot(int32([1, 0]), 3).toArray()).toEqual([
      [0, 1, 0],
      [1, 0, 0],
    ]);
    expect(oneHot(transpose(int32([[0, 1]])), 2).shape).toEqual([2, 1, 2]);
    expect(oneHot(int32(1), 2).toArray()).toEqual([0, 1]);
    expect(oneHot(int32([]), 2).shape).toEqual([0, 2]);
  });

  it("is of the default dtype unless told otherwise", () => {
    expect(oneHot(int32([0]), 1).dtype).toBe("float32");
    expect(withDefaultDtype("float64", () => oneHot(int32([0]), 1)).dtype).toBe("float64");
    expect(oneHot(int32([1]), 2, { dtype: "bool" }).toArray()).toEqual([[false, true]]);
  });

  it("refuses indices outside the depth, and a depth that is none", () => {
    expect(() => oneHot(int32([0, 2]), 2)).toThrow("oneHot: got index 2 at [1], expected 0 … 1");
    expect(() => oneHot(tensor([0]), 2)).toThrow("oneHot: got indices float32 [1], expected int32");
    expect(() => oneHot(int32([0]), -1)).toThrow("oneHot: got depth -1");
    expect(() => oneHot(int32([0]), 1.5)).toThrow("oneHot: got depth 1.5");
  });

  it("times a table is a look-up", () => {
    const at = int32([2, 0, 1, 2]);
    const product = build([4, 2], ([i = 0, j = 0]) =>
      [0, 1, 2].reduce((total, k) => total + elementAt(oneHot(at, 3), [i, k]) * elementAt(table, [k, j]), 0),
    );
    expect(take(table, at).toArray()).toEqual(product.toArray());
  });
});
