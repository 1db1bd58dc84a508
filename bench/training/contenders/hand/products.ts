// Matrix products in plain loops, row-major, added to `out`; most keep two rows by four columns of sums in variables,
// over pieces of the inner dimension that stay in the cache. What a careful programmer would write, and no more.

/** A matrix in an array: the distances from one row, and from one column, to the next. */
interface Matrix {
  readonly data: Float32Array;
  readonly row: number;
  readonly column: number;
}

const PIECE = 256;

/** out [m, n] += a [m, k] · b [k, n] */
export function addProduct(
  out: Float32Array,
  a: Float32Array,
  b: Float32Array,
  m: number,
  k: number,
  n: number,
): void {
  multiply(out, { data: a, row: k, column: 1 }, { data: b, row: n, column: 1 }, m, k, n);
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
  // Along the rows, four at a time: down the columns of two large matrices, every number would be on another cache line.
  const whole = m - (m % 4);
  for (let i = 0; i < whole; i += 4) {
    const d0 = i * n;
    const d1 = d0 + n;
    const d2 = d1 + n;
    const d3 = d2 + n;
    for (let p = 0; p < k; p++) {
      const from = i * k + p;
      const a0 = a[from] ?? 0;
      const a1 = a[from + k] ?? 0;
      const a2 = a[from + 2 * k] ?? 0;
      const a3 = a[from + 3 * k] ?? 0;
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
  multiply(out, { data: d, row: n, column: 1 }, { data: w, row: 1, column: n }, m, n, k);
}

function multiply(out: Float32Array, a: Matrix, b: Matrix, m: number, k: number, n: number): void {
  const [rows, columns] = [m - (m % 2), n - (n % 4)];
  for (let from = 0; from < k; from += PIECE) {
    const to = Math.min(k, from + PIECE);
    multiplyBlocks(out, a, b, rows, from, to, columns, n);
    multiplyRest(out, a, b, 0, rows, from, to, columns, n);
    multiplyRest(out, a, b, rows, m, from, to, 0, n);
  }
}

/** The columns from a multiple of four and the rows from a multiple of two. */
function multiplyBlocks(
  out: Float32Array,
  { data: a, row: aRow, column: aColumn }: Matrix,
  { data: b, row: bRow, column: bColumn }: Matrix,
  rows: number,
  from: number,
  to: number,
  columns: number,
  n: number,
): void {
  for (let i = 0; i < rows; i += 2) {
    for (let j = 0; j < columns; j += 4) {
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s03 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s13 = 0;
      let left = i * aRow + from * aColumn;
      let right = j * bColumn + from * bRow;
      for (let p = from; p < to; p++) {
        const a0 = a[left] ?? 0;
        const a1 = a[left + aRow] ?? 0;
        const b0 = b[right] ?? 0;
        const b1 = b[right + bColumn] ?? 0;
        const b2 = b[right + 2 * bColumn] ?? 0;
        const b3 = b[right + 3 * bColumn] ?? 0;
        s00 += a0 * b0;
        s01 += a0 * b1;
        s02 += a0 * b2;
        s03 += a0 * b3;
        s10 += a1 * b0;
        s11 += a1 * b1;
        s12 += a1 * b2;
        s13 += a1 * b3;
        left += aColumn;
        right += bRow;
      }
      const first = i * n + j;
      out[first] = (out[first] ?? 0) + s00;
      out[first + 1] = (out[first + 1] ?? 0) + s01;
      out[first + 2] = (out[first + 2] ?? 0) + s02;
      out[first + 3] = (out[first + 3] ?? 0) + s03;
      const second = first + n;
      out[second] = (out[second] ?? 0) + s10;
      out[second + 1] = (out[second + 1] ?? 0) + s11;
      out[second + 2] = (out[second + 2] ?? 0) + s12;
      out[second + 3] = (out[second + 3] ?? 0) + s13;
    }
  }
}

/** What no block covers. */
function multiplyRest(
  out: Float32Array,
  { data: a, row: aRow, column: aColumn }: Matrix,
  { data: b, row: bRow, column: bColumn }: Matrix,
  firstRow: number,
  lastRow: number,
  from: number,
  to: number,
  firstColumn: number,
  n: number,
): void {
  for (let i = firstRow; i < lastRow; i++) {
    for (let j = firstColumn; j < n; j++) {
      let s = 0;
      for (let p = from; p < to; p++) {
        s += (a[i * aRow + p * aColumn] ?? 0) * (b[p * bRow + j * bColumn] ?? 0);
      }
      out[i * n + j] = (out[i * n + j] ?? 0) + s;
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
