import {
  f64,
  f64x2,
  i32,
  i64,
  i64x2,
  i8x16,
  type FunctionBuilder,
  type Local,
  type Value,
} from "../../wasm/index.js";

/** 2/π in binary, after the point: 19 words of 64 bits. */
const TWO_OVER_PI = [
  0xa2f9836e4e441529n,
  0xfc2757d1f534ddc0n,
  0xdb6295993c439041n,
  0xfe5163abdebbc561n,
  0xb7246e3a424dd2e0n,
  0x06492eea09d1921cn,
  0xfe1deb1cb129a73en,
  0xe88235f52ebb4484n,
  0xe99c7026b45f7e41n,
  0x3991d639835339f4n,
  0x9c845f8bbdf9283bn,
  0x1ff897ffde05980fn,
  0xef2f118b5a0a6d1fn,
  0x6d367ecf27cb09b7n,
  0x4f463f669e5fea2dn,
  0x7527bac7ebe5f17bn,
  0x3d0739f78a5292ean,
  0x6bfb5fb11f8d5d08n,
  0x56033046fc7b6babn,
];
/** π/2 in two float64, and the first in two parts of 26 bits at most. */
const HALF_PI = 1.5707963267948966;
const HALF_PI_LOW = 6.123233995736766e-17;
const HALF_PI_UPPER = 1.5707963109016418;

/** The halves of a vector exchanged. */
const SWAPPED = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];

/** An angle as k·π/2 + r + low, |r| ≤ π/4. */
export interface Angle {
  /** Its low two bits are those of k. */
  readonly k: Local<"v128">;
  readonly r: Local<"v128">;
  readonly low: Local<"v128">;
}

/**
 * Replaces the lanes of `angle` where |x| ≥ 2²⁰, exactly for any x (M. Payne and R. Hanek, "Radian reduction for
 * trigonometric functions", SIGNUM Newsletter 18 (1983), 19–24): of x·2/π only the last two bits before the point and
 * the fraction matter, so with x = M·2ᴱ the bits of 2/π that give multiples of 4 are left out, and the 192 after them
 * are multiplied by M as whole numbers. NaN for ±Infinity and NaN.
 */
export function reduceHuge(f: FunctionBuilder, x: Local<"v128">, { k, r, low }: Angle): void {
  const given = f.keep(x);
  const round = f.local("i32", i32.const(2));
  f.doWhile(
    () => {
      const lane = f.keep(f64x2.extract_lane(given, 0));
      f.if(i32.eqz(f64.lt(f64.abs(lane), f64.const(2 ** 20))), () => {
        const one = reduceOne(f, lane);
        f.set(k, i64x2.replace_lane(k, 0, one.k));
        f.set(r, f64x2.replace_lane(r, 0, one.r));
        f.set(low, f64x2.replace_lane(low, 0, one.low));
      });
      for (const v of [given, k, r, low]) f.set(v, i8x16.shuffle(v, v, SWAPPED));
      f.set(round, i32.sub(round, i32.const(1)));
    },
    () => round,
  );
}

interface OneAngle {
  readonly k: Local<"i64">;
  readonly r: Local<"f64">;
  readonly low: Local<"f64">;
}

const long = (x: bigint | number): Value<"i64"> => i64.const(BigInt(x));
const LOW_32 = 0xffffffffn;

function reduceOne(f: FunctionBuilder, x: Local<"f64">): OneAngle {
  const bits = f.keep(i64.reinterpret_f64(x));
  const exponent = f.keep(i32.and(i32.wrap_i64(i64.shr_u(bits, long(52))), i32.const(0x7ff)));
  const mantissa = f.keep(i64.or(i64.and(bits, long((1n << 52n) - 1n)), long(1n << 52n)));
  const product = timesMantissa(f, mantissa, bitsOf2OverPi(f, i32.sub(exponent, i32.const(1013))));
  const [, , a2 = long(0), a3 = long(0), a4 = long(0), a5 = long(0)] = product;
  // 2¹⁹⁰ is one quarter turn: the nearest whole number of them, and the rest as a signed number.
  const top = f.keep(i64.or(i64.shl(a5, long(32)), a4));
  const k = f.keep(i64.shr_u(i64.add(top, long(1n << 61n)), long(62)));
  f.set(top, i64.sub(top, i64.shl(k, long(62))));
  const turn = sumOfParts(f, [
    f64.mul(f64.convert_i32_s(i32.wrap_i64(i64.shr_s(top, long(32)))), f64.const(2 ** -30)),
    f64.mul(f64.convert_i32_u(i32.wrap_i64(top)), f64.const(2 ** -62)),
    f64.mul(f64.convert_i32_u(i32.wrap_i64(a3)), f64.const(2 ** -94)),
    f64.mul(f64.convert_i32_u(i32.wrap_i64(a2)), f64.const(2 ** -126)),
  ]);
  const angle = timesHalfPi(f, turn);
  const one = { k, r: angle.high, low: angle.low };
  f.if(f64.lt(x, f64.const(0)), () => {
    f.set(one.k, i64.sub(long(0), k));
    f.set(one.r, f64.neg(one.r));
    f.set(one.low, f64.neg(one.low));
  });
  f.if(i32.eq(exponent, i32.const(0x7ff)), () => f.set(one.r, f64.sub(x, x)));
  return one;
}

/** 192 bits of 2/π from bit `from` − 64 after the point on, as 32-bit numbers, lowest first. */
function bitsOf2OverPi(f: FunctionBuilder, from: Value<"i32">): Local<"i64">[] {
  const start = f.keep(from);
  const words = [0, 1, 2, 3].map(() => f.local("i64"));
  const table = [0n, ...TWO_OVER_PI];
  const index = f.keep(i32.shr_u(start, i32.const(6)));
  const choose = (low: number, end: number): void => {
    if (end - low === 1) words.forEach((word, i) => f.set(word, long(table[low + i] ?? 0n)));
    else {
      const middle = (low + end) >> 1;
      const inLower = i32.lt_u(index, i32.const(middle));
      f.if(
        inLower,
        () => choose(low, middle),
        () => choose(middle, end),
      );
    }
  };
  choose(0, table.length - 3);
  const shift = f.keep(i64.extend_i32_u(i32.and(start, i32.const(63))));
  const limbs: Local<"i64">[] = [];
  for (const i of [2, 1, 0]) {
    const [word = long(0), next = long(0)] = words.slice(i, i + 2);
    // Two shifts, since one by 64 would be none.
    const carried = i64.shr_u(i64.shr_u(next, long(1)), i64.sub(long(63), shift));
    const joined = f.keep(i64.or(i64.shl(word, shift), carried));
    limbs.push(f.keep(i64.and(joined, long(LOW_32))), f.keep(i64.shr_u(joined, long(32))));
  }
  return limbs;
}

/** The low 192 bits of a product with a number of 53 bits, again as 32-bit numbers. */
function timesMantissa(
  f: FunctionBuilder,
  mantissa: Local<"i64">,
  limbs: readonly Local<"i64">[],
): Value<"i64">[] {
  const parts = [i64.and(mantissa, long(LOW_32)), i64.shr_u(mantissa, long(32))].map((part) => f.keep(part));
  const sums = limbs.map(() => f.local("i64"));
  parts.forEach((part, shift) => {
    const carry = f.local("i64", long(0));
    limbs.slice(0, limbs.length - shift).forEach((limb, i) => {
      const sum = sums[i + shift];
      if (sum === undefined) return;
      // The first part finds all sums 0: set rather than added to, since this may run more than once.
      const before = shift === 0 ? carry : i64.add(sum, carry);
      const total = f.keep(i64.add(i64.mul(part, limb), before));
      f.set(sum, i64.and(total, long(LOW_32)));
      f.set(carry, i64.shr_u(total, long(32)));
    });
  });
  return sums;
}

interface ScalarDouble {
  readonly high: Local<"f64">;
  readonly low: Local<"f64">;
}

/** The sum of exact parts, each 0 or larger than the sum of those after it. */
function sumOfParts(f: FunctionBuilder, parts: readonly Value<"f64">[]): ScalarDouble {
  const [first = f64.const(0), second = f64.const(0), ...others] = parts.map((part) => f.keep(part));
  const sum = f.keep(f64.add(first, second));
  const error = f64.sub(second, f64.sub(sum, first));
  const rest = f.keep(
    f64.add(
      error,
      others.reduce<Value<"f64">>((a, b) => f64.add(a, b), f64.const(0)),
    ),
  );
  const high = f.keep(f64.add(sum, rest));
  return { high, low: f.keep(f64.sub(rest, f64.sub(high, sum))) };
}

/** Times π/2; the exact product of the high parts by Dekker's splitting. */
function timesHalfPi(f: FunctionBuilder, { high, low }: ScalarDouble): ScalarDouble {
  const upper = f.keep(f64.reinterpret_i64(i64.and(i64.reinterpret_f64(high), long(-1n << 27n))));
  const lower = f.keep(f64.sub(high, upper));
  const product = f.keep(f64.mul(high, f64.const(HALF_PI)));
  const [a, b] = [f64.const(HALF_PI_UPPER), f64.const(HALF_PI - HALF_PI_UPPER)];
  const cross = f64.add(f64.add(f64.sub(f64.mul(upper, a), product), f64.mul(upper, b)), f64.mul(lower, a));
  const error = f64.add(cross, f64.mul(lower, b));
  const small = f64.add(f64.mul(high, f64.const(HALF_PI_LOW)), f64.mul(low, f64.const(HALF_PI)));
  return { high: product, low: f.keep(f64.add(error, small)) };
}
