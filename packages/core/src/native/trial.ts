import type { Blas, BlasProduct } from "../compile/blas.js";

const sizes = [
  [1, 24, 16],
  [4, 6, 5],
  [33, 17, 40],
  [128, 120, 130],
] as const;

/**
 * What a library gets wrong, or undefined. Tried on small whole numbers, for which every order of addition gives the
 * same: transposed, with gaps between rows, and added to what is there. It must not read a result that it is to
 * overwrite, and 0·NaN must be NaN: some libraries skip zeros. (One for 64-bit sizes fails here, too.)
 */
export function flaw(blas: Blas): string | undefined {
  for (const dtype of ["float32", "float64"] as const) {
    for (const [m, n, k] of sizes) {
      for (const choice of [0, 1, 2, 3, 4, 5, 6, 7]) {
        const [transposeA, transposeB] = [(choice & 1) > 0, (choice & 2) > 0];
        const product: BlasProduct = {
          ...{ dtype, m, n, k, transposeA, transposeB, accumulate: (choice & 4) > 0 },
          lda: (transposeA ? m : k) + 3,
          ldb: (transposeB ? k : n) + 1,
          ldc: n + 2,
        };
        for (const hasNaN of [false, true]) {
          if (!isRight(blas, product, hasNaN))
            return `a ${dtype} product [${m}, ${k}]·[${k}, ${n}]${hasNaN ? " of 0 and NaN" : ""}`;
        }
      }
    }
  }
  return undefined;
}

/** Whether one product is what its definition says, and nothing else has been written. */
function isRight(blas: Blas, product: BlasProduct, hasNaN: boolean): boolean {
  const { dtype, m, n, k, transposeA, transposeB, lda, ldb, ldc, accumulate } = product;
  const Numbers = dtype === "float32" ? Float32Array : Float64Array;
  const lengths = [(transposeA ? k : m) * lda, (transposeB ? n : k) * ldb, m * ldc] as const;
  const memory = new ArrayBuffer((lengths[0] + lengths[1] + lengths[2]) * Numbers.BYTES_PER_ELEMENT);
  const a = new Numbers(memory, 0, lengths[0]).map((_, i) => ((i * 7) % 5) - 2);
  const b = new Numbers(memory, 0, lengths[1]).map((_, i) => ((i * 5) % 7) - 3);
  const c = new Numbers(lengths[2]).map((_, i) => (accumulate ? i % 3 : NaN));
  // The first row of A is 0, an element of B is not a number: a column of the result must not be, either.
  if (hasNaN) {
    for (let l = 0; l < k; l++) a[transposeA ? l * lda : l] = 0;
    b[ldb + 1] = NaN;
  }
  const all = new Numbers(memory);
  all.set(a);
  all.set(b, a.length);
  all.set(c, a.length + b.length);
  const bytes = Numbers.BYTES_PER_ELEMENT;
  blas.product(product, memory)(0, a.length * bytes, (a.length + b.length) * bytes);
  const result = all.subarray(a.length + b.length);
  return result.every((got, index) => {
    const [i, j] = [Math.floor(index / ldc), index % ldc];
    if (j >= n) return Object.is(got, c[index]);
    // A few rows of a large product tell enough.
    if (i % Math.ceil(m / 8) !== 0) return true;
    let sum = accumulate ? (c[index] ?? NaN) : 0;
    for (let l = 0; l < k; l++) {
      const x = a[transposeA ? l * lda + i : i * lda + l] ?? NaN;
      sum += x * (b[transposeB ? j * ldb + l : l * ldb + j] ?? NaN);
    }
    return Object.is(got, sum) || got === sum;
  });
}
