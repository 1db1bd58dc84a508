import {
  add,
  arange,
  ArgumentError,
  broadcastTo,
  describe as typeOf,
  expandDims,
  fromTypedArray,
  index,
  isTensor,
  label,
  mul,
  neg,
  ones,
  reshape,
  ShapeError,
  slice,
  slidingWindows,
  split,
  sum,
  tensor,
  trace,
  TraceError,
  transpose,
  zeros,
  type NestedArray,
  type Tensor,
} from "@tapeloop/core";
import fc from "fast-check";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { elementAt, indicesOf, shapes, tensors } from "../helpers/views.js";

const matrix = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);

function flat(values: NestedArray): number[] {
  return typeof values === "object" ? values.flatMap(flat) : [Number(values)];
}

/** An abstract tensor [2], as a scan body sees it. */
function abstract(): Tensor {
  const [input] = trace((inputs) => inputs, [{ shape: [2], dtype: "float32" }]).inputs;
  if (input === undefined) throw new Error("trace gave no input");
  return input;
}

describe("a tensor", () => {
  it("knows its shape, rank, size and dtype", () => {
    expect(matrix).toMatchObject({ shape: [2, 3], rank: 2, size: 6, dtype: "float32", isAbstract: false });
    expect(zeros([2, 0]).size).toBe(0);
    expect(tensor(3)).toMatchObject({ rank: 0, size: 1 });
    expect(typeOf(matrix)).toBe("float32 [2, 3]");
    expect(isTensor(matrix) && !isTensor({ shape: [] })).toBe(true);
  });

  it("gives its elements in row-major order, whatever the view", () => {
    fc.assert(
      fc.property(tensors(shapes(4)), (t) => {
        const expected = indicesOf(t.shape).map((at) => elementAt(t, at));
        expect(Array.from(t.data)).toEqual(expected);
        expect(Array.from(t.data), "read again").toEqual(expected);
        expect(flat(t.toArray())).toEqual(expected);
      }),
    );
  });

  it("gives nested arrays, with booleans for bool and nothing where it is empty", () => {
    expect(transpose(matrix).toArray()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect(tensor([true, false]).toArray()).toEqual([true, false]);
    expect(zeros([2, 0, 3]).toArray()).toEqual([[], []]);
    expect(tensor(5).toArray()).toBe(5);
    expect(tensor(true).toArray()).toBe(true);
  });

  it("gives its only element, and refuses when there are more or none", () => {
    expect(tensor([[7]]).item()).toBe(7);
    expect(tensor(true).item()).toBe(1);
    expect(index(transpose(matrix), 2).index(1).item()).toBe(6);
    expect(() => matrix.item()).toThrow("item: got float32 [2, 3], expected exactly one element");
    expect(() => zeros([0]).item()).toThrow(ShapeError);
  });

  it("gives data without a copy when it is contiguous, and a copy on demand", () => {
    const array = Float32Array.of(1, 2, 3, 4);
    const t = fromTypedArray(array, [2, 2]);
    expect(t.data).toBe(array);
    expect(index(t, 1).data.buffer).toBe(array.buffer);
    const copy = t.toTypedArray();
    copy.fill(0);
    expect(t.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(index(t, 1).toTypedArray()).toEqual(Float32Array.of(3, 4));
  });
});

describe("views", () => {
  it("and their originals never change when something is computed from them", () => {
    const base = arange(24).reshape([4, 6]);
    const views: readonly Tensor[] = [
      base,
      transpose(base),
      slice(base, [
        [1, 3],
        [null, null, -2],
      ]),
      broadcastTo(index(base, 0), [3, 6]),
      slidingWindows(base, 2),
      expandDims(base, 1),
      reshape(base, [2, 12]),
      ...split(base, 3),
    ];
    const before = views.map((t) => t.toArray());
    for (const t of views) {
      for (const result of [add(t, 1), mul(t, t), neg(t), sum(t, 0)]) {
        result.toTypedArray().fill(-1);
        // A fresh result owns its memory: even writing to it against the rules reaches no other tensor.
        result.data.fill(-1);
      }
    }
    expect(views.map((t) => t.toArray())).toEqual(before);
  });

  it("keep their values when they are compacted by a first read", () => {
    const t = transpose(matrix);
    const view = slice(t, [[1, 3]]);
    const first = t.data;
    expect(t.data).toBe(first);
    expect(view.toArray()).toEqual([
      [2, 5],
      [3, 6],
    ]);
    expect(slice(t, [[1, 3]]).toArray()).toEqual(view.toArray());
    expect(matrix.toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });
});

describe("an abstract tensor", () => {
  it("has a type but no values, and says what to do instead", () => {
    const t = abstract();
    expect(t).toMatchObject({ shape: [2], dtype: "float32", isAbstract: true });
    for (const read of [() => t.data, () => t.toArray(), () => sum(t).item(), () => t.storage]) {
      expect(read).toThrow(TraceError);
    }
    expect(() => t.data).toThrow(
      "tensor float32 [2] is abstract: inside scan or compile only its shape is known",
    );
    expect(String(t)).toBe("Tensor float32 [2] (abstract)");
  });
});

describe("the text of a tensor", () => {
  it("names dtype and shape, then the values, row under row", () => {
    expect(String(tensor([1, 2.5, -0]))).toBe("Tensor float32 [3] [1, 2.5, -0]");
    expect(String(matrix)).toBe("Tensor float32 [2, 3]\n[[1, 2, 3],\n [4, 5, 6]]");
    expect(String(tensor(3))).toBe("Tensor float32 [] 3");
    expect(String(tensor([true, false]))).toBe("Tensor bool [2] [true, false]");
    expect(String(zeros([2, 0]))).toBe("Tensor float32 [2, 0]\n[[],\n []]");
    expect(String(label(tensor(1), "loss"))).toBe('Tensor "loss" float32 [] 1');
  });

  it("rounds to the digits that the dtype has", () => {
    expect(String(tensor([0.1, 1 / 3, NaN, -Infinity]))).toContain("[0.1, 0.333333, NaN, -Infinity]");
    expect(String(tensor([1 / 3], { dtype: "float64" }))).toContain("[0.33333333]");
  });

  it("shortens long axes, and only those", () => {
    expect(String(arange(100))).toBe("Tensor float32 [100] [0, 1, 2, …, 97, 98, 99]");
    expect(String(ones([40, 2])).split("\n")).toHaveLength(8);
    expect(String(arange(60))).not.toContain("…");
  });

  it("is what console.log prints in Node", () => {
    expect(inspect(matrix)).toBe(String(matrix));
    expect(inspect({ h: tensor([1]) })).toBe("{ h: Tensor float32 [1] [1] }");
  });
});

describe("a tensor where a number is needed", () => {
  it("is refused with advice, but can be part of a text", () => {
    const t = tensor([1, 2]);
    const plus = (x: unknown): unknown => Reflect.apply(Math.abs, undefined, [x]);
    const asNumber: (() => unknown)[] = [() => Number(t), () => plus(t), () => Float32Array.of(Number(t))];
    for (const use of asNumber) expect(use).toThrow(ArgumentError);
    expect(() => Number(t)).toThrow(
      "got a tensor float32 [2] where a number is needed: write add(a, b) or a.add(b) instead of a + b",
    );
    expect(String(t)).toContain("[1, 2]");
  });
});
