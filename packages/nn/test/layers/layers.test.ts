import { describe, expect, test } from "vitest";
import "@tapeloop/check/vitest";
import { createRng, grad, matmul, record, sum, tensor, zeros, type Tensor } from "@tapeloop/core";
import { embedding, linear } from "@tapeloop/nn";
import { expectClose, randomLike, values } from "../cells/support.js";

describe("linear", () => {
  const params = randomLike(linear.init({ input: 3, output: 2 }, 1), 1);

  test("is x·w + b for a batch, and for all time steps at once", () => {
    const x = values([5, 3], 2);
    expectClose(linear.apply(params, x), matmul(x, params.w).add(params.b));
    expect(linear.apply(params, values([7, 5, 3], 2)).shape).toEqual([7, 5, 2]);
  });

  test("passes gradcheck of second order", () => {
    expect((p: typeof params, x: Tensor) => linear.apply(p, x)).toPassGradcheck(
      [params, values([2, 2, 3], 3)],
      { order: 2 },
    );
  });

  test("starts glorot-uniform with zero bias, and continues a source of keys", () => {
    const rng = createRng(1);
    const [first, second] = [
      linear.init({ input: 3, output: 2 }, rng),
      linear.init({ input: 3, output: 2 }, rng),
    ];
    expect(first.w.toArray()).not.toEqual(second.w.toArray());
    expect(Math.max(...first.w.data.map(Math.abs))).toBeLessThan(Math.sqrt(6 / 5));
    expect(first.b.toArray()).toEqual([0, 0]);
  });

  test("says what does not fit, and where", () => {
    expect(() => linear.apply(params, values([5, 4], 1))).toThrow(
      /^matmul: .*inner sizes differ \(4 vs 3\); in linear$/,
    );
    expect(() => linear.apply(params, values([3], 1))).toThrow(/rank 2 or more.*; in linear$/);
    expect(() => linear.init({ input: 3, output: 0 }, 1)).toThrow(
      "linear: got output 0, expected a whole number ≥ 1",
    );
  });
});

describe("embedding", () => {
  const params = randomLike(embedding.init({ vocabulary: 5, features: 3 }, 1), 1);
  const ids = tensor(
    [
      [4, 0],
      [4, 1],
    ],
    { dtype: "int32" },
  );

  test("looks up rows, for any shape of ids", () => {
    const found = embedding.apply(params, ids);
    expect(found.shape).toEqual([2, 2, 3]);
    expect(found.toArray()).toEqual([
      [params.table.index(4).toArray(), params.table.index(0).toArray()],
      [params.table.index(4).toArray(), params.table.index(1).toArray()],
    ]);
  });

  test("sends the gradient to the rows used, once for each use", () => {
    const { table } = grad((p: typeof params) => sum(embedding.apply(p, ids)))(params);
    expect(table.sum(1).toArray()).toEqual([3, 3, 0, 0, 6]);
    expect((p: typeof params) => embedding.apply(p, ids)).toPassGradcheck([params], { order: 2 });
  });

  test("says what is wrong with ids and sizes, and where", () => {
    expect(() => embedding.apply(params, tensor([5], { dtype: "int32" }))).toThrow(
      /index 5.*; in embedding$/,
    );
    expect(() => embedding.apply(params, zeros([2]))).toThrow(/float32.*expected int32.*; in embedding$/);
    expect(() => embedding.init({ vocabulary: 0, features: 3 }, 1)).toThrow("embedding: got vocabulary 0");
    expect(() => embedding.init({ vocabulary: 3, features: 1.5 }, 1)).toThrow("embedding: got features 1.5");
  });

  test("records one operation, in its scope", () => {
    const { tape } = record((p: typeof params) => embedding.apply(p, ids), params);
    expect(tape.nodes.map(({ op, where }) => `${where.scope} ${op.name}`)).toEqual(["embedding take"]);
  });
});
