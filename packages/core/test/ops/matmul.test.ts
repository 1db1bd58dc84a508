import {
  add,
  affine,
  broadcastTo,
  cast,
  concat,
  expandDims,
  flip,
  grad,
  matmul,
  mul,
  ones,
  outer,
  record,
  scope,
  ShapeError,
  slice,
  split,
  square,
  sum,
  tensor,
  timeStep,
  transpose,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { build, elementAt, tensorOf, viewsOf } from "../helpers/views.js";
import { expectClose, expectRightDerivatives, f64, irregular, numbers } from "./derivatives.js";

/** The product by its definition, with leading axes broadcast. */
function defined(x: Tensor, w: Tensor): Tensor {
  const rank = Math.max(x.rank, w.rank);
  const lead = Array.from({ length: rank - 2 }, (_, i) => {
    const [m, n] = [x.shape[i + x.rank - rank] ?? 1, w.shape[i + w.rank - rank] ?? 1];
    return m === 1 ? n : m;
  });
  const at = (t: Tensor, batch: readonly number[], i: number, j: number): number => {
    const own = t.shape.slice(0, -2).map((n, axis) => (n === 1 ? 0 : (batch[axis + rank - t.rank] ?? 0)));
    return elementAt(t, [...own, i, j]);
  };
  const [m = 0, k = 0] = x.shape.slice(-2);
  return build([...lead, m, w.shape.at(-1) ?? 0], (index) => {
    const [i = 0, j = 0] = index.slice(-2);
    const batch = index.slice(0, -2);
    let total = 0;
    for (let p = 0; p < k; p++) total += at(x, batch, i, p) * at(w, batch, p, j);
    return total;
  });
}

/** Few rows and many, because the kernel packs w for many only. */
const sizes = fc.record({
  m: fc.oneof(fc.nat(4), fc.integer({ min: 15, max: 18 })),
  k: fc.nat(5),
  n: fc.nat(9),
});

/** Views x [..., m, k] and w [..., k, n] whose leading axes broadcast. */
const pairs = sizes.chain(({ m, k, n }) =>
  fc
    .array(fc.constantFrom([1, 1], [2, 2], [1, 3], [3, 1], [0, 1]), { maxLength: 2 })
    .chain((lead) =>
      fc.record({ fewer: fc.nat(lead.length), lean: fc.boolean() }).chain(({ fewer, lean }) => {
        const left = lead.map(([a = 1]) => a).slice(lean ? fewer : 0);
        const right = lead.map(([, b = 1]) => b).slice(lean ? 0 : fewer);
        return fc.record({ x: viewsOf([...left, m, k]), w: viewsOf([...right, k, n]) });
      }),
    )
    .map(({ x, w }) => ({ x: tensorOf(x, 1), w: tensorOf(w, 2) })),
);

describe("matmul", () => {
  it("is the sum over the inner axis, for any views and any leading axes that broadcast", () => {
    fc.assert(
      fc.property(pairs, ({ x, w }) => {
        const [got, expected] = [matmul(x, w), defined(x, w)];
        expect(got.shape).toEqual(expected.shape);
        expectClose(numbers(got), numbers(expected), 1e-14);
      }),
      { numRuns: 500 },
    );
  });

  it("gives the very same numbers for any views as for their copies, and for each row by itself", () => {
    const w = transpose(irregular([9, 10], 2));
    const copy = tensor(w.toTypedArray(), { shape: w.shape });
    const views = [
      irregular([30, 10]),
      flip(irregular([30, 10])),
      slice(irregular([60, 10]), { step: 2 }),
      broadcastTo(irregular([1, 10]), [30, 10]),
    ];
    for (const x of views) {
      const expected = numbers(matmul(tensor(x.toTypedArray(), { shape: x.shape }), copy));
      expect(numbers(matmul(x, w))).toEqual(expected);
      const rows = split(x, 30, 0).map((row) => matmul(row, w));
      expect(numbers(concat(rows, 0))).toEqual(expected);
    }
  });

  it("follows every product through: NaN times 0 is NaN, an empty sum is 0", () => {
    expect(matmul(f64([[0, 1]]), f64([[NaN], [1]])).item()).toBeNaN();
    expect(matmul(f64([[0]]), f64([[Infinity]])).item()).toBeNaN();
    expect(matmul(zeros([2, 0]), zeros([0, 3])).toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(matmul(zeros([0, 2]), zeros([2, 3])).shape).toEqual([0, 3]);
  });

  it("sums float32 products in float64", () => {
    const row = tensor([[1, ...new Array<number>(64).fill(2 ** -26)]]);
    for (const [m, n] of [
      [1, 1],
      [1, 4],
      [20, 5],
    ] as const) {
      const product = matmul(broadcastTo(row, [m, 65]), ones([65, n]));
      expect(numbers(product)).toEqual(new Array<number>(m * n).fill(1 + 2 ** -20));
    }
  });

  it("names the shapes, the cell and the time step when sizes differ", () => {
    const wrong = (): Tensor => matmul(zeros([32, 7]), zeros([8, 16]));
    expect(() => scope("lstm", () => scope("forget", () => timeStep(3, wrong)))).toThrow(
      "matmul: x [32, 7] · w [8, 16]: inner sizes differ (7 vs 8); in lstm/forget, t = 3",
    );
    expect(wrong).toThrow(ShapeError);
  });

  it("refuses vectors, whole numbers, mixed dtypes and leading axes that do not broadcast", () => {
    expect(() => matmul(zeros([3]), zeros([3, 2]))).toThrow(
      "matmul: x [3] · w [3, 2]: expected rank 2 or more on both sides; expandDims(v, -1) makes a vector a column",
    );
    const whole = tensor([[1]], { dtype: "int32" });
    expect(() => matmul(whole, whole)).toThrow("matmul: got int32, expected float32 or float64");
    expect(() => matmul(zeros([1, 1]), f64([[1]]))).toThrow("expected one dtype");
    expect(() => matmul(zeros([2, 1, 1]), zeros([3, 1, 1]))).toThrow("axis 0 is 2 against 3");
  });

  it("has the right derivatives by both operands, whatever their leading axes", () => {
    const w = irregular([3, 2], 4);
    const batched = irregular([2, 3, 2], 5);
    expectRightDerivatives((x) => square(matmul(mul(x, x), w)), irregular([2, 3]));
    expectRightDerivatives((x) => square(matmul(mul(x, x), w)), irregular([2, 2, 3]));
    expectRightDerivatives((x) => square(matmul(mul(x, x), batched)), irregular([1, 3]));
    expectRightDerivatives((v) => square(matmul(irregular([2, 2, 3]), mul(v, v))), irregular([3, 2]));
    expectRightDerivatives((v) => square(matmul(irregular([2, 1, 2, 3]), mul(v, v))), irregular([2, 3, 1]));
    expectRightDerivatives((x) => matmul(x, matmul(transpose(x), x)), irregular([2, 2]));
  });

  it("sums the gradient of a shared matrix in one product, not batch by batch", () => {
    const x = irregular([50, 4, 3]);
    const { tape } = record(
      (w: Tensor) => grad((v: Tensor) => sum(square(matmul(x, v))))(w),
      irregular([3, 2]),
    );
    const products = tape.nodes.filter(
      (node) => node.op.name === "matmul" && node.where.derivative?.mode === "vjp",
    );
    expect(products.map((node) => node.outputs[0]?.shape)).toEqual([[3, 2]]);
  });

  it("is near the float64 product in float32", () => {
    const [x, w] = [irregular([7, 33], 1), irregular([33, 9], 2)];
    const single = matmul(cast(x, "float32"), cast(w, "float32"));
    expect(single.dtype).toBe("float32");
    expectClose(numbers(single), numbers(matmul(x, w)), 1e-6);
  });
});

describe("affine and outer", () => {
  it("affine is x·w + b", () => {
    const [x, w, b] = [irregular([2, 4, 3], 1), irregular([3, 5], 2), irregular([5], 3)];
    expect(numbers(affine(x, w, b))).toEqual(numbers(add(matmul(x, w), b)));
    expectRightDerivatives((t) => square(affine(x, w, square(t))), b);
  });

  it("outer multiplies every pair", () => {
    expect(outer(f64([1, 2]), f64([3, 4, 5])).toArray()).toEqual([
      [3, 4, 5],
      [6, 8, 10],
    ]);
    expect(outer(zeros([6, 2]), zeros([6, 3])).shape).toEqual([6, 2, 3]);
    const [a, b] = [irregular([4], 1), irregular([3], 2)];
    expect(numbers(outer(a, b))).toEqual(numbers(matmul(expandDims(a, -1), expandDims(b, 0))));
    expectRightDerivatives((t) => outer(square(t), t), irregular([3]));
  });
});

it("affine refuses a bias that would make the result larger", () => {
  const x = zeros([2, 3]);
  const w = zeros([3, 4]);
  expect(affine(x, w, zeros([4])).shape).toEqual([2, 4]);
  expect(() => affine(x, w, zeros([5, 2, 4]))).toThrow("affine: got bias [5, 2, 4], expected [4]");
});
