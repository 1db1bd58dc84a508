import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countBytes, flatten, signed, signedLong, unsigned, type Code } from "../../src/wasm/bytes.js";

/** The number that LEB128 bytes say, read as the format defines them: seven bits each, lowest first. */
function decode(bytes: readonly number[], isSigned: boolean): bigint {
  const bits = 7n * BigInt(bytes.length);
  const number = bytes.reduce((sum, byte, i) => sum | (BigInt(byte & 0x7f) << (7n * BigInt(i))), 0n);
  return isSigned ? BigInt.asIntN(Number(bits), number) : number;
}

/** All bytes but the last say that more follow, and the last adds to what it would be without it. */
function isShortest(bytes: readonly number[], isSigned: boolean): boolean {
  const continued = bytes.map((byte) => byte >= 0x80);
  if (continued.pop() !== false || continued.includes(false)) return false;
  if (bytes.length === 1) return true;
  const shorter = bytes.slice(0, -1);
  return decode(shorter, isSigned) !== decode(bytes, isSigned);
}

describe("LEB128", () => {
  it("of whole numbers below 2⁵³ reads back, in as few bytes as can be", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (x) => {
        const bytes = unsigned(x);
        expect(decode(bytes, false)).toBe(BigInt(x));
        expect(isShortest(bytes, false)).toBe(true);
      }),
    );
  });

  it("of 32-bit integers reads back, in as few bytes as can be", () => {
    fc.assert(
      fc.property(fc.integer(), (x) => {
        const bytes = signed(x);
        expect(decode(bytes, true)).toBe(BigInt(x));
        expect(isShortest(bytes, true)).toBe(true);
      }),
    );
  });

  it("of 64-bit integers reads back, in as few bytes as can be", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 64n) - 1n }), (x) => {
        const bytes = signedLong(x);
        expect(decode(bytes, true)).toBe(BigInt.asIntN(64, x));
        expect(isShortest(bytes, true)).toBe(true);
      }),
    );
  });

  it("gives a number and its 64-bit twin the same bytes", () => {
    fc.assert(
      fc.property(fc.integer(), (x) => {
        expect(signed(x)).toEqual(signedLong(BigInt(x)));
      }),
    );
  });

  it("is what the specification's examples are", () => {
    expect([unsigned(0), unsigned(127), unsigned(128), unsigned(624485)]).toEqual([
      [0],
      [0x7f],
      [0x80, 0x01],
      [0xe5, 0x8e, 0x26],
    ]);
    expect([signed(-1), signed(63), signed(64), signed(-64), signed(-65), signed(-123456)]).toEqual([
      [0x7f],
      [0x3f],
      [0xc0, 0x00],
      [0x40],
      [0xbf, 0x7f],
      [0xc0, 0xbb, 0x78],
    ]);
  });
});

describe("flatten", () => {
  it("puts the bytes of nested lists in order", () => {
    const { code } = fc.letrec<{ code: Code; list: Code[] }>((tie) => ({
      code: fc.oneof({ depthSize: "small" }, fc.nat(255), fc.uint8Array({ maxLength: 3 }), tie("list")),
      list: fc.array(tie("code"), { maxLength: 5 }),
    }));
    const flat = (c: Code): number[] =>
      typeof c === "number" ? [c] : c instanceof Uint8Array ? [...c] : c.flatMap(flat);
    fc.assert(
      fc.property(code, (c) => {
        expect([...flatten(c)]).toEqual(flat(c));
        expect(countBytes(c)).toBe(flat(c).length);
      }),
    );
  });

  it("takes code that is nested 100,000 deep and code of a million bytes", () => {
    let deep: Code = 7;
    for (let i = 0; i < 100_000; i++) deep = [1, deep];
    expect(flatten(deep)).toHaveLength(100_001);
    expect(flatten(new Array<number>(1_000_000).fill(3))).toHaveLength(1_000_000);
  });
});
