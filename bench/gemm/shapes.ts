import type { GemmSpec } from "../../packages/core/src/kernels/gemm/index.js";

/** A product that matters, and where it comes from. */
export interface Shape {
  readonly title: string;
  readonly spec: GemmSpec;
}

const row = (columns: number) => ({ row: columns, column: 1 });
const transposed = (rows: number) => ({ row: 1, column: rows });

function shape(
  m: number,
  k: number,
  n: number,
  how: { a?: "ᵀ"; b?: "ᵀ"; packed?: boolean; accumulate?: boolean; dtype?: GemmSpec["dtype"] } = {},
): Shape {
  const { dtype = "float32", packed = false, accumulate = false } = how;
  const spec: GemmSpec = {
    dtype,
    m,
    k,
    n,
    a: how.a === "ᵀ" ? transposed(m) : row(k),
    b: how.b === "ᵀ" ? transposed(k) : row(n),
    c: { row: n },
    packed,
    ...(accumulate ? { initial: row(n) } : {}),
  };
  const matrix = (rows: number, columns: number, turned: "ᵀ" | undefined) =>
    turned === undefined ? `[${rows},${columns}]` : `[${columns},${rows}]ᵀ`;
  const notes = [packed ? "packed" : "", accumulate ? "into C" : "", dtype === "float32" ? "" : dtype];
  const product = `${matrix(m, k, how.a)}·${matrix(k, n, how.b)}`;
  return { title: [product, ...notes].filter((text) => text !== "").join(" "), spec };
}

export const shapes: readonly Shape[] = [
  shape(32, 128, 128, { packed: true }),
  shape(32, 128, 128),
  shape(32, 160, 128, { packed: true }),
  shape(32, 160, 128),
  shape(32, 128, 128, { b: "ᵀ", packed: true }),
  shape(32, 128, 128, { b: "ᵀ" }),
  shape(128, 32, 128, { a: "ᵀ", accumulate: true }),
  shape(128, 1600, 128, { a: "ᵀ" }),
  shape(32, 256, 256, { packed: true }),
  shape(32, 256, 256),
  shape(256, 2048, 256, { a: "ᵀ" }),
  shape(2048, 256, 256),
  shape(2048, 256, 256, { packed: true }),
  shape(2048, 256, 65),
  shape(2048, 65, 256, { b: "ᵀ" }),
  shape(256, 2048, 65, { a: "ᵀ" }),
  shape(8317, 50, 50),
  shape(8317, 50, 50, { b: "ᵀ" }),
  shape(50, 83170, 50, { a: "ᵀ" }),
  shape(8317, 1, 50),
  shape(8317, 50, 1),
  shape(1, 8317, 50),
  shape(1, 8317, 50, { a: "ᵀ" }),
  shape(50, 8317, 1, { a: "ᵀ" }),
  shape(50, 8317, 2, { a: "ᵀ" }),
  shape(8317, 50, 2),
  shape(8317, 50, 4),
  shape(1, 8, 8),
  shape(8, 1, 8),
  shape(8, 8, 8),
  shape(1, 8, 8, { b: "ᵀ" }),
  shape(1, 128, 512),
  shape(1, 512, 128, { b: "ᵀ" }),
  shape(4, 64, 64),
  shape(512, 512, 512),
  shape(512, 512, 512, { a: "ᵀ", b: "ᵀ" }),
  shape(32, 128, 128, { packed: true, dtype: "float64" }),
  shape(128, 1600, 128, { a: "ᵀ", dtype: "float64" }),
  shape(256, 256, 256, { dtype: "float64" }),
];
