import { describe, expect, test } from "vitest";
import { fc, test as propertyTest } from "@fast-check/vitest";
import {
  createRng,
  eye,
  getDefaultDtype,
  matmul,
  mean,
  scan,
  splitKey,
  randomKey,
  treeLeaves,
  trace,
  transpose,
  withDefaultDtype,
  type Rng,
  type Tensor,
} from "@tapeloop/core";
import {
  glorotUniform,
  gru,
  lstm,
  ones,
  orthogonal,
  rnn,
  stacked,
  torchUniform,
  withTorchInit,
  zeros,
} from "@tapeloop/nn";
import { expectClose } from "./support.js";

const sizes = { input: 3, hidden: 4 };

describe("glorotUniform", () => {
  test("draws from ±√(6 / (fanIn + fanOut)), up to the bounds, about 0", () => {
    const w = glorotUniform(createRng(1), [200, 100], { dtype: "float64" });
    const bound = Math.sqrt(6 / 300);
    const largest = Math.max(...w.data.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(bound);
    expect(largest).toBeGreaterThan(0.999 * bound);
    expect(Math.abs(mean(w).item())).toBeLessThan(0.01 * bound);
    expect(mean(w.square()).item()).toBeCloseTo(bound ** 2 / 3, 4);
  });
});

describe("torchUniform", () => {
  test("draws from ±1/√hidden, whatever the shape", () => {
    const w = torchUniform(createRng(1), [1000], 16);
    const largest = Math.max(...w.data.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(0.25);
    expect(largest).toBeGreaterThan(0.249);
  });

  test("starts a whole cell by withTorchInit, the forget bias too", () => {
    const cell = withTorchInit(stacked([lstm, lstm]));
    const made = cell.init({ input: 3, hidden: 100 }, 1);
    for (const { path, tensor } of treeLeaves(made)) {
      const largest = Math.max(...tensor.data.map(Math.abs));
      expect(largest, path).toBeLessThanOrEqual(0.1);
      expect(largest, path).toBeGreaterThan(0.09);
    }
    expect(cell.name).toBe("stacked");
    expectClose(cell.init({ input: 3, hidden: 100 }, 1), made, 0);
  });
});

describe("orthogonal", () => {
  const anyShape = {
    m: fc.integer({ min: 1, max: 12 }),
    n: fc.integer({ min: 1, max: 12 }),
    seed: fc.integer({ min: 0, max: 1e6 }),
  };

  propertyTest.prop(anyShape)("has orthonormal rows or columns, whichever are fewer", ({ m, n, seed }) => {
    const w = orthogonal(createRng(seed), [m, n], { dtype: "float64" });
    expect(w.shape).toEqual([m, n]);
    const product = m <= n ? matmul(w, transpose(w)) : matmul(transpose(w), w);
    expectClose(product, eye(Math.min(m, n), { dtype: "float64" }), 1e-14);
  });

  test("keeps the length of a vector through a thousand products, times the gain", () => {
    const w = orthogonal(createRng(5), [8, 8], { dtype: "float64" });
    let h = ones([1, 8], { dtype: "float64" });
    for (let t = 0; t < 1000; t++) h = matmul(h, w);
    expect(Math.sqrt(h.square().sum().item())).toBeCloseTo(Math.sqrt(8), 10);
    expectClose(orthogonal(createRng(5), [8, 8], { dtype: "float64", gain: 3 }), w.mul(3));
  });

  test("turns as much to one side as to the other: no sign is preferred", () => {
    const diagonal = Array.from({ length: 400 }, (_, seed) => orthogonal(createRng(seed), [2, 2]).data[0]!);
    expect(Math.abs(diagonal.reduce((a, b) => a + b) / 400)).toBeLessThan(0.1);
  });

  test("gives the same matrices inside a scan, and takes one key from its source there as here", () => {
    const keys = splitKey(randomKey(3), 4);
    const [, inside] = scan(
      (none: null, key: Tensor) => [none, orthogonal(createRng(key), [3, 5])] as const,
      null,
      keys,
    );
    const [, keyAfter] = scan(
      (none: null, key: Tensor) => {
        const rng = createRng(key);
        orthogonal(rng, [3, 5]);
        return [none, rng.key()] as const;
      },
      null,
      keys,
    );
    for (let k = 0; k < 4; k++) {
      const rng = createRng(keys.index(k));
      expectClose(inside.index(k), orthogonal(rng, [3, 5]), 1e-7);
      expect(keyAfter.index(k).toArray()).toEqual(rng.key().toArray());
    }
  });
});

describe("the parameters of a cell", () => {
  const cells = [rnn, lstm, gru, stacked([lstm, gru])] as const;

  test.each(
    cells.map((cell) => [cell.name, (seed: number | Rng) => treeLeaves(cell.init(sizes, seed))] as const),
  )("%s follow from the seed alone, and have the default dtype", (_name, init) => {
    const [a, b, c] = [init(7), init(7), init(8)];
    a.forEach(({ tensor }, i) => expect(tensor.toArray()).toEqual(b[i]!.tensor.toArray()));
    expect(a.some(({ tensor }, i) => String(tensor.toArray()) !== String(c[i]!.tensor.toArray()))).toBe(true);
    expect(new Set(a.map(({ tensor }) => tensor.dtype))).toEqual(new Set(["float32"]));
    const double = withDefaultDtype("float64", () => init(7));
    expect(new Set(double.map(({ tensor }) => tensor.dtype))).toEqual(new Set(["float64"]));
    double.forEach(({ tensor }, i) => expectClose(a[i]!.tensor.cast("float64"), tensor, 1e-6));
    expect(getDefaultDtype()).toBe("float32");
  });

  test("continue a source of keys, so that two cells from one source differ", () => {
    const rng = createRng(7);
    expect(rnn.init(sizes, rng).wx.toArray()).not.toEqual(rnn.init(sizes, rng).wx.toArray());
  });

  test("start an LSTM with a forget bias of 1, other biases at 0, and an RNN with orthogonal wh", () => {
    const { bf, bi, bc, bo } = lstm.init(sizes, 1);
    expect([bf, bi, bc, bo].map((b) => b.toArray())).toEqual(
      [ones([4]), zeros([4]), zeros([4]), zeros([4])].map((b) => b.toArray()),
    );
    const { wh } = rnn.init(sizes, 1);
    expectClose(matmul(wh, transpose(wh)), eye(4), 1e-6);
  });

  test("have their shapes known without values, as inferring the sizes needs", () => {
    let shapes: unknown;
    const body = trace(
      ([key]) => {
        const made = gru.init(sizes, createRng(key!));
        shapes = treeLeaves(made).map(({ path, tensor }) => [path, tensor.shape, tensor.dtype]);
        return [];
      },
      [{ shape: [2], dtype: "int32" }],
    );
    expect(body.nodes.length).toBeGreaterThan(0);
    expect(shapes).toEqual(
      treeLeaves(gru.init(sizes, 0)).map(({ path, tensor }) => [path, tensor.shape, tensor.dtype]),
    );
  });
});
