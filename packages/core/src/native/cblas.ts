import type { Blas, BlasProduct } from "../compile/blas.js";
import { find, type Ffi, type Library, type Native } from "./ffi.js";
import { piecesOf, prefersPieces } from "./pieces.js";

/** Of the C interface to BLAS: matrices lie row by row; as they are, or transposed. */
const ROW_MAJOR = 101;
const AS_IS = 111;
const TRANSPOSED = 112;

/**
 * Multiplications below which WebAssembly is faster. A call costs as much as 5,000; measured, the two meet at 8,000
 * without relaxed SIMD and at 14,000 with it.
 */
const LEAST = 12_000;

/** The products of a library with the C interface to BLAS, or undefined if it has none. */
export function bindCblas(library: Library, name: string, ffi: Ffi): Blas | undefined {
  const float32 = find(library, "cblas_sgemm", "void", parameters("float"));
  const float64 = find(library, "cblas_dgemm", "void", parameters("double"));
  if (float32 === undefined || float64 === undefined) return undefined;
  const gemm: Readonly<Record<BlasProduct["dtype"], Native>> = { float32, float64 };
  return {
    name,
    pays: ({ m, n, k }) => m * n * k >= LEAST,
    product: (product, memory) => {
      const { dtype, n, k, transposeA, transposeB, lda, ldb, ldc, accumulate } = product;
      const base = Number(ffi.address(memory));
      const run = gemm[dtype];
      const [left, right] = [transposeA ? TRANSPOSED : AS_IS, transposeB ? TRANSPOSED : AS_IS];
      const beta = accumulate ? 1 : 0;
      const [first, ...others] = prefersPieces(name) ? piecesOf(product) : [];
      if (first === undefined || others.length === 0) {
        return (a, b, c) => {
          run(ROW_MAJOR, left, right, product.m, n, k, 1, base + a, lda, base + b, ldb, beta, base + c, ldc);
        };
      }
      const bytes = dtype === "float32" ? 4 : 8;
      // In bytes from the beginning of each matrix; neither A nor B lies transposed.
      const pieces = [first, ...others].map(({ row, rows, column, columns }) => ({
        ...{ rows, columns },
        ...{ a: row * lda * bytes, b: column * bytes, c: (row * ldc + column) * bytes },
      }));
      return (a, b, c) => {
        for (const at of pieces) {
          const [pa, pb, pc] = [base + a + at.a, base + b + at.b, base + c + at.c];
          run(ROW_MAJOR, left, right, at.rows, at.columns, k, 1, pa, lda, pb, ldb, beta, pc, ldc);
        }
      };
    },
  };
}

/** Order, transpositions, m, n, k, alpha, A, lda, B, ldb, beta, C, ldc. Addresses as numbers: they cost least. */
function parameters(real: "float" | "double"): readonly string[] {
  const pointer = "uintptr_t";
  return [...Array<string>(6).fill("int"), real, pointer, "int", pointer, "int", real, pointer, "int"];
}
