// Matrix products in plain loops, row-major, added to `out`: two rows of the result at a time, and four numbers of each
// factor in variables. What a careful programmer would write, and no more.

/** out [m, n] += a [m, k] · b [k, n] */
export function addProduct(
  out: Float32Array,
  a: Float32Array,
  b: Float32Array,
  m: number,
  k: number,
  n: number,
): void {
  const [pairs, fours] = [m - (m % 2), k - (k % 4)];
  for (let i = 0; i < pairs; i += 2) {
    for (let p = 0; p < fours; p += 4) addTwoRows(out, a, b, i, p, k, 1, n);
  }
  for (let i = pairs; i < m; i++) {
    for (let p = 0; p < fours; p += 4) addRow(out, a, b, i, p, k, 1, n);
  }
  addRest(out, a, b, m, fours, k, k, 1, n);
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
  const [pairs, fours] = [k - (k % 2), m - (m % 4)];
  for (let p = 0; p < fours; p += 4) {
    for (let i = 0; i < pairs; i += 2) addTwoRows(out, a, d, i, p, 1, k, n);
    for (let i = pairs; i < k; i++) addRow(out, a, d, i, p, 1, k, n);
  }
  addRest(out, a, d, k, fours, m, 1, k, n);
}

/** Rows i and i + 1 of out += four columns of a, from p, times as many rows of b; `row` and `column` are a's strides. */
function addTwoRows(
  out: Float32Array,
  a: Float32Array,
  b: Float32Array,
  i: number,
  p: number,
  row: number,
  column: number,
  n: number,
): void {
  const from = i * row + p * column;
  const a0 = a[from] ?? 0;
  const a1 = a[from + column] ?? 0;
  const a2 = a[from + 2 * column] ?? 0;
  const a3 = a[from + 3 * column] ?? 0;
  const c0 = a[from + row] ?? 0;
  const c1 = a[from + row + column] ?? 0;
  const c2 = a[from + row + 2 * column] ?? 0;
  const c3 = a[from + row + 3 * column] ?? 0;
  const first = i * n;
  const second = first + n;
  const start0 = p * n;
  const start1 = start0 + n;
  const start2 = start1 + n;
  const start3 = start2 + n;
  for (let j = 0; j < n; j++) {
    const b0 = b[start0 + j] ?? 0;
    const b1 = b[start1 + j] ?? 0;
    const b2 = b[start2 + j] ?? 0;
    const b3 = b[start3 + j] ?? 0;
    out[first + j] = (out[first + j] ?? 0) + a0 * b0 + a1 * b1 + a2 * b2 + a3 * b3;
    out[second + j] = (out[second + j] ?? 0) + c0 * b0 + c1 * b1 + c2 * b2 + c3 * b3;
  }
}

/** As {@link addTwoRows}, for one row. */
function addRow(
  out: Float32Array,
  a: Float32Array,
  b: Float32Array,
  i: number,
  p: number,
  row: number,
  column: number,
  n: number,
): void {
  const from = i * row + p * column;
  const a0 = a[from] ?? 0;
  const a1 = a[from + column] ?? 0;
  const a2 = a[from + 2 * column] ?? 0;
  const a3 = a[from + 3 * column] ?? 0;
  const to = i * n;
  const start0 = p * n;
  const start1 = start0 + n;
  const start2 = start1 + n;
  const start3 = start2 + n;
  for (let j = 0; j < n; j++) {
    out[to + j] =
      (out[to + j] ?? 0) +
      a0 * (b[start0 + j] ?? 0) +
      a1 * (b[start1 + j] ?? 0) +
      a2 * (b[start2 + j] ?? 0) +
      a3 * (b[start3 + j] ?? 0);
  }
}

/** The inner dimension from a multiple of four to its end. */
function addRest(
  out: Float32Array,
  a: Float32Array,
  b: Float32Array,
  m: number,
  from: number,
  to: number,
  row: number,
  column: number,
  n: number,
): void {
  for (let p = from; p < to; p++) {
    for (let i = 0; i < m; i++) {
      const factor = a[i * row + p * column] ?? 0;
      for (let j = 0; j < n; j++) out[i * n + j] = (out[i * n + j] ?? 0) + factor * (b[p * n + j] ?? 0);
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
  const [pairs, fours] = [m - (m % 2), k - (k % 4)];
  for (let i = 0; i < pairs; i += 2) {
    for (let p = 0; p < fours; p += 4) addTwoByFour(out, d, w, i, p, n, k);
  }
  for (let i = 0; i < m; i++) {
    for (let p = i < pairs ? fours : 0; p < k; p++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += (d[i * n + j] ?? 0) * (w[p * n + j] ?? 0);
      out[i * k + p] = (out[i * k + p] ?? 0) + sum;
    }
  }
}

/** Rows i and i + 1 of out, four columns from p: the products of rows of d and w. */
function addTwoByFour(
  out: Float32Array,
  d: Float32Array,
  w: Float32Array,
  i: number,
  p: number,
  n: number,
  k: number,
): void {
  const left0 = i * n;
  const left1 = left0 + n;
  const right0 = p * n;
  const right1 = right0 + n;
  const right2 = right1 + n;
  const right3 = right2 + n;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let r0 = 0;
  let r1 = 0;
  let r2 = 0;
  let r3 = 0;
  for (let j = 0; j < n; j++) {
    const x = d[left0 + j] ?? 0;
    const y = d[left1 + j] ?? 0;
    const w0 = w[right0 + j] ?? 0;
    const w1 = w[right1 + j] ?? 0;
    const w2 = w[right2 + j] ?? 0;
    const w3 = w[right3 + j] ?? 0;
    s0 += x * w0;
    s1 += x * w1;
    s2 += x * w2;
    s3 += x * w3;
    r0 += y * w0;
    r1 += y * w1;
    r2 += y * w2;
    r3 += y * w3;
  }
  const first = i * k + p;
  out[first] = (out[first] ?? 0) + s0;
  out[first + 1] = (out[first + 1] ?? 0) + s1;
  out[first + 2] = (out[first + 2] ?? 0) + s2;
  out[first + 3] = (out[first + 3] ?? 0) + s3;
  const second = first + k;
  out[second] = (out[second] ?? 0) + r0;
  out[second + 1] = (out[second + 1] ?? 0) + r1;
  out[second + 2] = (out[second + 2] ?? 0) + r2;
  out[second + 3] = (out[second + 3] ?? 0) + r3;
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
