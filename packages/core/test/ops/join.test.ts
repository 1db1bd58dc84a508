import {
  concat,
  DtypeError,
  grad,
  hstack,
  index,
  jvp,
  mul,
  ones,
  record,
  scope,
  ShapeError,
  slice,
  split,
  square,
  stack,
  sum,
  tensor,
  timeStep,
  transpose,
  unstack,
  vstack,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { indicesOf, tensors } from "../helpers/views.js";
import { expectRightDerivatives, f64, irregular, numbers } from "./derivatives.js";

const a = f64([
  [1, 2],
  [3, 4],
]);
const b = f64([[5], [6]]);

describe("concat", () => {
  it("joins along the last axis unless told otherwise", () => {
    expect(concat([a, b]).toArray()).toEqual([
      [1, 2, 5],
      [3, 4, 6],
    ]);
    expect(concat([a, transpose(b)], 0).toArray()).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(concat([a, a], -2).shape).toEqual([4, 2]);
  });

  it("joins any views: stretched, reversed, transposed and empty ones", () => {
    const views = [transpose(a), slice(a, [null, [null, null, -1]]), zeros([2, 0], { dtype: "float64" }), b];
    expect(concat(views).toArray()).toEqual([
      [1, 3, 2, 1, 5],
      [2, 4, 4, 3, 6],
    ]);
  });

  it("keeps int32, bool and NaN, and a single tensor as it is", () => {
    expect(concat([tensor([1, 2], { dtype: "int32" }), tensor([-3], { dtype: "int32" })])).toMatchObject({
      dtype: "int32",
    });
    expect(concat([tensor([true]), tensor([false])]).toArray()).toEqual([true, false]);
    expect(concat([f64([NaN, -0]), f64([Infinity])]).toArray()).toEqual([NaN, -0, Infinity]);
    expect(concat([a]).toArray()).toEqual(a.toArray());
  });

  it("copies rows longer than a block", () => {
    const [wide, more] = [irregular([3, 100], 1), irregular([3, 50], 2)];
    const [left, right] = split(concat([wide, more]), [100, 50]);
    expect(left?.toArray()).toEqual(wide.toArray());
    expect(right?.toArray()).toEqual(more.toArray());
  });

  it("refuses an empty list, scalars, mixed dtypes, and names the operand that does not fit", () => {
    expect(() => concat([])).toThrow("concat: got an empty list, expected one tensor or more");
    expect(() => concat([f64(1), f64(2)])).toThrow("concat: got scalars");
    expect(() => concat([a, a, zeros([3, 2], { dtype: "float64" })])).toThrow(
      "concat: operand 2 is float64 [3, 2] beside float64 [2, 2]: axis 0 is 3, expected 2; only axis 1 may differ",
    );
    expect(() => concat([a, f64([1, 2])])).toThrow(
      "concat: operand 1 is float64 [2] beside float64 [2, 2]: ranks differ",
    );
    expect(() => concat([a, zeros([2, 1])])).toThrow(DtypeError);
    expect(() => concat([a, zeros([2, 1])])).toThrow("operand 1 is float32 [2, 1]");
    expect(() => concat([a, b], 2)).toThrow("concat: got axis 2, expected −2 … 1");
  });

  it("says where it failed", () => {
    const wrong = (): Tensor => concat([a, zeros([3, 1], { dtype: "float64" })]);
    expect(() => scope("lstm", () => timeStep(3, wrong))).toThrow(/in lstm, t = 3$/);
  });

  it("has the right derivatives, also for a tensor that comes twice", () => {
    expectRightDerivatives((x) => concat([square(x), mul(x, 2), x], 0), irregular([2, 3]));
    expectRightDerivatives((x) => concat([square(x), slice(x, { axis: 1, stop: 1 })]), irregular([2, 3]));
  });

  it("gives each operand its own part of the gradient", () => {
    const w = f64([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const [da, db] = grad((x: Tensor, y: Tensor) => sum(mul(concat([x, y]), w)), { argnums: [0, 1] })(a, b);
    expect(da.toArray()).toEqual([
      [1, 2],
      [4, 5],
    ]);
    expect(db.toArray()).toEqual([[3], [6]]);
  });
});

describe("vstack and hstack", () => {
  it("stack rows and columns as NumPy does", () => {
    expect(vstack([a, f64([[7, 8]])]).shape).toEqual([3, 2]);
    expect(hstack([a, b]).shape).toEqual([2, 3]);
    expect(vstack([f64([1, 2]), f64([3, 4])]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(hstack([f64([1, 2]), f64([3])]).toArray()).toEqual([1, 2, 3]);
  });

  it("refuse an empty list by their own name", () => {
    expect(() => vstack([])).toThrow("vstack: got an empty list");
    expect(() => hstack([])).toThrow("hstack: got an empty list");
  });
});

describe("stack", () => {
  it("adds the new axis where it is told", () => {
    const pair = [f64([1, 2, 3]), f64([4, 5, 6])];
    expect(stack(pair).shape).toEqual([2, 3]);
    expect(stack(pair, -1).toArray()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect(stack([a, a, a], 1).shape).toEqual([2, 3, 2]);
  });

  it("takes scalars, and numbers beside them", () => {
    expect(stack([f64(1), 2, f64(3)]).toArray()).toEqual([1, 2, 3]);
    expect(stack([1, 2]).dtype).toBe("float32");
  });

  it("refuses an empty list, other shapes, and a ninth axis", () => {
    expect(() => stack([])).toThrow("stack: got an empty list");
    expect(() => stack([a, a, b])).toThrow(
      "stack: operand 2 is float64 [2, 1] beside float64 [2, 2]: axis 1 is 1, expected 2",
    );
    expect(() => stack([a, 1])).toThrow("ranks differ");
    expect(() => stack([zeros([1, 1, 1, 1, 1, 1, 1, 1])])).toThrow(ShapeError);
    expect(() => stack([a], 3)).toThrow("stack: got axis 3");
  });

  it("has the right derivatives along any axis", () => {
    for (const axis of [0, 1, 2])
      expectRightDerivatives((x) => stack([square(x), x], axis), irregular([2, 2]));
  });
});

describe("split", () => {
  it("cuts into equal pieces, or pieces of given sizes", () => {
    expect(split(a, 2).map((t) => t.toArray())).toEqual([
      [[1], [3]],
      [[2], [4]],
    ]);
    expect(split(f64([1, 2, 3, 4]), [1, 0, 3]).map((t) => t.toArray())).toEqual([[1], [], [2, 3, 4]]);
    expect(split(a, [2], 0)).toHaveLength(1);
  });

  it("copies nothing", () => {
    for (const piece of split(a, 2)) expect(piece.storage.buffer).toBe(a.storage.buffer);
  });

  it("refuses pieces that do not make up the axis", () => {
    expect(() => split(a, 3)).toThrow(
      "split: axis 1 of [2, 2] is 2, which does not divide into 3 equal pieces",
    );
    expect(() => split(a, [1, 2], 0)).toThrow(
      "split: axis 0 of [2, 2] is 2, but the pieces [1, 2] add up to 3",
    );
    expect(() => split(a, 0)).toThrow("split: got 0 pieces");
    expect(() => split(a, [3, -1])).toThrow("split: got a piece of size -1");
    expect(() => split(a, [0.5, 1.5])).toThrow("split: got a piece of size 0.5");
    expect(() => split(f64(1), 1)).toThrow("no axis");
  });

  it("keeps its own copy of the sizes", () => {
    const sizes = [1, 1];
    const { tape } = record((x: Tensor) => split(x, sizes), a);
    sizes[0] = 2;
    expect(tape.nodes[0]?.attrs).toMatchObject({ sizes: [1, 1] });
  });

  it("has the right derivatives, with zeros for pieces that are not used", () => {
    const used = (x: Tensor): Tensor => {
      const [first, , third] = split(x, [1, 1, 2]);
      return first && third ? mul(square(first), third) : x;
    };
    expectRightDerivatives(used, irregular([2, 4]));
    expect(grad((x: Tensor) => sum(used(x)))(ones([1, 4])).toArray()).toEqual([[4, 0, 1, 1]]);
  });
});

describe("unstack", () => {
  it("gives every element of an axis, as views", () => {
    expect(unstack(a).map((t) => t.toArray())).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(unstack(a, -1).map((t) => t.toArray())).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(unstack(zeros([0, 3]))).toEqual([]);
    expect(unstack(a).every((t) => t.storage.buffer === a.storage.buffer)).toBe(true);
    expect(() => unstack(f64(1))).toThrow("unstack: got axis 0, expected no axis");
  });

  it("has the right derivatives", () => {
    const f = (x: Tensor): Tensor => unstack(x, 1).reduce((product, t) => mul(product, t));
    expectRightDerivatives(f, irregular([2, 3]));
  });
});

describe("joining and taking apart", () => {
  const cases = fc.record({ rank: fc.integer({ min: 1, max: 4 }), axis: fc.nat(3) }).chain(({ rank, axis }) =>
    fc.record({
      x: tensors(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: rank, maxLength: rank })),
      axis: fc.constant(axis % rank),
      cuts: fc.array(fc.nat(4), { maxLength: 3 }),
    }),
  );

  it("concat undoes split, and stack undoes unstack, for any view", () => {
    fc.assert(
      fc.property(cases, ({ x, axis, cuts }) => {
        const n = x.shape[axis] ?? 0;
        const points = [0, ...cuts.map((c) => Math.min(c, n)).sort((p, q) => p - q), n];
        const sizes = points.slice(1).map((to, i) => to - (points[i] ?? 0));
        const back = concat(split(x, sizes, axis), axis);
        expect(back.shape).toEqual(x.shape);
        expect(numbers(back)).toEqual(numbers(x));
        if (n > 0) expect(numbers(stack(unstack(x, axis), axis))).toEqual(numbers(x));
      }),
    );
  });

  it("piece k of unstack is index k", () => {
    fc.assert(
      fc.property(cases, ({ x, axis }) => {
        unstack(x, axis).forEach((t, i) => expect(numbers(t)).toEqual(numbers(index(x, i, axis))));
      }),
    );
  });

  it("joining n tensors costs about n, forward, in both derivatives and in second order", () => {
    const elements = (n: number, f: (x: Tensor) => unknown): number => {
      const { tape } = record(f, irregular([n, 2]));
      return tape.nodes.reduce(
        (total, { outputs }) => total + outputs.reduce((sum, t) => sum + t.size, 0),
        0,
      );
    };
    const joins = [
      (x: Tensor) => sum(stack(unstack(square(x)))),
      (x: Tensor) => sum(square(concat(split(x, x.shape[0] ?? 1, 0), 0))),
    ];
    for (const loss of joins) {
      const slope = grad(loss);
      const works = [
        slope,
        (x: Tensor) => jvp(loss, [x], [x]),
        grad((x: Tensor) => sum(square(slope(x)))),
        (x: Tensor) => jvp(slope, [x], [x]),
      ];
      for (const work of works) expect(elements(400, work) / elements(100, work)).toBeLessThan(4.5);
    }
  });

  it("puts element i, j, k of operand k where its axis says", () => {
    const operands = [irregular([2, 3], 1), irregular([2, 3], 2)];
    for (const axis of [0, 1, 2]) {
      const joined = stack(operands, axis);
      indicesOf(joined.shape).forEach((at, flat) => {
        const operand = operands[at[axis] ?? 0];
        const [i = 0, j = 0] = at.toSpliced(axis, 1);
        expect(numbers(joined)[flat]).toBe(numbers(operand ?? joined)[i * 3 + j]);
      });
    }
  });
});
