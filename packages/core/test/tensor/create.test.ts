import {
  arange,
  cast,
  concat,
  DtypeError,
  eye,
  fromTypedArray,
  full,
  getDefaultDtype,
  linspace,
  normal,
  ones,
  randomKey,
  record,
  reshape,
  onesLike,
  ShapeError,
  tensor,
  uniform,
  withDefaultDtype,
  zeros,
  zerosLike,
  type NestedArray,
} from "@tapeloop/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shapes } from "../helpers/views.js";

const int32 = { dtype: "int32" } as const;
const f64 = { dtype: "float64" } as const;

describe("tensor", () => {
  it("takes numbers, booleans and nested arrays of them", () => {
    expect(tensor(2)).toMatchObject({ shape: [], dtype: "float32" });
    expect(tensor([1, 2, 3])).toMatchObject({ shape: [3], dtype: "float32" });
    expect(tensor([[true], [false]])).toMatchObject({ shape: [2, 1], dtype: "bool" });
    expect(tensor([])).toMatchObject({ shape: [0], dtype: "float32" });
    expect(tensor([[], []]).shape).toEqual([2, 0]);
    expect(
      tensor(
        [
          [1, 2],
          [3, 4],
        ],
        int32,
      ).toArray(),
    ).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it("gives back by toArray what it was made from, for any shape", () => {
    const nested = (shape: readonly number[], start = 0): NestedArray => {
      const [n, ...rest] = shape;
      if (n === undefined) return start;
      return Array.from({ length: n }, (_, i) => nested(rest, start * 4 + i));
    };
    fc.assert(
      fc.property(shapes(8, { max: 2 }), (shape) => {
        const values = nested(shape);
        expect(tensor(values, f64).toArray()).toEqual(values);
      }),
    );
  });

  it("takes typed arrays with their own dtype, and a shape", () => {
    expect(tensor(new Float64Array([1, 2])).dtype).toBe("float64");
    expect(tensor(new Int32Array([1, 2, 3, 4]), { shape: [2, 2] }).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(tensor(new Uint8Array([0, 1])).toArray()).toEqual([false, true]);
    expect(tensor(new Int32Array([1]), { dtype: "float32" }).dtype).toBe("float32");
    expect(tensor([1, 2, 3, 4], { shape: [2, 2] }).shape).toEqual([2, 2]);
    expect(tensor(7, { shape: [1, 1] }).toArray()).toEqual([[7]]);
  });

  it("copies: the source stays the caller's", () => {
    const source = new Float32Array([1, 2]);
    const shape = [2];
    const t = tensor(source, { shape });
    source[0] = 9;
    shape[0] = 7;
    expect(t.toArray()).toEqual([1, 2]);
  });

  it("keeps zeros, ones and what full makes as one number until somebody reads the elements", () => {
    const made = [zeros([300, 400]), ones([300, 400], f64), full([300, 400], -0), full([2, 3], true)];
    expect(made.map((t) => t.storage.buffer.length)).toEqual([1, 1, 1, 1]);
    expect(made.map((t) => t.data.length)).toEqual([120_000, 120_000, 120_000, 6]);
    expect(made.map((t) => t.data.every((x) => Object.is(x, t.data[0])))).toEqual([true, true, true, true]);
    expect(made.map((t) => t.data[0])).toEqual([0, 1, -0, 1]);
    expect([zeros([0, 2]).data.length, zeros([]).item(), ones([1, 1]).toArray()]).toEqual([0, 0, [[1]]]);
  });

  it("keeps NaN, infinities and −0, and rounds to float32 once", () => {
    expect(tensor([NaN, Infinity, -0], f64).toArray()).toEqual([NaN, Infinity, -0]);
    expect(tensor([0.1]).toArray()).toEqual([Math.fround(0.1)]);
    expect(tensor([1e300]).toArray()).toEqual([Infinity]);
  });

  it("refuses arrays that are not rectangular, and says where", () => {
    expect(() => tensor([[1, 2], [3]])).toThrow(
      "tensor: got an array of 1 at values[1], expected an array of 2",
    );
    expect(() => tensor([1, [2]])).toThrow("tensor: got an array of 1 at values[1], expected a number");
    expect(() => tensor([[1], 2])).toThrow("tensor: got a number at values[1], expected an array of 1");
    expect(() => tensor([[[1]], [[]]])).toThrow("at values[1][0]");
    expect(() => tensor([[1, 2], [3]])).toThrow(ShapeError);
  });

  it("refuses what is no number: strings, null, holes, tensors, other typed arrays", () => {
    const call = (value: unknown) => (): void => void Reflect.apply(tensor, undefined, [value]);
    expect(call([1, "2"])).toThrow("tensor: got 2 (string) at values[1], expected a number or a boolean");
    expect(call([null])).toThrow("at values[0]");
    expect(call([1, , 3])).toThrow("undefined"); // eslint-disable-line no-sparse-arrays
    expect(call(undefined)).toThrow("tensor: got undefined");
    expect(call(tensor(1))).toThrow("got a tensor, expected numbers");
    expect(call(new Float32Array(2).buffer)).toThrow("expected a number");
    expect(call(new Int8Array(2))).toThrow("tensor: got Int8Array, expected Float32Array");
    expect(call(new BigInt64Array(2))).toThrow(DtypeError);
    expect(call(new DataView(new ArrayBuffer(8)))).toThrow("got DataView");
    expect(call(1n)).toThrow("bigint");
  });

  it("refuses values that the dtype cannot hold", () => {
    for (const value of [0.5, 2 ** 31, -(2 ** 31) - 1, NaN, Infinity]) {
      expect(() => tensor([value], int32)).toThrow("expected a whole number within ±2³¹ for int32");
    }
    expect(tensor([2 ** 31 - 1, -(2 ** 31)], int32).toArray()).toEqual([2 ** 31 - 1, -(2 ** 31)]);
    expect(() => tensor([2], { dtype: "bool" })).toThrow(
      "tensor: got 2, expected true, false, 0 or 1 for bool",
    );
    expect(() => tensor(new Uint8Array([3]))).toThrow(DtypeError);
    expect(() => tensor([1, true])).toThrow("tensor: got numbers and booleans together, at values[1]");
    expect(tensor([true, false], { dtype: "float32" }).toArray()).toEqual([1, 0]);
  });

  it("refuses a shape of another size, and more than 8 axes", () => {
    expect(() => tensor([1, 2, 3], { shape: [2, 2] })).toThrow(
      "tensor: got 3 values, expected 4 for shape [2, 2]",
    );
    expect(() => tensor(new Float32Array(3), { shape: [2] })).toThrow("tensor: got 3 values, expected 2");
    expect(() => tensor([[[[[[[[[1]]]]]]]]])).toThrow("tensor: got rank 9");
    expect(() => tensor([1], { shape: [-1] })).toThrow("expected whole sizes of 0 or more");
  });
});

describe("fromTypedArray", () => {
  it("sees the array's own memory", () => {
    const array = new Float32Array([1, 2, 3, 4]);
    expect(fromTypedArray(array).data).toBe(array);
    expect(fromTypedArray(array, [2, 2]).shape).toEqual([2, 2]);
    expect(fromTypedArray(array.subarray(1, 3)).toArray()).toEqual([2, 3]);
  });

  it("refuses other sizes and other arrays", () => {
    expect(() => fromTypedArray(new Float32Array(3), [2])).toThrow(
      "fromTypedArray: got 3 values, expected 2",
    );
    expect(() => void Reflect.apply(fromTypedArray, undefined, [new Int16Array(1)])).toThrow(
      "got Int16Array",
    );
    expect(() => fromTypedArray(Uint8Array.of(1, 2))).toThrow(
      "fromTypedArray: got 2, expected true, false, 0 or 1",
    );
  });
});

describe("zeros, ones, full and eye", () => {
  it("fill a shape", () => {
    expect(zeros([2, 2]).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(ones([2], int32).toArray()).toEqual([1, 1]);
    expect(full([2], -0, f64).toArray()).toEqual([-0, -0]);
    expect(full([], true)).toMatchObject({ dtype: "bool", shape: [] });
    expect(full([2], NaN).toArray()).toEqual([NaN, NaN]);
    expect(zeros([0, 3]).toArray()).toEqual([]);
    expect(zeros([3, 0]).toArray()).toEqual([[], [], []]);
    expect(eye(2).toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(eye(2, { dtype: "bool" }).toArray()).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  it("follow another tensor in shape and dtype", () => {
    const t = tensor([[1, 2]], int32);
    expect(zerosLike(t)).toMatchObject({ shape: [1, 2], dtype: "int32" });
    expect(onesLike(t).toArray()).toEqual([[1, 1]]);
    expect(onesLike(tensor([true])).toArray()).toEqual([true]);
  });

  it("refuse what is too large or does not fit", () => {
    expect(() => zeros([2 ** 31])).toThrow("expected at most 2147483647");
    expect(() => full([1], 0.5, int32)).toThrow("full: got 0.5");
    expect(() => full([1], 2, { dtype: "bool" })).toThrow(DtypeError);
    expect(() => eye(-1)).toThrow("eye: got shape [-1, -1]");
  });
});

describe("arange and linspace", () => {
  it("count in steps, up to but not including the end", () => {
    expect(arange(3).toArray()).toEqual([0, 1, 2]);
    expect(arange(1, 4).toArray()).toEqual([1, 2, 3]);
    expect(arange(1, 4, 2, int32).toArray()).toEqual([1, 3]);
    expect(arange(3, 0, -1).toArray()).toEqual([3, 2, 1]);
    expect(arange(2, 1).toArray()).toEqual([]);
    expect(arange(0, 1, 0.25, f64).toArray()).toEqual([0, 0.25, 0.5, 0.75]);
  });

  it("space numbers evenly, both ends included and exact", () => {
    expect(linspace(0, 1, 5).toArray()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(linspace(2, 3, 1).toArray()).toEqual([2]);
    expect(linspace(2, 3, 0).toArray()).toEqual([]);
    expect(linspace(0, 0.3, 4, f64).toArray()).toMatchObject({ 3: 0.3 });
  });

  it("refuse steps of 0, infinities and broken counts", () => {
    expect(() => arange(0, 1, 0)).toThrow(
      "arange: got (0, 1, 0), expected finite numbers and a step other than 0",
    );
    expect(() => arange(Infinity)).toThrow("arange");
    expect(() => arange(0, 1e12)).toThrow("expected at most 2147483647");
    expect(() => arange(0, 1, 0.5, int32)).toThrow(DtypeError);
    expect(() => linspace(0, 1, 2.5)).toThrow("linspace: got shape [2.5]");
  });
});

describe("the default dtype", () => {
  it("is float32, and float64 inside withDefaultDtype, also after an error", () => {
    const inside = withDefaultDtype("float64", () => [
      tensor([1]),
      zeros([1]),
      arange(1),
      linspace(0, 1, 2),
      eye(1),
    ]);
    expect(inside.map((t) => t.dtype)).toEqual(new Array(5).fill("float64"));
    expect(withDefaultDtype("float64", () => tensor(new Float32Array(1)).dtype)).toBe("float32");
    expect(() =>
      withDefaultDtype("float64", () => {
        throw new Error("inside");
      }),
    ).toThrow("inside");
    expect(getDefaultDtype()).toBe("float32");
  });

  it("refuses to stay set across a promise", () => {
    expect(() => withDefaultDtype("float64", () => Promise.resolve(1))).toThrow("fn returned a promise");
    expect(getDefaultDtype()).toBe("float32");
  });
});

describe("what only plain JavaScript can get wrong is named as well", () => {
  const call = (fn: (...args: never[]) => unknown, ...args: unknown[]) => {
    return (): unknown => Reflect.apply(fn, undefined, args);
  };
  it.each<readonly [string, () => unknown, string]>([
    [
      "a size for a shape",
      call(zeros, 3),
      "zeros: got 3 as shape, expected an array of sizes, such as [2, 3]",
    ],
    ["nothing for a shape", call(ones), "ones: got undefined as shape"],
    ["a negative size", () => zeros([-1, 2]), "zeros: got shape [-1, 2]"],
    [
      "an unknown dtype",
      call(zeros, [2], { dtype: "float16" }),
      "zeros: got dtype float16, expected float32",
    ],
    ["an unknown dtype", call(tensor, [2], { dtype: "float16" }), "tensor: got dtype float16"],
    ["an unknown dtype", call(cast, zeros([2]), "float16"), "cast: got dtype float16"],
    [
      "two tensors for a list",
      call(concat, zeros([2]), zeros([2])),
      "expected an array of tensors: concat([a, b])",
    ],
    ["a size for a new shape", call(reshape, zeros([2]), 2), "reshape: got 2 as shape"],
    ["whole random numbers", call(uniform, randomKey(1), [2], { dtype: "int32" }), "uniform: got int32"],
    ["whole default numbers", call(withDefaultDtype, "int32", () => 1), "withDefaultDtype: got int32"],
  ])("%s", (_name, run, message) => {
    expect(run).toThrow(message);
  });

  it("a tensor in JSON is its values", () => {
    expect(JSON.stringify({ w: tensor([[1, 2]]), ok: tensor(true) })).toBe('{"w":[[1,2]],"ok":true}');
  });

  it("a shape that is changed after a draw changes nothing", () => {
    const shape = [2, 2];
    const { tape } = record(() => normal(randomKey(1), shape));
    shape[0] = 5;
    expect(String(tape)).toContain("shape=[2, 2]");
  });
});
