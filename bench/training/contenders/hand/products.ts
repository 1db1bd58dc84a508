// Matrix products in plain loops, row-major, added to `out`. Each reads four numbers of one factor into variables
// before it runs along contiguous rows: about what a careful reader would write, and no more.

/** out [m, n] += a [m, k] · b [k, n] */
export function addProduct(
  out: Float32Array,
  a: Float32Array,
  b: Float32Array,
  m: number,
  k: number,
  n: number,
): void {
  const whole = k - (k % 4);
  for (let i = 0; i < m; i++) {
    const row = i * n;
    for (let p = 0; p < whole; p += 4) {
      const from = i * k + p;
      const [a0, a1, a2, a3] = [a[from] ?? 0, a[from + 1] ?? 0, a[from + 2] ?? 0, a[from + 3] ?? 0];
      const b0 = p * n;
      const b1 = b0 + n;
      const b2 = b1 + n;
      const b3 = b2 + n;
      for (let j = 0; j < n; j++) {
        out[row + j] =
          (out[row + j] ?? 0) +
          a0 * (b[b0 + j] ?? 0) +
          a1 * (b[b1 + j] ?? 0) +
          a2 * (b[b2 + j] ?? 0) +
          a3 * (b[b3 + j] ?? 0);
      }
    }
    for (let p = whole; p < k; p++) {
      const factor = a[i * k + p] ?? 0;
      for (let j = 0; j < n; j++) out[row + j] = (out[row + j] ?? 0) + factor * (b[p * n + j] ?? 0);
    }
  }
}

/** out [k, n] += a [m, k]ᵀ · d [m, n]: the gradient of a weight */
export function addTransposedProduct(
  out: Float32Array,
  a: Float32Array,
  d: Float32Array,
  m: number,
  k: number,
  n: number,
): void {
  const whole = m - (m % 4);
  for (let i = 0; i < whole; i += 4) {
    const d0 = i * n;
    const d1 = d0 + n;
    const d2 = d1 + n;
    const d3 = d2 + n;
    for (let p = 0; p < k; p++) {
      const from = i * k + p;
      const [a0, a1] = [a[from] ?? 0, a[from + k] ?? 0];
      const [a2, a3] = [a[from + 2 * k] ?? 0, a[from + 3 * k] ?? 0];
      const row = p * n;
      for (let j = 0; j < n; j++) {
        out[row + j] =
          (out[row + j] ?? 0) +
          a0 * (d[d0 + j] ?? 0) +
          a1 * (d[d1 + j] ?? 0) +
          a2 * (d[d2 + j] ?? 0) +
          a3 * (d[d3 + j] ?? 0);
      }
    }
  }
  for (let i = whole; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const factor = a[i * k + p] ?? 0;
      for (let j = 0; j < n; j++) out[p * n + j] = (out[p * n + j] ?? 0) + factor * (d[i * n + j] ?? 0);
    }
  }
}

/** out [m, k] += d [m, n] · w [k, n]ᵀ: the gradient of what was multiplied by a weight */
export function addProductTransposed(
  out: Float32Array,
  d: Float32Array,
  w: Float32Array,
  m: number,
  n: number,
  k: number,
): void {
  const whole = k - (k % 4);
  for (let i = 0; i < m; i++) {
    const row = i * n;
    for (let p = 0; p < whole; p += 4) {
      const w0 = p * n;
      const w1 = w0 + n;
      const w2 = w1 + n;
      const w3 = w2 + n;
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      for (let j = 0; j < n; j++) {
        const x = d[row + j] ?? 0;
        s0 += x * (w[w0 + j] ?? 0);
        s1 += x * (w[w1 + j] ?? 0);
        s2 += x * (w[w2 + j] ?? 0);
        s3 += x * (w[w3 + j] ?? 0);
      }
      const to = i * k + p;
      out[to] = (out[to] ?? 0) + s0;
      out[to + 1] = (out[to + 1] ?? 0) + s1;
      out[to + 2] = (out[to + 2] ?? 0) + s2;
      out[to + 3] = (out[to + 3] ?? 0) + s3;
    }
    for (let p = whole; p < k; p++) {
      let s = 0;
      for (let j = 0; j < n; j++) s += (d[row + j] ?? 0) * (w[p * n + j] ?? 0);
      out[i * k + p] = (out[i * k + p] ?? 0) + s;
    }
  }
}

/** Every row of out [m, n] becomes b [n]. */
export function fillRows(out: Float32Array, b: Float32Array): void {
  for (let row = 0; row < out.length; row += b.length) out.set(b, row);
}

/** out [n] += the sum of the rows of d [m, n]: the gradient of a bias */
export function addRows(out: Float32Array, d: Float32Array): void {
  const n = out.length;
  for (let row = 0; row < d.length; row += n) {
    for (let j = 0; j < n; j++) out[j] = (out[j] ?? 0) + (d[row + j] ?? 0);
  }
}
