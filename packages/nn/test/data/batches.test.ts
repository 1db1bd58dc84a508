import { fc, test } from "@fast-check/vitest";
import { arange, randomKey, tensor, zeros } from "@tapeloop/core";
import { batchCount, batches, batchIndices, examples, forecastWindows } from "@tapeloop/nn";
import { describe, expect, it } from "vitest";

const flat = (options: Parameters<typeof batchIndices>[1], size = 10): number[] =>
  batchIndices(size, options).flatMap((indices) => [...indices.data]);

describe("batches", () => {
  it("deals the examples out in order, and keeps or drops what is left", () => {
    const data = examples({ x: arange(5) });
    const keep = [...batches(data, { batchSize: 2, remainder: "keep" })];
    expect(keep.map(({ x }) => x.toArray())).toEqual([[0, 1], [2, 3], [4]]);
    const drop = [...batches(data, { batchSize: 2, remainder: "drop" })];
    expect(drop.map(({ x }) => x.toArray())).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it("shuffles by the key: the same key gives the same order, another key another", () => {
    const order = (seed: number) => flat({ batchSize: 3, remainder: "keep", key: randomKey(seed) });
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
    expect(order(1)).not.toEqual(flat({ batchSize: 3, remainder: "keep" }));
  });

  it("can be walked more than once", () => {
    const once = batches(examples({ x: arange(4) }), { batchSize: 4, remainder: "keep" });
    expect([...once]).toHaveLength(1);
    expect([...once]).toHaveLength(1);
  });

  it("refuses a batch size outside 1 … N − S, before the first batch", () => {
    const windows = forecastWindows(zeros([8327]), { size: 10 });
    for (const batchSize of [0, 8318, 1.5, NaN]) {
      expect(() => batches(windows, { batchSize, remainder: "keep" })).toThrow(
        `batches: got batch size ${batchSize}, expected 1 … 8317, the number of examples`,
      );
    }
    expect(batchCount(8317, { batchSize: 8317, remainder: "drop" })).toBe(1);
    expect(() => batchCount(0, { batchSize: 1, remainder: "keep" })).toThrow("of which there are none");
  });
});

describe("examples", () => {
  it("takes the same examples from every tensor of the tree", () => {
    const data = examples({
      x: tensor([
        [1, 1],
        [2, 2],
        [3, 3],
      ]),
      y: [tensor([10, 20, 30])],
    });
    const { x, y } = data.batch(tensor([2, 0], { dtype: "int32" }));
    expect(data.size).toBe(3);
    expect(x.toArray()).toEqual([
      [3, 3],
      [1, 1],
    ]);
    expect(y[0]?.toArray()).toEqual([30, 10]);
  });

  it("refuses tensors that disagree about the number of examples", () => {
    expect(() => examples({ x: zeros([3, 2]), y: zeros([4]) })).toThrow(
      "examples: y is float32 [4], expected [3, …] with 3 examples as in x",
    );
    expect(() => examples({ x: zeros([]) })).toThrow("examples: x is float32 []");
    expect(() => examples({})).toThrow("examples: got a tree without tensors");
  });
});

const dealing = fc.integer({ min: 1, max: 40 }).chain((size) =>
  fc.record({
    size: fc.constant(size),
    batchSize: fc.integer({ min: 1, max: size }),
    remainder: fc.constantFrom("keep" as const, "drop" as const),
    seed: fc.option(fc.nat(), { nil: undefined }),
  }),
);

test.prop([dealing])(
  "every example comes at most once, and all come if the remainder is kept",
  ({ size, seed, ...options }) => {
    const key = seed === undefined ? undefined : randomKey(seed);
    const numbers = flat({ ...options, key }, size);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.every((i) => i >= 0 && i < size)).toBe(true);
    const left = options.remainder === "keep" ? 0 : size % options.batchSize;
    expect(numbers).toHaveLength(size - left);
    expect(batchIndices(size, { ...options, key })).toHaveLength(batchCount(size, options));
  },
);
