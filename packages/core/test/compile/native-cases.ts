import * as t from "@tapeloop/core";
import type { Tensor } from "@tapeloop/core";
import type { Run } from "./parity.js";

/** A function with matrix products. */
export interface Case {
  readonly what: string;
  /** Of its arguments, such as "[3,4] [4]". */
  readonly shapes: string;
  /** Products that a library makes; the others stay. */
  readonly native: number;
  readonly run: Run;
}

export function shapesOf({ shapes }: Case): readonly (readonly number[])[] {
  return shapes.split(" ").map((shape) =>
    shape
      .slice(1, -1)
      .split(",")
      .filter((size) => size !== "")
      .map(Number),
  );
}

const of =
  (f: (a: Tensor, b: Tensor, c: Tensor) => Tensor): Run =>
  (...xs) => [f(xs[0]!, xs[1]!, xs[2] ?? xs[0]!)];
const swap = (x: Tensor): Tensor => t.transpose(x);

/** Every way in which the operands of a product, and what its sums start from, can lie in memory. */
export const cases: readonly Case[] = [
  { what: "A·B", native: 1, shapes: "[3,4] [4,5]", run: of(t.matmul) },
  { what: "Aᵀ·B", native: 1, shapes: "[4,3] [4,5]", run: of((a, b) => t.matmul(swap(a), b)) },
  { what: "A·Bᵀ", native: 1, shapes: "[3,4] [5,4]", run: of((a, b) => t.matmul(a, swap(b))) },
  { what: "Aᵀ·Bᵀ", native: 1, shapes: "[4,3] [5,4]", run: of((a, b) => t.matmul(swap(a), swap(b))) },
  { what: "one number", native: 1, shapes: "[1,1] [1,1]", run: of(t.matmul) },
  { what: "a row times a matrix", native: 1, shapes: "[1,4] [4,5]", run: of(t.matmul) },
  { what: "a matrix times a column", native: 1, shapes: "[3,4] [4,1]", run: of(t.matmul) },
  { what: "a column times a row", native: 1, shapes: "[3,1] [1,5]", run: of(t.matmul) },
  {
    what: "a column times a row, both transposed",
    native: 1,
    shapes: "[1,3] [5,1]",
    run: of((a, b) => t.matmul(swap(a), swap(b))),
  },
  {
    what: "slices",
    native: 1,
    shapes: "[5,7] [4,4]",
    run: of((a, b) =>
      t.matmul(
        t.slice(a, [
          [1, 4],
          [2, 6],
        ]),
        t.slice(b, [
          [0, 4],
          [1, 3],
        ]),
      ),
    ),
  },
  {
    what: "transposed slices",
    native: 1,
    shapes: "[5,7] [4,4]",
    run: of((a, b) =>
      t.matmul(
        swap(
          t.slice(a, [
            [1, 4],
            [2, 6],
          ]),
        ),
        swap(
          t.slice(b, [
            [0, 4],
            [1, 4],
          ]),
        ),
      ),
    ),
  },
  { what: "leading axes as rows", native: 1, shapes: "[2,3,4] [4,5]", run: of(t.matmul) },
  { what: "leading axes, one product each", native: 6, shapes: "[2,3,4,5] [2,3,5,6]", run: of(t.matmul) },
  { what: "leading axes that broadcast", native: 6, shapes: "[2,1,4,5] [3,5,6]", run: of(t.matmul) },
  {
    what: "leading axes and a sum",
    native: 2,
    shapes: "[2,3,4] [2,4,5] [3,5]",
    run: of((a, b, c) => t.add(t.matmul(a, b), c)),
  },
  {
    what: "permuted leading axes",
    native: 2,
    shapes: "[3,2,4] [5,2,4]",
    run: of((a, b) => t.matmul(t.permute(a, [1, 0, 2]), t.permute(b, [1, 2, 0]))),
  },
  { what: "a bias", native: 1, shapes: "[3,4] [4,5] [5]", run: of(t.affine) },
  {
    what: "a matrix to start from",
    native: 1,
    shapes: "[3,4] [4,5] [3,5]",
    run: of((a, b, c) => t.add(t.matmul(a, b), c)),
  },
  {
    what: "a column to start from",
    native: 1,
    shapes: "[3,4] [4,5] [3,1]",
    run: of((a, b, c) => t.add(t.matmul(a, b), c)),
  },
  {
    what: "a number to start from",
    native: 1,
    shapes: "[3,4] [4,5] []",
    run: of((a, b, c) => t.add(t.matmul(a, b), c)),
  },
  {
    what: "sums of products",
    native: 2,
    shapes: "[3,4] [4,5]",
    run: of((a, b) => t.add(t.matmul(a, b), t.matmul(t.neg(a), t.mul(b, 2)))),
  },
  { what: "no rows", native: 0, shapes: "[0,4] [4,5]", run: of(t.matmul) },
  { what: "no columns", native: 0, shapes: "[3,4] [4,0]", run: of(t.matmul) },
  { what: "empty sums", native: 0, shapes: "[3,0] [0,5]", run: of(t.matmul) },
  { what: "empty sums that start from something", native: 0, shapes: "[3,0] [0,5] [5]", run: of(t.affine) },
  { what: "no products at all", native: 0, shapes: "[0,3,4] [0,4,5]", run: of(t.matmul) },
  {
    what: "one row for all",
    native: 0,
    shapes: "[1,4] [4,5]",
    run: of((a, b) => t.matmul(t.broadcastTo(a, [3, 4]), b)),
  },
  {
    what: "one column for all",
    native: 0,
    shapes: "[3,4] [4,1]",
    run: of((a, b) => t.matmul(a, t.broadcastTo(b, [4, 5]))),
  },
  {
    what: "windows that overlap",
    native: 0,
    shapes: "[3,4] [4,5]",
    run: of((a, b) => t.matmul(t.slidingWindows(t.reshape(a, [12]), 4), b)),
  },
];
