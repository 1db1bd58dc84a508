import { describe, expect, it } from "vitest";
import { f32, f64, i32, i64, memory, select, type Value } from "../../src/wasm/index.js";
import { executed, runnable } from "../helpers/instruction.js";

const INTS = [0, 1, -1, 2, 7, -8, 31, 32, 33, 255, 65536, 0x7fffffff, -0x80000000, 0x12345678];
const LONGS = [
  0n,
  1n,
  -1n,
  3n,
  63n,
  64n,
  -9n,
  1n << 32n,
  (1n << 63n) - 1n,
  -(1n << 63n),
  0x123456789abcdef0n,
];
const FLOATS = [
  0,
  -0,
  1,
  -1,
  0.5,
  1.5,
  2.5,
  -2.5,
  0.1,
  1e10,
  -1e-20,
  2 ** -149,
  3.4e38,
  1e300,
  Infinity,
  -Infinity,
  NaN,
];

const u32 = (x: number) => x >>> 0;
const u64 = (x: bigint) => BigInt.asUintN(64, x);
const s64 = (x: bigint) => BigInt.asIntN(64, x);
const bool = (x: boolean) => (x ? 1 : 0);
const even = (x: number) => {
  const nearest = Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x);
  return nearest === 0 ? (Object.is(x, -0) || x < 0 ? -0 : 0) : nearest;
};
const saturate = (x: number) => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(x))) | 0;
const view = new DataView(new ArrayBuffer(8));

/** Instructions that have a row below; compared with all that there are at the end. */
const seen = new Set<string>();

function row<A, R>(
  name: string,
  run: (...operands: A[]) => R,
  expected: (...operands: A[]) => R | "trap",
  operands: readonly (readonly A[])[],
): void {
  seen.add(name);
  it(name, () => {
    for (const each of operands) {
      const want = expected(...each);
      const label = `${name}(${each.map(String).join()})`;
      if (want === "trap") expect(() => run(...each), label).toThrow(WebAssembly.RuntimeError);
      else expect(run(...each), label).toBe(want);
    }
  });
}

const pairs = <A>(xs: readonly A[]) => xs.flatMap((a) => xs.map((b) => [a, b] as const));
const singles = <A>(xs: readonly A[]) => xs.map((a) => [a] as const);

type I32 = Value<"i32">;
type I64 = Value<"i64">;

describe("32-bit integers", () => {
  const binary: Record<string, [(a: I32, b: I32) => I32, (a: number, b: number) => number | "trap"]> = {
    add: [i32.add, (a, b) => (a + b) | 0],
    sub: [i32.sub, (a, b) => (a - b) | 0],
    mul: [i32.mul, Math.imul],
    div_s: [i32.div_s, (a, b) => (b === 0 || (a === -(2 ** 31) && b === -1) ? "trap" : (a / b) | 0)],
    div_u: [i32.div_u, (a, b) => (b === 0 ? "trap" : Math.floor(u32(a) / u32(b)) | 0)],
    rem_s: [i32.rem_s, (a, b) => (b === 0 ? "trap" : (a % b) | 0)],
    rem_u: [i32.rem_u, (a, b) => (b === 0 ? "trap" : (u32(a) % u32(b)) | 0)],
    and: [i32.and, (a, b) => a & b],
    or: [i32.or, (a, b) => a | b],
    xor: [i32.xor, (a, b) => a ^ b],
    shl: [i32.shl, (a, b) => a << b],
    shr_s: [i32.shr_s, (a, b) => a >> b],
    shr_u: [i32.shr_u, (a, b) => (a >>> b) | 0],
    rotl: [i32.rotl, (a, b) => (a << b) | ((b & 31) === 0 ? 0 : a >>> (32 - (b & 31)))],
    eq: [i32.eq, (a, b) => bool(a === b)],
    ne: [i32.ne, (a, b) => bool(a !== b)],
    lt_s: [i32.lt_s, (a, b) => bool(a < b)],
    lt_u: [i32.lt_u, (a, b) => bool(u32(a) < u32(b))],
    gt_s: [i32.gt_s, (a, b) => bool(a > b)],
    gt_u: [i32.gt_u, (a, b) => bool(u32(a) > u32(b))],
    le_s: [i32.le_s, (a, b) => bool(a <= b)],
    le_u: [i32.le_u, (a, b) => bool(u32(a) <= u32(b))],
    ge_s: [i32.ge_s, (a, b) => bool(a >= b)],
    ge_u: [i32.ge_u, (a, b) => bool(u32(a) >= u32(b))],
  };
  for (const [name, [op, js]] of Object.entries(binary))
    row(`i32.${name}`, executed(["i32", "i32"], "i32", op), js, pairs(INTS));

  const unary: Record<string, [(a: I32) => I32, (a: number) => number]> = {
    eqz: [i32.eqz, (a) => bool(a === 0)],
    clz: [i32.clz, Math.clz32],
    ctz: [i32.ctz, (a) => (a === 0 ? 32 : 31 - Math.clz32(a & -a))],
  };
  for (const [name, [op, js]] of Object.entries(unary))
    row(`i32.${name}`, executed(["i32"], "i32", op), js, singles(INTS));

  row(
    "i32.wrap_i64",
    executed(["i64"], "i32", i32.wrap_i64),
    (x) => Number(BigInt.asIntN(32, x)),
    singles(LONGS),
  );
  row(
    "i32.trunc_sat_f32_s",
    executed(["f32"], "i32", i32.trunc_sat_f32_s),
    (x) => saturate(Math.fround(x)),
    singles(FLOATS),
  );
  row("i32.trunc_sat_f64_s", executed(["f64"], "i32", i32.trunc_sat_f64_s), saturate, singles(FLOATS));
  const bits = (x: number) => (view.setFloat32(0, x), view.getInt32(0));
  row("i32.reinterpret_f32", executed(["f32"], "i32", i32.reinterpret_f32), bits, singles(FLOATS));
  for (const x of INTS)
    row(
      "i32.const",
      executed([], "i32", () => i32.const(x)),
      () => x,
      [[]],
    );
});

describe("64-bit integers", () => {
  const binary: Record<string, [(a: I64, b: I64) => I64, (a: bigint, b: bigint) => bigint]> = {
    add: [i64.add, (a, b) => s64(a + b)],
    sub: [i64.sub, (a, b) => s64(a - b)],
    mul: [i64.mul, (a, b) => s64(a * b)],
    and: [i64.and, (a, b) => a & b],
    or: [i64.or, (a, b) => a | b],
    xor: [i64.xor, (a, b) => a ^ b],
    shl: [i64.shl, (a, b) => s64(a << (b & 63n))],
    shr_s: [i64.shr_s, (a, b) => a >> (b & 63n)],
    shr_u: [i64.shr_u, (a, b) => s64(u64(a) >> (b & 63n))],
  };
  for (const [name, [op, js]] of Object.entries(binary))
    row(`i64.${name}`, executed(["i64", "i64"], "i64", op), js, pairs(LONGS));

  const comparisons: Record<string, [(a: I64, b: I64) => I32, (a: bigint, b: bigint) => boolean]> = {
    eq: [i64.eq, (a, b) => a === b],
    lt_s: [i64.lt_s, (a, b) => a < b],
    lt_u: [i64.lt_u, (a, b) => u64(a) < u64(b)],
  };
  for (const [name, [op, js]] of Object.entries(comparisons)) {
    const run = executed(["i64", "i64"], "i32", op);
    row(
      `i64.${name}`,
      (...xs: bigint[]) => run(xs[0]!, xs[1]!) === 1,
      (...xs) => js(xs[0]!, xs[1]!),
      pairs(LONGS),
    );
  }
  const isZero = executed(["i64"], "i32", i64.eqz);
  row(
    "i64.eqz",
    (...xs: bigint[]) => isZero(xs[0]!) === 1,
    (...xs) => xs[0] === 0n,
    singles(LONGS),
  );
  const fromSigned = executed(["i32"], "i64", i64.extend_i32_s);
  row(
    "i64.extend_i32_s",
    (...xs: number[]) => fromSigned(xs[0]!),
    (...xs) => BigInt(xs[0]!),
    singles(INTS),
  );
  const fromUnsigned = executed(["i32"], "i64", i64.extend_i32_u);
  row(
    "i64.extend_i32_u",
    (...xs: number[]) => fromUnsigned(xs[0]!),
    (...xs) => BigInt(u32(xs[0]!)),
    singles(INTS),
  );
  const bits = executed(["f64"], "i64", i64.reinterpret_f64);
  const bitsOf = (x: number) => (view.setFloat64(0, x), view.getBigInt64(0));
  row(
    "i64.reinterpret_f64",
    (...xs: number[]) => bits(xs[0]!),
    (...xs) => bitsOf(xs[0]!),
    singles(FLOATS),
  );
  for (const x of LONGS)
    row(
      "i64.const",
      executed([], "i64", () => i64.const(x)),
      () => x,
      [[]],
    );
});

type Round = (x: number) => number;
/** Arithmetic that float32 and float64 have in common; `round` is to the precision. */
const arithmetic = (round: Round): Record<string, (a: number, b: number) => number> => ({
  add: (a, b) => round(a + b),
  sub: (a, b) => round(a - b),
  mul: (a, b) => round(a * b),
  div: (a, b) => round(a / b),
  min: Math.min,
  max: Math.max,
});
const comparison: Record<string, (a: number, b: number) => boolean> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  gt: (a, b) => a > b,
  le: (a, b) => a <= b,
  ge: (a, b) => a >= b,
};
const ofOne = (round: Round): Record<string, (x: number) => number> => ({
  abs: Math.abs,
  neg: (x) => -x,
  ceil: Math.ceil,
  floor: Math.floor,
  trunc: Math.trunc,
  nearest: even,
  sqrt: (x) => round(Math.sqrt(x)),
});

describe("float32", () => {
  const floats = FLOATS.map(Math.fround);
  const {
    add,
    sub,
    mul,
    div,
    min,
    max,
    eq,
    ne,
    lt,
    gt,
    le,
    ge,
    abs,
    neg,
    ceil,
    floor,
    trunc,
    nearest,
    sqrt,
  } = f32;
  for (const [name, op] of Object.entries({ add, sub, mul, div, min, max }))
    row(`f32.${name}`, executed(["f32", "f32"], "f32", op), arithmetic(Math.fround)[name]!, pairs(floats));
  for (const [name, op] of Object.entries({ eq, ne, lt, gt, le, ge })) {
    const js = comparison[name]!;
    row(
      `f32.${name}`,
      executed(["f32", "f32"], "i32", op),
      (...xs) => bool(js(xs[0]!, xs[1]!)),
      pairs(floats),
    );
  }
  for (const [name, op] of Object.entries({ abs, neg, ceil, floor, trunc, nearest, sqrt }))
    row(`f32.${name}`, executed(["f32"], "f32", op), ofOne(Math.fround)[name]!, singles(floats));
  row("f32.convert_i32_s", executed(["i32"], "f32", f32.convert_i32_s), Math.fround, singles(INTS));
  row("f32.demote_f64", executed(["f64"], "f32", f32.demote_f64), Math.fround, singles(FLOATS));
  const read = (x: number) => (view.setInt32(0, x), view.getFloat32(0));
  row("f32.reinterpret_i32", executed(["i32"], "f32", f32.reinterpret_i32), read, singles(INTS));
  for (const x of floats)
    row(
      "f32.const",
      executed([], "f32", () => f32.const(x)),
      () => x,
      [[]],
    );
});

describe("float64", () => {
  const {
    add,
    sub,
    mul,
    div,
    min,
    max,
    eq,
    ne,
    lt,
    gt,
    le,
    ge,
    abs,
    neg,
    ceil,
    floor,
    trunc,
    nearest,
    sqrt,
  } = f64;
  for (const [name, op] of Object.entries({ add, sub, mul, div, min, max }))
    row(`f64.${name}`, executed(["f64", "f64"], "f64", op), arithmetic((x) => x)[name]!, pairs(FLOATS));
  for (const [name, op] of Object.entries({ eq, ne, lt, gt, le, ge })) {
    const js = comparison[name]!;
    row(
      `f64.${name}`,
      executed(["f64", "f64"], "i32", op),
      (...xs) => bool(js(xs[0]!, xs[1]!)),
      pairs(FLOATS),
    );
  }
  for (const [name, op] of Object.entries({ abs, neg, ceil, floor, trunc, nearest, sqrt }))
    row(`f64.${name}`, executed(["f64"], "f64", op), ofOne((x) => x)[name]!, singles(FLOATS));
  row("f64.convert_i32_s", executed(["i32"], "f64", f64.convert_i32_s), (x) => x, singles(INTS));
  row("f64.convert_i32_u", executed(["i32"], "f64", f64.convert_i32_u), u32, singles(INTS));
  row("f64.promote_f32", executed(["f32"], "f64", f64.promote_f32), Math.fround, singles(FLOATS));
  const fromBits = executed(["i64"], "f64", f64.reinterpret_i64);
  const read = (x: bigint) => (view.setBigInt64(0, x), view.getFloat64(0));
  row<bigint, number>(
    "f64.reinterpret_i64",
    (...xs) => fromBits(xs[0]!),
    (...xs) => read(xs[0]!),
    singles(LONGS),
  );
  for (const x of FLOATS)
    row(
      "f64.const",
      executed([], "f64", () => f64.const(x)),
      () => x,
      [[]],
    );
});

describe("memory", () => {
  const base = i32.const(8);
  const at = (offset: number) => ({ base, offset });

  it("is read and written where base and offset say, in each width", () => {
    const { run, view: bytes } = runnable((f) => {
      f.run(i32.store(at(56), i32.load(at(0))), i32.store8(at(60), i32.load8_u(at(3))));
      f.run(i64.store(at(64), i64.load(at(0))));
      f.run(f32.store(at(72), f32.load(at(0))), f64.store(at(80), f64.load(at(0))));
      f.run(i32.store(at(96), i32.load8_u(at(7))));
    });
    bytes.setBigInt64(8, -0x123456789abcdefn, true);
    run();
    expect(bytes.getInt32(64, true)).toBe(bytes.getInt32(8, true));
    expect(bytes.getInt32(68, true)).toBe(bytes.getUint8(11));
    expect(bytes.getBigInt64(72, true)).toBe(-0x123456789abcdefn);
    expect(bytes.getInt32(80, true)).toBe(bytes.getInt32(8, true));
    expect(bytes.getBigInt64(88, true)).toBe(-0x123456789abcdefn);
    expect(bytes.getInt32(104, true)).toBe(254);
  });

  it("is reached with offsets that take several bytes", () => {
    const { run, view: bytes } = runnable((f) =>
      f.run(i32.store({ base: i32.const(4), offset: 60_000 }, i32.const(9))),
    );
    run();
    expect(bytes.getInt32(60_004, true)).toBe(9);
  });

  it("is filled and copied in stretches, also overlapping ones", () => {
    const { run, view: bytes } = runnable((f) => {
      f.run(memory.fill(i32.const(100), i32.const(7), i32.const(3)));
      f.run(memory.copy(i32.const(101), i32.const(100), i32.const(3)));
      f.run(memory.copy(i32.const(200), i32.const(99), i32.const(6)));
    });
    run();
    expect([...new Uint8Array(bytes.buffer, 200, 6)]).toEqual([0, 7, 7, 7, 7, 0]);
  });

  it("traps beyond its end", () => {
    const { run } = runnable((f) => f.run(i32.store({ base: i32.const(65_533) }, i32.const(1))));
    expect(run).toThrow(WebAssembly.RuntimeError);
  });
});

it("select takes the first value where the condition is not zero", () => {
  const chosen = executed(["i32", "f64", "f64"], "f64", (c, a, b) => select(c, a, b));
  expect([chosen(0, 1, 2), chosen(1, 1, 2), chosen(-5, 1, 2)]).toEqual([2, 1, 1]);
});

it("every instruction on numbers has a test", () => {
  const memoryOnes = /load|store/;
  const all = Object.entries({ i32, i64, f32, f64 }).flatMap(([type, ops]) =>
    Object.keys(ops)
      .filter((name) => !memoryOnes.test(name))
      .map((name) => `${type}.${name}`),
  );
  expect(all.filter((name) => !seen.has(name))).toEqual([]);
});
