import {
  compile,
  grad,
  matmul,
  normal,
  randomKey,
  record,
  scan,
  sum,
  tanh,
  tensor,
  type Tensor,
} from "@tapeloop/core";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { emitProgram } from "../../../src/compile/emit/program.js";
import { instantiate } from "../../../src/compile/instance.js";
import { kernelsOf } from "../../../src/compile/ir.js";
import { lower } from "../../../src/compile/lower/lower.js";
import { withNativeProducts } from "../../../src/compile/lower/native-products.js";
import { optimize } from "../../../src/compile/passes/index.js";
import { measured } from "../../../src/compile/profile/profile.js";
import { thisEngine } from "../../../src/compile/target.js";
import { different } from "../parity.js";
import { inputsFor, randomTape } from "../passes/programs.js";
import { plainBlas } from "../plain-blas.js";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const values = (shape: readonly number[]): Tensor => normal(randomKey(1), shape);
const [w, h0, xs] = [values([8, 8]), values([2, 8]), values([5, 2, 8])];

/** A loop of five steps. */
const loop = (weight: Tensor, data: Tensor): Tensor => {
  const [last] = scan((h: Tensor, x: Tensor) => [tanh(matmul(h, weight).add(x)), null], h0, data);
  return sum(last);
};

describe("a measured program", () => {
  it.each([undefined, plainBlas()])(
    "gives the very bits of the one that is not, with the library %o",
    (blas) => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 2 ** 30 }), (seed) => {
          const tape = randomTape(seed, { grads: 1, size: 8, depth: 2, dtype: "float32" });
          const inputs = inputsFor(tape);
          const outer = new Map([...tape.captures].map(([captured, inner]) => [inner, captured] as const));
          const given = inputs.slice(0, tape.inputs.length - outer.size);
          const short = optimize(tape);
          const program = () => {
            const lowered = lower(short, outer);
            return blas === undefined ? lowered : withNativeProducts(lowered, blas);
          };
          const plain = program();
          const expected = instantiate(plain, emitProgram(plain, thisEngine()), tape.outputs, { blas }).call(
            given,
          );
          const { call, watch } = measured(program(), tape.outputs, blas);
          expect(different(call(given), expected, { ulps: 0 })).toEqual([]);
          // Each kernel has been timed as often as it runs.
          expect([...watch.ticks.slice(0, -1)]).toEqual(kernelsOf(plain).map(({ runs }) => runs));
        }),
        { numRuns: 20 },
      );
    },
  );

  it("leaves the program that calls use as it is", () => {
    const program = compile(grad(loop));
    const result = program(w, xs);
    const before = program.explain(w, xs).code.wasm.slice();
    program.profile([w, xs], { calls: 1 });
    const after = program.explain(w, xs).code.wasm;
    expect(after).toEqual(before);
    expect(after).toEqual(compile(grad(loop)).explain(w, xs).code.wasm);
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(after.slice()));
    expect(imports.map(({ name }) => name)).not.toContain("tick");
    expect(program(w, xs).data).toEqual(result.data);
  });
});

describe("a profile", () => {
  it("has the kernels of the explanation, and their times add up", () => {
    const program = compile(loop);
    const profile = program.profile([w, xs], { calls: 20 });
    const { kernels } = program.explain(w, xs);
    expect(profile.kernels.map(({ what, runs }) => [what, runs])).toEqual(
      kernels.map(({ what, runs }) => [what, runs]),
    );
    expect(profile.kernels.map(({ nodes }) => nodes)).toEqual(kernels.map(({ nodes }) => nodes));
    expect(profile).toMatchObject({ executor: "webassembly", calls: 20 });
    for (const { milliseconds } of profile.kernels) expect(milliseconds).toBeGreaterThanOrEqual(0);
    const parts = profile.kernels.reduce((total, { milliseconds }) => total + milliseconds, 0);
    expect(parts).toBeLessThanOrEqual(profile.milliseconds);
    expect(parts + profile.around).toBeCloseTo(profile.milliseconds, 9);
    expect(profile.clock).toBeGreaterThan(0);
  });

  it("finds nearly all time in the kernels, and most of it in the one that takes longest", () => {
    const big = values([96, 96]);
    // 6 products of 96³ beside an addition.
    const chain = (x: Tensor): Tensor => {
      const [y] = scan((h: Tensor) => [matmul(h, big), null], x.add(1), null, { length: 6 });
      return y;
    };
    const { kernels, milliseconds } = compile(chain).profile([big], { calls: 50 });
    const parts = kernels.reduce((total, kernel) => total + kernel.milliseconds, 0);
    expect(parts / milliseconds).toBeGreaterThan(0.2);
    const [longest] = kernels.toSorted((a, b) => b.milliseconds - a.milliseconds);
    expect(longest).toMatchObject({ kind: "product", runs: 6 });
  });

  it("counts what a clock of our own says, without what its readings take", () => {
    let now = 0;
    // Each reading takes a second; so does whatever is between two of them.
    vi.stubGlobal("performance", { now: () => (now += 1000) });
    const { clock, kernels, milliseconds } = compile(loop).profile([w, xs], { calls: 4 });
    expect(clock).toBe(1000);
    expect(kernels.map((kernel) => kernel.milliseconds)).toEqual(kernels.map(() => 0));
    expect(milliseconds).toBe(0);
  });

  it("times operations without machine code, too", () => {
    const draw = (key: Tensor): Tensor => normal(key, [4]).mul(2);
    const { kernels } = compile(draw).profile([randomKey(3)], { calls: 2 });
    const host = kernels.find(({ kind }) => kind === "host");
    expect(host?.nodes.map(({ op }) => op.name)).toEqual([host?.what]);
    expect(host?.milliseconds).toBeGreaterThan(0);
  });

  it("is that of one thread where a program has several", () => {
    const big = values([300, 300]);
    const program = compile((x: Tensor) => matmul(x, x).tanh(), { threads: 2 });
    const expected = program(big);
    expect(program.explain(big).threads.count).toBe(2);
    const { kernels } = program.profile([big], { calls: 1 });
    expect(kernels.map(({ kind }) => kind)).toEqual(["product", "fused"]);
    expect(program(big).data).toEqual(expected.data);
  });

  it("says that the reference executor has no kernels, and how long it takes", () => {
    vi.stubGlobal("WebAssembly", undefined);
    const profile = compile(loop).profile([w, xs], { calls: 2 });
    expect(profile).toMatchObject({
      executor: "reference",
      reason: "this engine has no WebAssembly",
      kernels: [],
      calls: 2,
    });
    expect(profile.milliseconds).toBeGreaterThan(0);
    expect(String(profile)).toMatch(
      /a call, the mean of 2; runs on the reference executor: this engine has no/,
    );
  });

  it("of a program that computes nothing is what surrounds it", () => {
    const { kernels, milliseconds, around } = compile((x: Tensor) => x).profile([w], { calls: 2 });
    expect([kernels, milliseconds]).toEqual([[], around]);
  });

  it("is written with a line for each kernel, and one for the rest", () => {
    const profile = compile(loop).profile([w, xs], { calls: 2 });
    const lines = String(profile).split("\n");
    expect(lines).toHaveLength(profile.kernels.length + 2);
    expect(lines[0]).toMatch(/^[\d.]+ (ns|µs|ms) a call, the mean of 2; a reading of the clock/);
    expect(lines.join("\n")).toMatch(/k\d+ +[\d.]+ (ns|µs|ms) +[\d.]+ % +5 × product \[2, 8\]·\[8, 8\]/);
    expect(lines.at(-1)).toMatch(/ % {2}arguments and results$/);
  });
});

describe("what profile refuses", () => {
  const program = compile((x: Tensor) => x.mul(2));
  const given = tensor([1, 2]);
  /** As plain JavaScript may call it. */
  const profile = (...args: readonly unknown[]): unknown => {
    const method: unknown = Reflect.get(program, "profile");
    return typeof method === "function" && Reflect.apply(method, undefined, args);
  };

  it.each([0, -1, 1.5, NaN, Infinity, "3", null])("%o calls", (calls) => {
    expect(() => profile([given], { calls })).toThrow(
      /^profile: got calls .*, expected a whole number, 1 or more$/,
    );
  });

  it.each([given, undefined, null, 3])("arguments that are no list: %o", (args) => {
    expect(() => profile(args)).toThrow(
      /^profile: got arguments .*, expected the list of the function's arguments$/,
    );
  });

  it("options that are none", () => {
    expect(() => profile([given], 3)).toThrow("profile: got 3 as the options, expected an object");
  });

  it("to measure while a tape records", () => {
    const within = (x: Tensor): Tensor => {
      program.profile([x]);
      return x;
    };
    const message = "profile: called while a tape records, expected a call with values";
    expect(() => record(within, given)).toThrow(message);
    expect(() => compile(within)(given)).toThrow(message);
  });
});
