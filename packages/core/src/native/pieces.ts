import type { BlasProduct } from "../compile/blas.js";

/** A part of a product: some rows and columns of C. */
export interface Piece {
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
}

/**
 * Cores for which OpenBLAS has kernels for small products, which read the operands where they lie instead of copying
 * them together first. Measured on one of them, products of 32 rows ran at 113 GFLOP/s instead of 88.
 */
const quickCores = /\((SkylakeX|Cooperlake|Sapphirerapids)\)$/i;
/** OpenBLAS takes those kernels for products of so many multiplications at most. */
const SMALL = 1e6;

/** Whether a library, by its name, makes a large product faster in small pieces. */
export function prefersPieces(name: string): boolean {
  return name.startsWith("OpenBLAS") && quickCores.test(name);
}

/**
 * A product in pieces that are small: groups of rows if those have eight at least, else groups of columns if those have
 * 48 at least; whole if neither is possible, or not needed. Matrices that lie transposed gain nothing.
 */
export function piecesOf({ m, n, k, transposeA, transposeB }: BlasProduct): readonly Piece[] {
  const whole = { row: 0, rows: m, column: 0, columns: n };
  if (transposeA || transposeB || m * n * k <= SMALL) return [whole];
  const rows = multiple(SMALL / (n * k), 8);
  if (rows >= 8) {
    return starts(m, rows).map((row) => ({ ...whole, row, rows: Math.min(rows, m - row) }));
  }
  const columns = multiple(SMALL / (m * k), 16);
  if (columns < 48) return [whole];
  return starts(n, columns).map((column) => ({ ...whole, column, columns: Math.min(columns, n - column) }));
}

function multiple(most: number, of: number): number {
  return Math.floor(most / of) * of;
}

function starts(size: number, step: number): number[] {
  return Array.from({ length: Math.ceil(size / step) }, (_, i) => i * step);
}
