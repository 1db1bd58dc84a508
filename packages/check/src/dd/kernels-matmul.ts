import { sizeOf, type Shape } from "@tapeloop/core";
import { add, lo, mul, upperHalf } from "./arithmetic.js";
import {
  allocateDD,
  broadcastIndices,
  operand,
  store,
  typeOf,
  type DDKernel,
  type DDTensor,
} from "./tensor.js";

/** Rows to be multiplied: element i of row r is hi + lo at r·length + i, and `upper` the upper 26 bits of hi. */
interface Rows {
  readonly hi: Float64Array;
  readonly lo: Float64Array;
  readonly upper: Float64Array;
  readonly largest: number;
}

/** Products and sums of such sizes neither overflow nor leave the range of Veltkamp's splitting. */
const SAFE = 2 ** 960;

/** Matrix product x·w.  x [..., m, k], w [k, n] or [..., k, n] → [..., m, n]; leading axes broadcast. */
export const matmul: DDKernel = (inputs, call) => {
  const [x, w] = [operand(inputs, 0, call), operand(inputs, 1, call)];
  const { shape } = typeOf(call);
  const out = allocateDD(shape);
  const [m = 0, n = 0] = shape.slice(-2);
  const k = x.shape.at(-1) ?? 0;
  const batch = shape.slice(0, -2);
  const left = rowsOf(x);
  const right = columnsOf(w);
  const dot = left.largest * right.largest * k < SAFE ? fastDot : carefulDot;
  const fromLeft = broadcastIndices(lead(x), batch);
  const fromRight = broadcastIndices(lead(w), batch);
  for (let b = 0, to = 0; b < sizeOf(batch); b++) {
    const [i0, j0] = [(fromLeft[b] ?? 0) * m * k, (fromRight[b] ?? 0) * n * k];
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++, to++) dot(left, i0 + i * k, right, j0 + j * k, k, out, to);
    }
  }
  return [out];
};

function lead({ shape }: DDTensor): Shape {
  return shape.slice(0, -2);
}

/** The rows of a matrix. */
function rowsOf({ hi, lo }: DDTensor): Rows {
  const upper = new Float64Array(hi.length);
  let largest = 0;
  for (let i = 0; i < hi.length; i++) {
    const h = hi[i] ?? 0;
    upper[i] = upperHalf(h);
    largest = Math.max(largest, Math.abs(h));
  }
  return { hi, lo, upper, largest };
}

/** A loop multiplies by the same weights at every step. */
const known = new WeakMap<DDTensor, Rows>();

/** The columns of a matrix, as rows. */
function columnsOf(x: DDTensor): Rows {
  const found = known.get(x);
  if (found !== undefined) return found;
  const [r = 0, c = 0] = x.shape.slice(-2);
  const out = allocateDD(x.shape);
  for (let from = 0; from < x.hi.length; from++) {
    const within = from % (r * c);
    const column = within % c;
    const to = from - within + column * r + (within - column) / c;
    out.hi[to] = x.hi[from] ?? 0;
    out.lo[to] = x.lo[from] ?? 0;
  }
  const columns = rowsOf(out);
  known.set(x, columns);
  return columns;
}

/** Σ aᵢ·bᵢ. Written out: product (Dekker, from halves split beforehand) and sum are all that happens here. */
function fastDot(a: Rows, i0: number, b: Rows, j0: number, k: number, out: DDTensor, to: number): void {
  const { hi: ah, lo: al, upper: au } = a;
  const { hi: bh, lo: bl, upper: bu } = b;
  let h = 0;
  let l = 0;
  for (let i = 0; i < k; i++) {
    const x = ah[i0 + i] ?? 0;
    const y = bh[j0 + i] ?? 0;
    const xu = au[i0 + i] ?? 0;
    const yu = bu[j0 + i] ?? 0;
    const xv = x - xu;
    const yv = y - yu;
    const p = x * y;
    const error = xu * yu - p + xu * yv + xv * yu + xv * yv + (x * (bl[j0 + i] ?? 0) + (al[i0 + i] ?? 0) * y);
    const s = h + p;
    const v = s - h;
    const rest = h - (s - v) + (p - v) + (l + error);
    h = s + rest;
    l = rest - (h - s);
  }
  out.hi[to] = h;
  out.lo[to] = l;
}

/** The same for numbers that may be infinite, NaN, or so large that they overflow. */
function carefulDot(a: Rows, i0: number, b: Rows, j0: number, k: number, out: DDTensor, to: number): void {
  let h = 0;
  let l = 0;
  for (let i = 0; i < k; i++) {
    const p = mul(a.hi[i0 + i] ?? 0, a.lo[i0 + i] ?? 0, b.hi[j0 + i] ?? 0, b.lo[j0 + i] ?? 0);
    h = add(h, l, p, lo());
    l = lo();
  }
  store(out, to, add(h, l, 0, 0));
}
