/** A matrix product C = initial + A·B whose sizes and strides are known when the program is made. Strides in elements. */
export interface GemmSpec {
  readonly dtype: "float32" | "float64";
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** A [m, k] and B [k, n]: strides of row and column (any: row-major, transposed, broadcast 0). */
  readonly a: Strides;
  readonly b: Strides;
  /** C [m, n], columns contiguous; row stride ≥ n. */
  readonly c: { readonly row: number };
  /**
   * What the sums start from: zero, or a matrix with these strides (a bias has row 0; C itself accumulates; a scalar
   * has 0, 0). Column is 0 or 1.
   */
  readonly initial?: Strides;
  /** Whether relaxed multiply-add may be used. */
  readonly relaxed?: boolean;
  /** B is given packed by the function of `definePack` (a loop-invariant weight is packed once). */
  readonly packed?: boolean;
  /**
   * The sizes of the product of which this one computes some rows or columns, cut as `cutsOf` says: its elements are
   * then bit for bit those of the whole.
   */
  readonly whole?: { readonly m: number; readonly n: number };
}

/** How far apart the elements of neighbouring rows, and of neighbouring columns, are. */
export interface Strides {
  readonly row: number;
  readonly column: number;
}

/** Throws RangeError when a size or a stride is not one that the kernels are made for. */
export function validate(spec: GemmSpec): void {
  const { m, k, n, a, b, c, initial } = spec;
  const numbers = { m, k, n, "a.row": a.row, "a.column": a.column, "b.row": b.row, "b.column": b.column };
  for (const [what, x] of Object.entries({ ...numbers, "c.row": c.row, "initial.row": initial?.row ?? 0 })) {
    if (!Number.isSafeInteger(x) || x < 0) {
      throw new RangeError(`gemm: ${what} got ${x}, expected a whole number, 0 or more`);
    }
  }
  if (c.row < n && m > 1) throw new RangeError(`gemm: c.row got ${c.row}, expected at least n = ${n}`);
  if (initial !== undefined && initial.column !== 0 && initial.column !== 1) {
    throw new RangeError(`gemm: initial.column got ${initial.column}, expected 0 or 1`);
  }
}
