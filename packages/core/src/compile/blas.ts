import { ArgumentError } from "../errors.js";

/**
 * A library of matrix products outside of WebAssembly, for {@link CompileOptions.blas}: `nativeBlas()` of
 * `@tapeloop/core/native` finds the machine's.
 */
export interface Blas {
  /** What it is called, for `explain`. */
  readonly name: string;
  /** Whether such a product is worth a call; otherwise it stays in WebAssembly. */
  pays(product: BlasProduct): boolean;
  /**
   * Gets ready for one kind of product in a program's memory, which never moves. The function that it returns makes
   * the product of the matrices at these byte addresses, in place; the matrices do not overlap.
   */
  product(product: BlasProduct, memory: ArrayBuffer): (a: number, b: number, c: number) => void;
}

/**
 * C = A·B, or C = C + A·B with `accumulate` (without, C is not read, whatever it holds): A is [m, k], B [k, n] and
 * C [m, n], row-major. Where `transposeA` says so, Aᵀ lies in memory instead, a [k, m] matrix; likewise B.
 */
export interface BlasProduct {
  readonly dtype: "float32" | "float64";
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Elements from one row to the next of what lies in memory; at least as many as a row has. */
  readonly lda: number;
  readonly ldb: number;
  readonly ldc: number;
  readonly accumulate: boolean;
}

/** Throws ArgumentError for an option `blas` that is neither a library nor undefined. */
export function checkBlas(given: unknown): void {
  if (given === undefined || isBlas(given)) return;
  const got = given === null ? "null" : typeof given === "object" ? "another object" : typeof given;
  throw new ArgumentError(
    `compile: got ${got} as blas, expected what nativeBlas() of @tapeloop/core/native returns, or undefined`,
  );
}

function isBlas(given: unknown): given is Blas {
  return (
    typeof given === "object" &&
    given !== null &&
    "name" in given &&
    typeof given.name === "string" &&
    "pays" in given &&
    typeof given.pays === "function" &&
    "product" in given &&
    typeof given.product === "function"
  );
}
