/*
 * Double-double arithmetic: a number is the unevaluated sum hi + lo of two float64, |lo| ≤ ulp(hi)/2, which is good for
 * about 106 bits (32 digits) over the range of float64. With u = 2⁻⁵³, sums, products, quotients and roots have a
 * relative error below 16·u² = 2e-31; where a result or a part of it is smaller than 1e-290, digits are lost to
 * underflow.
 *
 * A function takes the halves of its operands, returns the upper half of the result and leaves the lower half where
 * `lo()` reads it, until the next call: no object is made per operation.
 *
 *     const h = mul(ah, al, bh, bl);
 *     const l = lo();
 *
 * If the upper half is not finite, or zero, the lower half is 0, and the upper half is what float64 gives: NaN, ±∞
 * and ±0 propagate as they do there.
 *
 * Sources: T. J. Dekker, "A floating-point technique for extending the available precision", Numer. Math. 18 (1971),
 * 224–242; Y. Hida, X. S. Li and D. H. Bailey, "Algorithms for quad-double precision floating point arithmetic",
 * ARITH-15 (2001), 155–162.
 */

const register = new Float64Array(1);

/** The lower half of the last result. */
export function lo(): number {
  return register[0] ?? 0;
}

/** Makes (h, l) the last result. */
export function result(h: number, l: number): number {
  register[0] = l;
  return h;
}

/** a + b and its rounding error, exactly (Knuth): the two results add up to a + b unless the sum overflows. */
export function twoSum(a: number, b: number): number {
  const s = a + b;
  const v = s - a;
  register[0] = a - (s - v) + (b - v);
  return s;
}

/** As {@link twoSum}, for |a| ≥ |b| or a = 0 (Dekker). */
export function quickTwoSum(a: number, b: number): number {
  const s = a + b;
  register[0] = b - (s - a);
  return s;
}

/** Splits 53 bits into 26 and 26 (Veltkamp). */
export const SPLITTER = 2 ** 27 + 1;
/** Beyond this, the product with the splitter overflows. */
const SPLIT_LIMIT = 2 ** 995;
const SCALE = 2 ** 28;

/** The upper 26 bits of a; NaN for what is not finite. */
export function upperHalf(a: number): number {
  if (Math.abs(a) > SPLIT_LIMIT) return upperHalfOfLarge(a);
  const t = SPLITTER * a;
  return t - (t - a);
}

function upperHalfOfLarge(a: number): number {
  const scaled = a / SCALE;
  const t = SPLITTER * scaled;
  return (t - (t - scaled)) * SCALE;
}

/** a·b and its rounding error, exactly unless it over- or underflows (Dekker, with Veltkamp's splitting). */
export function twoProduct(a: number, b: number): number {
  const p = a * b;
  const ah = upperHalf(a);
  const al = a - ah;
  const bh = upperHalf(b);
  const bl = b - bh;
  const error = ah * bh - p + ah * bl + al * bh + al * bl;
  register[0] = error - error === 0 ? error : 0;
  return p;
}

/** h + l for |h| ≥ |l|, where `plain` is the result as float64 gives it: for what is not finite, and for −0. */
function normalized(h: number, l: number, plain: number): number {
  const s = h + l;
  if (s === 0 || s - s !== 0) return result(plain === 0 || plain - plain !== 0 ? plain : s, 0);
  register[0] = l - (s - h);
  return s;
}

/** (ah + al) + (bh + bl), to 3·u² also under cancellation. */
export function add(ah: number, al: number, bh: number, bl: number): number {
  const s = ah + bh;
  if (s - s !== 0) return result(s, 0);
  const sv = s - ah;
  const se = ah - (s - sv) + (bh - sv);
  const t = al + bl;
  const tv = t - al;
  const te = al - (t - tv) + (bl - tv);
  const e = se + t;
  const h = s + e;
  return normalized(h, e - (h - s) + te, s);
}

/** (ah + al) − (bh + bl). */
export function sub(ah: number, al: number, bh: number, bl: number): number {
  return add(ah, al, -bh, -bl);
}

/** (ah + al)·(bh + bl), to 7·u². */
export function mul(ah: number, al: number, bh: number, bl: number): number {
  const p = twoProduct(ah, bh);
  return normalized(p, (register[0] ?? 0) + (ah * bl + al * bh), p);
}

/** (ah + al) / (bh + bl): three quotient digits of 53 bits, as in long division. */
export function div(ah: number, al: number, bh: number, bl: number): number {
  const q = ah / bh;
  if (q - q !== 0 || q === 0 || bh - bh !== 0) return result(q, 0);
  const r = subtractMultiple(ah, al, q, bh, bl);
  const q1 = r / bh;
  const r1 = subtractMultiple(r, lo(), q1, bh, bl);
  const q2 = r1 / bh;
  const h = quickTwoSum(q, q1);
  return add(h, lo(), q2, 0);
}

/** a − q·b. */
function subtractMultiple(ah: number, al: number, q: number, bh: number, bl: number): number {
  const p = twoProduct(q, bh);
  const e = lo();
  const h = sub(ah, al, p, e);
  const l = lo();
  const cross = twoProduct(q, bl);
  return sub(h, l, cross, lo());
}

/** √(h + l): one Newton step from the float64 root. NaN below 0. */
export function sqrt(h: number, l: number): number {
  const root = Math.sqrt(h);
  if (root - root !== 0 || root === 0) return result(root, 0);
  const square = twoProduct(root, root);
  const rest = sub(h, l, square, lo());
  return quickTwoSum(root, rest / (2 * root));
}

/** −1, 0 or 1 as a is less than, equal to or greater than b; NaN if one of them is. */
export function compare(ah: number, al: number, bh: number, bl: number): number {
  if (ah === bh) return al < bl ? -1 : al > bl ? 1 : 0;
  return ah < bh ? -1 : ah > bh ? 1 : NaN;
}
