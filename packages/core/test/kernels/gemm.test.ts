import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineGemm, definePack, wantsPacking, type GemmSpec } from "../../src/kernels/gemm/index.js";
import { f32x4, i32, ModuleBuilder, v128 } from "../../src/wasm/index.js";
import { faultIn, reference, setUp } from "./gemm-harness.js";

const strides = (rows: number, columns: number) =>
  fc.oneof(
    fc.constant({ row: columns, column: 1 }),
    fc.constant({ row: 1, column: rows }),
    fc.constant({ row: columns + 3, column: 1 }),
    fc.constant({ row: 1, column: rows + 5 }),
    fc.constant({ row: 2 * columns, column: 2 }),
    fc.constant({ row: 0, column: 1 }),
    fc.constant({ row: 1, column: 0 }),
    fc.constant({ row: 0, column: 0 }),
  );

const starts = (n: number) =>
  fc.oneof(
    fc.constant(undefined),
    fc.constant("accumulate" as const),
    fc.constant({ row: n, column: 1 }),
    fc.constant({ row: n + 1, column: 1 }),
    fc.constant({ row: 0, column: 1 }),
    fc.constant({ row: 1, column: 0 }),
    fc.constant({ row: 0, column: 0 }),
  );

const products = (size: fc.Arbitrary<number>) =>
  fc
    .tuple(size, size, size)
    .chain(([m, k, n]) =>
      fc.record({
        m: fc.constant(m),
        k: fc.constant(k),
        n: fc.constant(n),
        dtype: fc.constantFrom("float32" as const, "float64" as const),
        a: strides(m, k),
        b: strides(k, n),
        c: fc.nat(5).map((more) => ({ row: n + more })),
        start: starts(n),
        packed: fc.boolean(),
        seed: fc.nat(),
      }),
    )
    .map(({ start, seed, ...rest }) => {
      const initial = start === "accumulate" ? { row: rest.c.row, column: 1 } : start;
      const spec: GemmSpec = { ...rest, ...(initial && { initial }) };
      return { spec, seed, accumulate: start === "accumulate" };
    });

const small = fc.oneof(fc.nat(9), fc.nat(40));

/** Whether the engine knows relaxed SIMD; Node 20 does not. */
const hasRelaxed = (() => {
  const module = new ModuleBuilder();
  module.importMemory({ initial: 1 });
  module.func("madd", [], (f) => {
    const x = f.keep(v128.zero());
    f.run(v128.store({ base: i32.const(0) }, f32x4.relaxed_madd(x, x, x)));
  });
  return WebAssembly.validate(module.encode());
})();

/** Row-major A and B unless told otherwise. */
function product(m: number, k: number, n: number, more: Partial<GemmSpec> = {}): GemmSpec {
  const rows = { a: { row: k, column: 1 }, b: { row: n, column: 1 }, c: { row: n } };
  return { dtype: "float32", m, k, n, ...rows, ...more };
}

const turnedA = (m: number) => ({ a: { row: 1, column: m } });
const turnedB = (k: number) => ({ b: { row: 1, column: k } });

describe("matrix products", () => {
  it("are those of the definition, up to rounding, and write nothing outside of C", () => {
    fc.assert(
      fc.property(products(small), ({ spec, seed, accumulate }) => {
        const product = setUp(spec, seed, accumulate);
        product.run();
        expect(faultIn(product)).toBeUndefined();
      }),
      { numRuns: 800 },
    );
  });

  it.each([
    ["blocks of k", product(9, 700, 21)],
    ["blocks of k and a bias", product(9, 700, 21, { initial: { row: 0, column: 1 } })],
    ["blocks of k and a transposed A", product(70, 700, 45, turnedA(70))],
    ["blocks of k and a transposed B, packed ahead", product(33, 650, 30, { ...turnedB(650), packed: true })],
    ["blocks of k in float64", product(13, 331, 19, { dtype: "float64" })],
    ["blocks of rows", product(1601, 320, 20, { ...turnedA(1601), packed: true })],
    ["blocks of rows and k", product(1100, 330, 67)],
    ["a wide row", product(1, 1000, 333)],
    ["a tall column", product(1003, 50, 1)],
    ["a tall column of a transposed A", product(1003, 50, 1, turnedA(1003))],
    ["an outer product", product(1003, 1, 50)],
  ])("are right for large sizes: %s", (_, spec) => {
    const large = setUp(spec, 7);
    large.run();
    expect(faultIn(large)).toBeUndefined();
  });

  it("add to C across blocks of k", () => {
    const spec = product(70, 700, 45, { ...turnedA(70), c: { row: 47 }, initial: { row: 47, column: 1 } });
    const set = setUp(spec, 3, true);
    const before = set.c.slice(16);
    set.run();
    expect(faultIn({ ...set, initial: before })).toBeUndefined();
  });

  it("carry NaN and infinity as IEEE arithmetic does: 0·∞ is NaN, and other elements are untouched", () => {
    fc.assert(
      fc.property(
        products(small.map((size) => size + 1)).filter(({ accumulate }) => !accumulate),
        fc.constantFrom(NaN, Infinity, -Infinity),
        fc.boolean(),
        ({ spec, seed }, odd, zero) => {
          const product = setUp(spec, seed);
          const { m, k } = spec;
          const [i, l] = [seed % m, seed % k];
          product.a[i * spec.a.row + l * spec.a.column] = odd;
          if (zero) for (let j = 0; j < spec.n; j++) product.b[l * spec.b.row + j * spec.b.column] = 0;
          product.run();
          expect(faultIn(product)).toBeUndefined();
        },
      ),
      { numRuns: 300 },
    );
  });

  it("of no steps are what the sums start from", () => {
    const zeros = setUp(product(3, 0, 5), 1);
    zeros.run();
    expect([...zeros.c.slice(16, 31)]).toEqual(new Array(15).fill(0));
    const bias = setUp(product(3, 0, 5, { initial: { row: 0, column: 1 } }), 1);
    bias.run();
    expect([...bias.c.slice(21, 26)]).toEqual([...bias.initial]);
  });

  it("give the same bits every time", () => {
    const [once, again] = [setUp(product(33, 500, 27), 5), setUp(product(33, 500, 27), 5)];
    once.run();
    again.run();
    again.run();
    expect(again.c).toEqual(once.c);
  });

  it("have sums of many terms nearer to the truth than plain loops, thanks to blocks of k", () => {
    const set = setUp(product(4, 40_000, 8), 11);
    set.a.forEach((x, index) => (set.a[index] = Math.abs(x)));
    set.b.forEach((x, index) => (set.b[index] = Math.abs(x)));
    set.run();
    let [ours, plain] = [0, 0];
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 8; j++) {
        let sum = 0;
        for (let l = 0; l < 40_000; l++) {
          sum = Math.fround(sum + Math.fround((set.a[i * 40_000 + l] ?? 0) * (set.b[l * 8 + j] ?? 0)));
        }
        const { value } = reference(set, i, j);
        ours += ((set.c[16 + i * 8 + j] ?? NaN) - value) ** 2;
        plain += (sum - value) ** 2;
      }
    }
    expect(Math.sqrt(ours)).toBeLessThan(Math.sqrt(plain) / 4);
  });

  it("with relaxed multiply-add are right where the engine has it", () => {
    fc.assert(
      fc.property(products(small), ({ spec, seed, accumulate }) => {
        const set = setUp({ ...spec, relaxed: true }, seed, accumulate);
        if (!hasRelaxed) return;
        expect(WebAssembly.validate(set.bytes)).toBe(true);
        set.run();
        expect(faultIn(set)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it("use relaxed multiply-add only where it is allowed", () => {
    const count = (relaxed: boolean) => {
      const text = setUp(product(8, 100, 16, { relaxed }), 1).bytes.join();
      // f32x4.relaxed_madd is 0xfd 0x105.
      return text.split("253,133,2").length - 1;
    };
    expect(count(true)).toBeGreaterThan(0);
    expect(count(false)).toBe(0);
  });

  it("are defined once per module", () => {
    const module = new ModuleBuilder();
    module.importMemory({ initial: 1 });
    const spec = product(5, 6, 7);
    expect(defineGemm(module, { ...spec })).toBe(defineGemm(module, spec));
    expect(definePack(module, { ...spec })).toBe(definePack(module, spec));
    expect(defineGemm(module, { ...spec, n: 6 })).not.toBe(defineGemm(module, spec));
  });

  it("want B packed when it is used by many rows, not when they are tiny or skinny", () => {
    expect(wantsPacking(product(32, 128, 128))).toBe(true);
    expect(wantsPacking(product(32, 128, 128, turnedB(128)))).toBe(true);
    expect(wantsPacking(product(1, 8, 8))).toBe(false);
    expect(wantsPacking(product(1, 512, 128, turnedB(512)))).toBe(false);
    expect(wantsPacking(product(8317, 50, 1))).toBe(false);
  });

  it("refuse sizes that no product has", () => {
    const module = new ModuleBuilder();
    expect(() => defineGemm(module, product(-1, 2, 3))).toThrow("gemm: m got -1");
    expect(() => defineGemm(module, product(2, 2, 3, { c: { row: 2 } }))).toThrow("expected at least n = 3");
    expect(() => defineGemm(module, product(2, 2, 3, { initial: { row: 1, column: 2 } }))).toThrow("0 or 1");
  });
});
