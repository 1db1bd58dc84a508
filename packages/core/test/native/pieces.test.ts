import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import type { BlasProduct } from "../../src/compile/blas.js";
import { piecesOf, prefersPieces } from "../../src/native/pieces.js";

const product = (m: number, n: number, k: number, transposed: Partial<BlasProduct> = {}): BlasProduct => ({
  ...{ dtype: "float32", m, n, k, transposeA: false, transposeB: false, accumulate: false },
  ...{ lda: k, ldb: n, ldc: n },
  ...transposed,
});

const size = fc.integer({ min: 1, max: 3000 });

test.prop([size, size, size])("the pieces of a product hold each element of the result once", (m, n, k) => {
  let elements = 0;
  let [row, column] = [0, 0];
  for (const piece of piecesOf(product(m, n, k))) {
    expect([piece.row, piece.column]).toEqual([row, column]);
    elements += piece.rows * piece.columns;
    if (piece.columns === n) row += piece.rows;
    else column += piece.columns;
  }
  expect([elements, row === m || column === n]).toEqual([m * n, true]);
});

test.prop([size, size, size])(
  "pieces, where there are several, are small products, but no slivers",
  (m, n, k) => {
    const pieces = piecesOf(product(m, n, k));
    if (pieces.length === 1) return;
    for (const { rows, columns } of pieces) expect(rows * columns * k).toBeLessThanOrEqual(1e6);
    const [first] = pieces;
    expect(first !== undefined && (first.rows % 8 === 0 || first.columns >= 48)).toBe(true);
  },
);

describe("products are left whole", () => {
  it("where they are small, where rows and columns would be too few, and where an operand lies transposed", () => {
    for (const whole of [
      product(32, 128, 128),
      product(64, 1024, 1024),
      product(32, 256, 256, { transposeB: true }),
      product(256, 256, 2048, { transposeA: true }),
    ]) {
      expect(piecesOf(whole)).toEqual([{ row: 0, rows: whole.m, column: 0, columns: whole.n }]);
    }
    expect(piecesOf(product(32, 256, 256))).toHaveLength(4);
  });

  it("by every library but OpenBLAS on cores for which it has small kernels", () => {
    expect(["OpenBLAS 0.3.21 (Cooperlake)", "OpenBLAS 0.3.29 (SKYLAKEX)"].map(prefersPieces)).toEqual([
      true,
      true,
    ]);
    expect(
      ["OpenBLAS 0.3.21 (Zen)", "OpenBLAS 0.3.5", "MKL 2026.0", "BLIS (SkylakeX)"].some(prefersPieces),
    ).toBe(false);
  });
});
