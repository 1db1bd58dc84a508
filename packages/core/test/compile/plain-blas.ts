import type { Blas, BlasProduct } from "@tapeloop/core";

/** A library in plain loops that takes every product, as strict as real ones are, with a note of all that it made. */
export function plainBlas(): Blas & { readonly made: BlasProduct[] } {
  const made: BlasProduct[] = [];
  return {
    name: "plain loops",
    made,
    pays: () => true,
    product(product, memory) {
      const { dtype, m, n, k, transposeA, transposeB, lda, ldb, ldc, accumulate } = checked(product);
      const Numbers = dtype === "float32" ? Float32Array : Float64Array;
      const matrix = (address: number, rows: number, columns: number, stride: number) =>
        new Numbers(memory, address, (rows - 1) * stride + columns);
      return (addressA, addressB, addressC) => {
        made.push(product);
        const a = transposeA ? matrix(addressA, k, m, lda) : matrix(addressA, m, k, lda);
        const b = transposeB ? matrix(addressB, n, k, ldb) : matrix(addressB, k, n, ldb);
        const c = matrix(addressC, m, n, ldc);
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            let sum = accumulate ? (c[i * ldc + j] ?? NaN) : 0;
            for (let l = 0; l < k; l++) {
              const x = a[transposeA ? l * lda + i : i * lda + l] ?? NaN;
              sum += x * (b[transposeB ? j * ldb + l : l * ldb + j] ?? NaN);
            }
            c[i * ldc + j] = sum;
          }
        }
      };
    },
  };
}

/** Throws for what the C interface to BLAS refuses. */
function checked(product: BlasProduct): BlasProduct {
  const { m, n, k, transposeA, transposeB, lda, ldb, ldc } = product;
  const isRight =
    Math.min(m, n, k) >= 1 && lda >= (transposeA ? m : k) && ldb >= (transposeB ? k : n) && ldc >= n;
  if (!isRight) throw new RangeError(`no library takes ${JSON.stringify(product)}`);
  return product;
}
