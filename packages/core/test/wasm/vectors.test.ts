import { describe, expect, it } from "vitest";
import { f32x4, f64x2, i32x4, i64x2, i8x16, v128, type Value } from "../../src/wasm/index.js";
import { executed } from "../helpers/instruction.js";
import { asF32, asF64, asI32, asI64, type Reading } from "../helpers/readings.js";

type Vector = Value<"v128">;

/** Instructions that have a row below; compared with all that there are at the end. */
const seen = new Set<string>();

/** All lists of `count` values, in vectors: the last one is filled up with the first values. */
function vectorsOf<T>({ lanes, values }: Reading<T>, count: number): T[][][] {
  let tuples: T[][] = [[]];
  for (let k = 0; k < count; k++) tuples = tuples.flatMap((tuple) => values.map((x) => [...tuple, x]));
  while (tuples.length % lanes !== 0) tuples.push(tuples[0]!);
  return Array.from({ length: tuples.length / lanes }, (_, i) => {
    const part = tuples.slice(i * lanes, (i + 1) * lanes);
    return Array.from({ length: count }, (_, k) => part.map((tuple) => tuple[k]!));
  });
}

function unaryRow<A, R>(
  name: string,
  op: (a: Vector) => Vector,
  from: Reading<A>,
  to: Reading<R>,
  js: (lanes: A[]) => R[],
): void {
  seen.add(name);
  it(name, () => {
    const run = executed(["v128"], "v128", op);
    for (const [a = []] of vectorsOf(from, 1)) {
      expect(to.read(run(from.write(a))), `${name}(${a.map(String).join()})`).toEqual(js(a));
    }
  });
}

function binaryRow<A, R>(
  name: string,
  op: (a: Vector, b: Vector) => Vector,
  from: Reading<A>,
  to: Reading<R>,
  js: (a: A, b: A) => R,
): void {
  seen.add(name);
  it(name, () => {
    const run = executed(["v128", "v128"], "v128", op);
    for (const [a = [], b = []] of vectorsOf(from, 2)) {
      const label = `${name}(${a.map(String).join()}; ${b.map(String).join()})`;
      expect(to.read(run(from.write(a), from.write(b))), label).toEqual(a.map((x, i) => js(x, b[i]!)));
    }
  });
}

function only(name: string, test: () => void): void {
  seen.add(name);
  it(name, test);
}

const mask = (x: boolean) => (x ? -1 : 0);
const longMask = (x: boolean) => (x ? -1n : 0n);
const u32 = (x: number) => x >>> 0;
const s64 = (x: bigint) => BigInt.asIntN(64, x);
const saturate = (x: number) => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(x))) | 0;
const nearest = (x: number) => {
  const whole = Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x);
  return whole === 0 && (x < 0 || Object.is(x, -0)) ? -0 : whole;
};

const A = Uint8Array.from({ length: 16 }, (_, i) => 17 * i);
const B = Uint8Array.from({ length: 16 }, (_, i) => 255 - 13 * i);
const C = Uint8Array.from({ length: 16 }, (_, i) => (91 * i) % 256);

describe("bits", () => {
  const bitwise: Record<string, [(a: Vector, b: Vector) => Vector, (a: number, b: number) => number]> = {
    and: [v128.and, (a, b) => a & b],
    andnot: [v128.andnot, (a, b) => a & ~b],
    or: [v128.or, (a, b) => a | b],
    xor: [v128.xor, (a, b) => a ^ b],
  };
  for (const [name, [op, js]] of Object.entries(bitwise)) binaryRow(`v128.${name}`, op, asI32, asI32, js);
  unaryRow("v128.not", v128.not, asI32, asI32, (a) => a.map((x) => ~x));
  only("v128.zero", () => expect(executed([], "v128", v128.zero)()).toEqual(new Uint8Array(16)));
  only("v128.bitselect", () => {
    const run = executed(["v128", "v128", "v128"], "v128", v128.bitselect);
    expect(run(A, B, C)).toEqual(A.map((a, i) => (a & C[i]!) | (B[i]! & ~C[i]!)));
  });
  only("v128.any_true", () => {
    const run = executed(["v128"], "i32", v128.any_true);
    expect(run(new Uint8Array(16))).toBe(0);
    for (let bit = 0; bit < 128; bit++) {
      const one = new Uint8Array(16);
      one[bit >> 3] = 1 << (bit & 7);
      expect(run(one)).toBe(1);
    }
  });
  only("i8x16.shuffle", () => {
    const lanes = [31, 0, 1, 16, 15, 8, 24, 3, 2, 30, 29, 28, 4, 4, 17, 7];
    const run = executed(["v128", "v128"], "v128", (a, b) => i8x16.shuffle(a, b, lanes));
    expect([...run(A, B)]).toEqual(lanes.map((i) => [...A, ...B][i]));
  });
});

describe("32-bit integers", () => {
  const arithmetic: Record<string, [(a: Vector, b: Vector) => Vector, (a: number, b: number) => number]> = {
    add: [i32x4.add, (a, b) => (a + b) | 0],
    sub: [i32x4.sub, (a, b) => (a - b) | 0],
    mul: [i32x4.mul, Math.imul],
    min_s: [i32x4.min_s, Math.min],
    min_u: [i32x4.min_u, (a, b) => Math.min(u32(a), u32(b)) | 0],
    max_s: [i32x4.max_s, Math.max],
    max_u: [i32x4.max_u, (a, b) => Math.max(u32(a), u32(b)) | 0],
    eq: [i32x4.eq, (a, b) => mask(a === b)],
    ne: [i32x4.ne, (a, b) => mask(a !== b)],
    lt_s: [i32x4.lt_s, (a, b) => mask(a < b)],
    lt_u: [i32x4.lt_u, (a, b) => mask(u32(a) < u32(b))],
    gt_s: [i32x4.gt_s, (a, b) => mask(a > b)],
    gt_u: [i32x4.gt_u, (a, b) => mask(u32(a) > u32(b))],
    le_s: [i32x4.le_s, (a, b) => mask(a <= b)],
    le_u: [i32x4.le_u, (a, b) => mask(u32(a) <= u32(b))],
    ge_s: [i32x4.ge_s, (a, b) => mask(a >= b)],
    ge_u: [i32x4.ge_u, (a, b) => mask(u32(a) >= u32(b))],
  };
  for (const [name, [op, js]] of Object.entries(arithmetic)) binaryRow(`i32x4.${name}`, op, asI32, asI32, js);
  unaryRow("i32x4.abs", i32x4.abs, asI32, asI32, (a) => a.map((x) => Math.abs(x) | 0));
  unaryRow("i32x4.neg", i32x4.neg, asI32, asI32, (a) => a.map((x) => -x | 0));
  unaryRow("i32x4.trunc_sat_f32x4_s", i32x4.trunc_sat_f32x4_s, asF32, asI32, (a) => a.map(saturate));
  unaryRow("i32x4.trunc_sat_f64x2_s_zero", i32x4.trunc_sat_f64x2_s_zero, asF64, asI32, (a) => [
    ...a.map(saturate),
    0,
    0,
  ]);

  const shifts: Record<string, [(a: Vector, by: Value<"i32">) => Vector, (a: number, by: number) => number]> =
    {
      shl: [i32x4.shl, (a, by) => a << by],
      shr_s: [i32x4.shr_s, (a, by) => a >> by],
      shr_u: [i32x4.shr_u, (a, by) => (a >>> by) | 0],
    };
  for (const [name, [op, js]] of Object.entries(shifts)) {
    only(`i32x4.${name}`, () => {
      const run = executed(["v128", "i32"], "v128", op);
      const lanes = [1, -1, 0x12345678, -0x80000000];
      for (const by of [0, 1, 23, 31, 32, 45])
        expect(asI32.read(run(asI32.write(lanes), by))).toEqual(lanes.map((x) => js(x, by)));
    });
  }
  only("i32x4.all_true", () => {
    const run = executed(["v128"], "i32", i32x4.all_true);
    expect(
      [
        [1, 2, -3, 4],
        [1, 0, 3, 4],
        [0, 0, 0, 0],
      ].map((a) => run(asI32.write(a))),
    ).toEqual([1, 0, 0]);
  });
  only("i32x4.bitmask", () => {
    const run = executed(["v128"], "i32", i32x4.bitmask);
    expect(
      [
        [-1, 2, -3, 4],
        [0, 0, 0, -9],
        [1, 1, 1, 1],
      ].map((a) => run(asI32.write(a))),
    ).toEqual([5, 8, 0]);
  });
});

describe("64-bit integers", () => {
  const arithmetic: Record<string, [(a: Vector, b: Vector) => Vector, (a: bigint, b: bigint) => bigint]> = {
    add: [i64x2.add, (a, b) => s64(a + b)],
    sub: [i64x2.sub, (a, b) => s64(a - b)],
    mul: [i64x2.mul, (a, b) => s64(a * b)],
    eq: [i64x2.eq, (a, b) => longMask(a === b)],
    ne: [i64x2.ne, (a, b) => longMask(a !== b)],
    lt_s: [i64x2.lt_s, (a, b) => longMask(a < b)],
    gt_s: [i64x2.gt_s, (a, b) => longMask(a > b)],
  };
  for (const [name, [op, js]] of Object.entries(arithmetic)) binaryRow(`i64x2.${name}`, op, asI64, asI64, js);
  unaryRow("i64x2.abs", i64x2.abs, asI64, asI64, (a) => a.map((x) => s64(x < 0n ? -x : x)));
  unaryRow("i64x2.neg", i64x2.neg, asI64, asI64, (a) => a.map((x) => s64(-x)));
  const lower = (a: readonly number[]) => a.slice(0, 2);
  unaryRow("i64x2.extend_low_i32x4_s", i64x2.extend_low_i32x4_s, asI32, asI64, (a) => lower(a).map(BigInt));
  unaryRow("i64x2.extend_low_i32x4_u", i64x2.extend_low_i32x4_u, asI32, asI64, (a) =>
    lower(a).map((x) => BigInt(u32(x))),
  );
  const shifts: Record<string, [(a: Vector, by: Value<"i32">) => Vector, (a: bigint, by: bigint) => bigint]> =
    {
      shl: [i64x2.shl, (a, by) => s64(a << by)],
      shr_s: [i64x2.shr_s, (a, by) => a >> by],
      shr_u: [i64x2.shr_u, (a, by) => s64(BigInt.asUintN(64, a) >> by)],
    };
  for (const [name, [op, js]] of Object.entries(shifts)) {
    only(`i64x2.${name}`, () => {
      const run = executed(["v128", "i32"], "v128", op);
      const lanes = [-0x123456789abcdefn, 1n << 62n];
      for (const by of [0, 1, 52, 63, 64, 70])
        expect(asI64.read(run(asI64.write(lanes), by))).toEqual(lanes.map((x) => js(x, BigInt(by % 64))));
    });
  }
});

/** What float32 and float64 have in common. */
const rounded = (round: (x: number) => number): Record<string, (a: number, b: number) => number> => ({
  add: (a, b) => round(a + b),
  sub: (a, b) => round(a - b),
  mul: (a, b) => round(a * b),
  div: (a, b) => round(a / b),
  min: Math.min,
  max: Math.max,
  pmin: (a, b) => (b < a ? b : a),
  pmax: (a, b) => (a < b ? b : a),
});
const comparison: Record<string, (a: number, b: number) => boolean> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  gt: (a, b) => a > b,
  le: (a, b) => a <= b,
  ge: (a, b) => a >= b,
};
const ofOne = (round: (x: number) => number): Record<string, (x: number) => number> => ({
  ceil: Math.ceil,
  floor: Math.floor,
  trunc: Math.trunc,
  nearest,
  abs: Math.abs,
  neg: (x) => -x,
  sqrt: (x) => round(Math.sqrt(x)),
});

for (const [type, ops, reading, round] of [
  ["f32x4", f32x4, asF32, Math.fround],
  ["f64x2", f64x2, asF64, (x: number) => x],
] as const) {
  describe(type, () => {
    const { add, sub, mul, div, min, max, pmin, pmax, eq, ne, lt, gt, le, ge } = ops;
    for (const [name, op] of Object.entries({ add, sub, mul, div, min, max, pmin, pmax }))
      binaryRow(`${type}.${name}`, op, reading, reading, rounded(round)[name]!);
    for (const [name, op] of Object.entries({ eq, ne, lt, gt, le, ge })) {
      const js = comparison[name]!;
      if (type === "f32x4") binaryRow(`${type}.${name}`, op, reading, asI32, (a, b) => mask(js(a, b)));
      else binaryRow(`${type}.${name}`, op, reading, asI64, (a, b) => longMask(js(a, b)));
    }
    const { ceil, floor, trunc, nearest, abs, neg, sqrt } = ops;
    for (const [name, op] of Object.entries({ ceil, floor, trunc, nearest, abs, neg, sqrt }))
      unaryRow(`${type}.${name}`, op, reading, reading, (a) => a.map(ofOne(round)[name]!));
  });
}

describe("conversions", () => {
  unaryRow("f32x4.convert_i32x4_s", f32x4.convert_i32x4_s, asI32, asF32, (a) => a.map(Math.fround));
  unaryRow("f32x4.demote_f64x2_zero", f32x4.demote_f64x2_zero, asF64, asF32, (a) => [
    ...a.map(Math.fround),
    0,
    0,
  ]);
  unaryRow("f64x2.promote_low_f32x4", f64x2.promote_low_f32x4, asF32, asF64, (a) => a.slice(0, 2));
  unaryRow("f64x2.convert_low_i32x4_s", f64x2.convert_low_i32x4_s, asI32, asF64, (a) => a.slice(0, 2));
});

/** Their modules are valid, and run, only in engines with relaxed SIMD; assembly.test.ts looks at their bytes. */
describe("relaxed SIMD", () => {
  const relaxed: Record<string, [(a: Vector, b: Vector, c: Vector) => Vector, Reading<number>, 1 | -1]> = {
    "f32x4.relaxed_madd": [f32x4.relaxed_madd, asF32, 1],
    "f32x4.relaxed_nmadd": [f32x4.relaxed_nmadd, asF32, -1],
    "f64x2.relaxed_madd": [f64x2.relaxed_madd, asF64, 1],
    "f64x2.relaxed_nmadd": [f64x2.relaxed_nmadd, asF64, -1],
  };
  for (const [name, [op, reading, sign]] of Object.entries(relaxed)) {
    seen.add(name);
    it.skipIf(!hasRelaxedSimd())(name, () => {
      const run = executed(["v128", "v128", "v128"], "v128", op);
      const [a, b, c] = [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
        [9, 10, 11, 12],
      ].map((xs) => xs.slice(0, reading.lanes));
      const want = a!.map((x, i) => sign * x * b![i]! + c![i]!);
      expect(reading.read(run(reading.write(a!), reading.write(b!), reading.write(c!)))).toEqual(want);
    });
  }
});

function hasRelaxedSimd(): boolean {
  try {
    executed(["v128"], "v128", (a) => f32x4.relaxed_madd(a, a, a));
    return true;
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return false;
    throw error;
  }
}

it("every instruction on vectors has a test here or in lanes.test.ts", () => {
  const elsewhere = /load|store|_lane$|splat|^const$|^all$/;
  const all = Object.entries({ v128, i8x16, i32x4, i64x2, f32x4, f64x2 }).flatMap(([type, ops]) =>
    Object.keys(ops)
      .filter((name) => !elsewhere.test(name))
      .map((name) => `${type}.${name}`),
  );
  expect(all.filter((name) => !seen.has(name))).toEqual([]);
});
