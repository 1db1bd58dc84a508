/**
 * The least matrix arithmetic that the hand-derived formulas need, on plain `Float64Array`s.
 *
 * Nothing here knows of a tape, so that what is derived by hand shares no code with what it checks.
 * Layout is the column layout of the formulas, features × batch, stored row by row: entry (i, j) of an
 * [rows, cols] matrix is `data[i * cols + j]`. Every function returns a new matrix.
 */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  /** `rows * cols` numbers, row by row. */
  readonly data: Float64Array;
}

/** `[rows, cols]` as text, for messages. */
export function sizeOf(m: Matrix): string {
  return `[${m.rows}, ${m.cols}]`;
}

/** Entry (i, j). Throws a `RangeError` outside the matrix. */
export function at(m: Matrix, i: number, j: number): number {
  const value = i < m.rows && j < m.cols ? m.data[i * m.cols + j] : undefined;
  if (value === undefined) throw new RangeError(`at: entry (${i}, ${j}) is outside ${sizeOf(m)}`);
  return value;
}

/** The [rows, cols] matrix whose entry (i, j) is `entry(i, j)`. */
export function build(rows: number, cols: number, entry: (i: number, j: number) => number): Matrix {
  const data = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) data[i * cols + j] = entry(i, j);
  }
  return { rows, cols, data };
}

/** [rows, cols] of zeros. */
export function zeros(rows: number, cols: number): Matrix {
  return { rows, cols, data: new Float64Array(rows * cols) };
}

/** A matrix from its rows, `[[a, b], [c, d]]`. Throws a `TypeError` when rows differ in length. */
export function fromRows(rows: readonly (readonly number[])[]): Matrix {
  const cols = rows[0]?.length ?? 0;
  rows.forEach((row, i) => {
    if (row.length !== cols) {
      throw new TypeError(`fromRows: row ${i} has ${row.length} numbers, expected ${cols} as in row 0`);
    }
  });
  return { rows: rows.length, cols, data: Float64Array.from(rows.flat()) };
}

/** The rows of a matrix as nested arrays: the inverse of {@link fromRows}. */
export function toRows(m: Matrix): number[][] {
  return Array.from({ length: m.rows }, (_, i) => Array.from({ length: m.cols }, (_, j) => at(m, i, j)));
}

/** Matrix product a·b: [n, k] · [k, m] → [n, m]. Throws a `TypeError` when the inner sizes differ. */
export function matmul(a: Matrix, b: Matrix): Matrix {
  if (a.cols !== b.rows) {
    const operands = `${sizeOf(a)} · ${sizeOf(b)}`;
    throw new TypeError(`matmul: ${operands}: inner sizes differ (${a.cols} vs ${b.rows})`);
  }
  const product = zeros(a.rows, b.cols);
  // Row i of the product is the sum of the rows k of b, each times a(i, k): along rows, as memory lies.
  for (let i = 0; i < a.rows; i++) {
    const sum = product.data.subarray(i * b.cols, (i + 1) * b.cols);
    for (let k = 0; k < a.cols; k++) {
      const factor = at(a, i, k);
      const row = b.data.subarray(k * b.cols, (k + 1) * b.cols);
      for (let j = 0; j < b.cols; j++) sum[j] = (sum[j] ?? NaN) + factor * (row[j] ?? NaN);
    }
  }
  return product;
}

/** mᵀ: [rows, cols] → [cols, rows]. */
export function transpose(m: Matrix): Matrix {
  return build(m.cols, m.rows, (i, j) => at(m, j, i));
}

/** `fn` of each entry of one matrix. */
export function map(m: Matrix, fn: (value: number) => number): Matrix {
  return { rows: m.rows, cols: m.cols, data: m.data.map((value) => fn(value)) };
}

/** `fn` of the entries of two matrices of one size. Throws a `TypeError` when the sizes differ. */
export function zip(a: Matrix, b: Matrix, fn: (x: number, y: number) => number): Matrix {
  if (a.rows !== b.rows || a.cols !== b.cols) {
    throw new TypeError(`elementwise: ${sizeOf(a)} and ${sizeOf(b)}: sizes differ`);
  }
  return { rows: a.rows, cols: a.cols, data: a.data.map((x, index) => fn(x, b.data[index] ?? NaN)) };
}

/** Sum of matrices of one size. */
export function add(first: Matrix, ...rest: readonly Matrix[]): Matrix {
  return rest.reduce((sum, m) => zip(sum, m, (x, y) => x + y), first);
}

/** a − b. */
export function sub(a: Matrix, b: Matrix): Matrix {
  return zip(a, b, (x, y) => x - y);
}

/** Elementwise product ⊙ of matrices of one size. */
export function mul(first: Matrix, ...rest: readonly Matrix[]): Matrix {
  return rest.reduce((product, m) => zip(product, m, (x, y) => x * y), first);
}

/** m + b for every column of the batch: [n, batch] + [n, 1] → [n, batch]. */
export function addBias(m: Matrix, b: Matrix): Matrix {
  return build(m.rows, m.cols, (i, j) => at(m, i, j) + at(b, i, 0));
}

/** Sum over the batch, the gradient of {@link addBias} in b: [n, batch] → [n, 1]. */
export function sumBatch(m: Matrix): Matrix {
  return build(m.rows, 1, (i) => {
    let sum = 0;
    for (let j = 0; j < m.cols; j++) sum += at(m, i, j);
    return sum;
  });
}

/** Sum of all entries. */
export function sumEntries(m: Matrix): number {
  return m.data.reduce((sum, value) => sum + value, 0);
}

/** Σ `term(item)` over the items, of the size of `like` (so zeros when there are none). */
export function sumOver<Item>(like: Matrix, items: readonly Item[], term: (item: Item) => Matrix): Matrix {
  return items.reduce((sum, item) => add(sum, term(item)), zeros(like.rows, like.cols));
}

/** a above b: [n, batch], [m, batch] → [n + m, batch]. */
export function vstack(a: Matrix, b: Matrix): Matrix {
  if (a.cols !== b.cols) throw new TypeError(`vstack: ${sizeOf(a)} over ${sizeOf(b)}: columns differ`);
  return build(a.rows + b.rows, a.cols, (i, j) => (i < a.rows ? at(a, i, j) : at(b, i - a.rows, j)));
}

/** Columns `start` … `end − 1`. */
export function columns(m: Matrix, start: number, end: number): Matrix {
  return build(m.rows, end - start, (i, j) => at(m, i, start + j));
}
