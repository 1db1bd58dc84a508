import * as t from "@tapeloop/core";
import type { Dtype, Shape, Tensor } from "@tapeloop/core";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { disparities } from "./parity.js";

const dtypes = ["float32", "float64", "int32", "bool"] as const;

/** Whole numbers from −4 to 4 (0 and 1 for bool), by seed: every sum of them is exact. */
function filled(shape: Shape, dtype: Dtype, seed: number): Tensor {
  const values = Array.from({ length: t.sizeOf(shape) }, (_, i) => ((i + seed) * 7 + ((i * i) % 5)) % 9);
  return t.reshape(
    t.cast(
      t.tensor(dtype === "bool" ? values.map((v) => v % 2) : values.map((v) => v - 4), { dtype: "float64" }),
      dtype,
    ),
    shape,
  );
}

const exact = { ulps: 0 } as const;
/** A product of one term may be −0, which a sum that starts from 0 never is. */
const anyZero = { ulps: 0.25, smallest: 1 } as const;
const sizes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
const anyDtype = fc.constantFrom(...dtypes);
const numeric = fc.constantFrom("float32", "float64", "int32");

/** Two shapes that broadcast: axes of size 1, and missing ones, in every pattern. */
const broadcast = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.constantFrom("both", "left", "right", "neither")), {
    maxLength: 5,
  })
  .chain((axes) => {
    const left = axes.map(([n, kind]) => (kind === "both" || kind === "left" ? n : 1));
    const right = axes.map(([n, kind]) => (kind === "both" || kind === "right" ? n : 1));
    return fc.tuple(
      fc
        .integer({ min: 0, max: axes.length })
        .map((drop) => left.slice(left.slice(0, drop).every((n) => n === 1) ? drop : 0)),
      fc.constant(right),
    );
  });

describe("shapes", () => {
  it("broadcast in every pattern", () => {
    fc.assert(
      fc.property(broadcast, numeric, ([left, right], dtype) => {
        const run = (a: Tensor, b: Tensor): Tensor[] => [
          t.add(a, b),
          t.mul(t.sub(b, a), a),
          t.where(t.less(a, b), a, 1),
        ];
        expect(
          disparities((a, b) => run(a, b), [filled(left, dtype, 1), filled(right, dtype, 2)], exact),
        ).toEqual([]);
      }),
      { numRuns: 80 },
    );
  });

  it("fold over every subset of axes, alone and of what is computed in the same kernel", () => {
    fc.assert(
      fc.property(
        sizes,
        numeric,
        fc.integer({ min: 0, max: 15 }),
        fc.boolean(),
        (shape, dtype, subset, keepDims) => {
          const axes = [...shape.keys()].filter((axis) => (subset & (1 << axis)) !== 0);
          const options = { axes, keepDims };
          const hasElements = axes.every((axis) => shape[axis] !== 0);
          const run = (x: Tensor): Tensor[] => [
            t.sum(x, options),
            t.sum(t.mul(x, 2), options),
            t.prod(t.sign(x), options),
            t.any(t.greater(x, 3), options),
            t.all(t.less(x, 4), options),
            t.mul(x, 3),
            ...(hasElements
              ? [t.max(x, options), t.min(t.neg(x), options), t.argmax(x, options), t.argmin(x, options)]
              : []),
          ];
          expect(disparities((x) => run(x), [filled(shape, dtype, 3)], exact)).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("views of views: permuted, flipped, sliced, reshaped, stretched, windows", () => {
    const moves = fc.array(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.nat(100)), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(sizes, anyDtype, moves, (shape, dtype, list) => {
        const run = (x: Tensor): Tensor[] => {
          const views = list.reduce<Tensor[]>(
            (made, [kind, seed]) => [...made, moved(made.at(-1) ?? x, kind, seed)],
            [],
          );
          return [
            ...views,
            ...views.map((view) => t.equal(view, view)),
            ...views.map((view) => t.cast(view, "float64")),
          ];
        };
        expect(disparities((x) => run(x), [filled(shape, dtype, 5)], exact)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test.each(dtypes)("tails: one to nine elements of %s, in each place of a row", (dtype) => {
    for (let n = 1; n <= 9; n++) {
      const run = (x: Tensor, y: Tensor): Tensor[] => [
        t.equal(x, y),
        t.where(t.notEqual(x, y), x, y),
        t.cast(x, "float32"),
        t.cast(x, "bool"),
        t.concat([x, y]),
        t.concat([y, x], 0),
        t.add(t.cast(x, "float64"), 1),
        t.sum(t.cast(x, "int32"), -1),
        t.any(t.cast(y, "bool"), 0),
      ];
      expect(
        disparities((x, y) => run(x, y), [filled([3, n], dtype, n), filled([3, n], dtype, 2 * n)], exact),
      ).toEqual([]);
    }
  });

  test("one kernel on tensors of all dtypes", () => {
    const run = (a: Tensor, b: Tensor, c: Tensor, d: Tensor): Tensor[] => {
      const mixed = t.where(d, t.cast(a, "float64"), b);
      const whole = t.add(c, t.cast(t.greater(mixed, 0), "int32"));
      return [
        mixed,
        whole,
        t.mul(t.cast(whole, "float32"), a),
        t.logicalXor(d, t.less(a, 1)),
        t.sum(t.cast(d, "float32")),
        t.sum(a, 0),
      ];
    };
    for (const n of [1, 2, 3, 4, 5, 7, 8]) {
      const inputs = dtypes.map((dtype, i) => filled([2, n], dtype, i));
      expect(disparities((a, b, c, d) => run(a, b, c, d), inputs, exact)).toEqual([]);
    }
  });

  test("eight axes, and none", () => {
    const shape = [2, 1, 3, 1, 2, 1, 2, 2];
    const run = (x: Tensor, y: Tensor): Tensor[] => {
      const turned = t.permute(x, [7, 5, 3, 1, 0, 2, 4, 6]);
      return [
        t.add(x, y),
        t.mul(turned, 2),
        t.flip(turned, [0, 5]),
        t.sum(x, [0, 4, 7]),
        t.sum(x),
        t.reshape(turned, [-1]),
      ];
    };
    const one = filled([], "float32", 1);
    expect(disparities((x, y) => run(x, y), [filled(shape, "float32", 2), one], exact)).toEqual([]);
    expect(disparities((x) => [t.neg(x), t.sum(x), t.reshape(x, [1, 1])], [one], exact)).toEqual([]);
  });

  test("products with no elements, of flipped, stretched and transposed matrices, and of one row or column", () => {
    const some = fc.integer({ min: 0, max: 9 });
    const kinds = fc.constantFrom("plain", "transposed", "flipped", "stretched");
    fc.assert(
      fc.property(
        some,
        some,
        some,
        kinds,
        kinds,
        fc.constantFrom("float32", "float64"),
        fc.integer({ min: 0, max: 3 }),
        (m, inner, columns, left, right, dtype, batch) => {
          const [k, n] = [left === "stretched" ? 3 : inner, right === "stretched" ? 3 : columns];
          const run = (a: Tensor, b: Tensor, c: Tensor): Tensor[] => {
            const [x, w] = [seen(a, left), seen(b, right)];
            const turned = (): Tensor => t.matmul(t.transpose(w), t.transpose(x));
            return [t.matmul(x, w), t.add(turned(), c), t.add(t.flip(c), turned())];
          };
          const lead = batch === 3 ? [] : [batch];
          const inputs = [
            filled(dims(left, [...lead, m, k]), dtype, 1),
            filled(dims(right, [k, n]), dtype, 2),
            filled([n, 1], dtype, 3),
          ];
          expect(disparities((a, b, c) => run(a, b, c), inputs, anyZero)).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });
});

type Kind = "plain" | "transposed" | "flipped" | "stretched";

function dims(kind: Kind, shape: number[]): number[] {
  const [m = 1, k = 1] = shape.slice(-2);
  if (kind === "transposed") return [...shape.slice(0, -2), k, m];
  return kind === "stretched" ? [...shape.slice(0, -1), 1] : shape;
}

function seen(x: Tensor, kind: Kind): Tensor {
  if (kind === "transposed") return t.transpose(x);
  if (kind === "flipped") return t.flip(x, [-1, -2]);
  return kind === "stretched" ? t.broadcastTo(x, [...x.shape.slice(0, -1), 3]) : x;
}

/** x seen in another way, or a copy of parts of it. */
function moved(x: Tensor, kind: number, seed: number): Tensor {
  const axis = x.rank === 0 ? 0 : seed % x.rank;
  const n = x.shape[axis] ?? 1;
  if (x.rank === 0) return t.broadcastTo(x, [1 + (seed % 5)]);
  switch (kind) {
    case 0:
      return t.permute(
        x,
        [...x.shape.keys()].map((i) => (i + seed) % x.rank),
      );
    case 1:
      return t.flip(
        x,
        [...x.shape.keys()].filter((i) => ((seed >> i) & 1) === 1),
      );
    case 2:
      return t.slice(x, { axis, start: seed % (n + 1), step: 1 + (seed % 3) });
    case 3:
      return t.slice(x, { axis, step: -1 - (seed % 2) });
    case 4:
      return t.reshape(x, [x.size]);
    case 5:
      return x.size > 200 ? x : t.broadcastTo(t.expandDims(x, axis), x.shape.toSpliced(axis, 0, 3));
    case 6:
      return n === 0 || x.size > 200
        ? x
        : t.slidingWindows(x, 1 + (seed % n), { axis, step: 1 + (seed % 2) });
    case 7:
      return n === 0 ? x : t.index(x, seed % n, axis);
    default:
      return x.size > 200 ? x : t.concat([x, t.flip(x, [axis])], axis);
  }
}
