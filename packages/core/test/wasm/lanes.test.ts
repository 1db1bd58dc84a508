import { describe, expect, it } from "vitest";
import { f32x4, f64x2, i32, i32x4, i64x2, v128, type Value } from "../../src/wasm/index.js";
import { executed, runnable } from "../helpers/instruction.js";
import { asF32, asF64, asI32, asI64, type Reading } from "../helpers/readings.js";

type Vector = Value<"v128">;

/** Instructions that have a row below; compared with all that there are at the end. */
const seen = new Set<string>();

function only(name: string, test: () => void): void {
  seen.add(name);
  it(name, test);
}

const A = Uint8Array.from({ length: 16 }, (_, i) => 17 * i);
const B = Uint8Array.from({ length: 16 }, (_, i) => 255 - 13 * i);

describe("lanes", () => {
  /** Constants, splats, extraction and replacement of one type. */
  function lanesOf<T>(
    type: string,
    reading: Reading<T>,
    samples: readonly T[],
    constant: (...values: T[]) => Vector,
    all: (value: T) => Vector,
    splat: () => (value: T) => Uint8Array,
    extract: (lane: number) => (bytes: Uint8Array) => T,
    replace: (lane: number) => (bytes: Uint8Array, value: T) => Uint8Array,
  ): void {
    const lanes = samples.slice(0, reading.lanes);
    const other = samples[reading.lanes]!;
    only(`${type}.const`, () =>
      expect(reading.read(executed([], "v128", () => constant(...lanes))())).toEqual(lanes),
    );
    only(`${type}.all`, () =>
      expect(reading.read(executed([], "v128", () => all(other))())).toEqual(lanes.map(() => other)),
    );
    only(`${type}.splat`, () => expect(reading.read(splat()(other))).toEqual(lanes.map(() => other)));
    only(`${type}.extract_lane`, () =>
      expect(lanes.map((_, lane) => extract(lane)(reading.write(lanes)))).toEqual(lanes),
    );
    only(`${type}.replace_lane`, () => {
      for (let lane = 0; lane < lanes.length; lane++)
        expect(reading.read(replace(lane)(reading.write(lanes), other))).toEqual(lanes.with(lane, other));
    });
  }
  lanesOf(
    "i32x4",
    asI32,
    [1, -2, 0x7fffffff, -0x80000000, 77],
    (a = 0, b = 0, c = 0, d = 0) => i32x4.const(a, b, c, d),
    i32x4.all,
    () => executed(["i32"], "v128", i32x4.splat),
    (lane) => executed(["v128"], "i32", (a) => i32x4.extract_lane(a, lane)),
    (lane) => executed(["v128", "i32"], "v128", (a, x) => i32x4.replace_lane(a, lane, x)),
  );
  lanesOf(
    "i64x2",
    asI64,
    [-5n, 1n << 62n, 0x123456789abcdefn],
    (a = 0n, b = 0n) => i64x2.const(a, b),
    i64x2.all,
    () => executed(["i64"], "v128", i64x2.splat),
    (lane) => executed(["v128"], "i64", (a) => i64x2.extract_lane(a, lane)),
    (lane) => executed(["v128", "i64"], "v128", (a, x) => i64x2.replace_lane(a, lane, x)),
  );
  lanesOf(
    "f32x4",
    asF32,
    [1.5, -0, Infinity, -(2 ** -149), 3],
    (a = 0, b = 0, c = 0, d = 0) => f32x4.const(a, b, c, d),
    f32x4.all,
    () => executed(["f32"], "v128", f32x4.splat),
    (lane) => executed(["v128"], "f32", (a) => f32x4.extract_lane(a, lane)),
    (lane) => executed(["v128", "f32"], "v128", (a, x) => f32x4.replace_lane(a, lane, x)),
  );
  lanesOf(
    "f64x2",
    asF64,
    [0.1, -0, 5e-324],
    (a = 0, b = 0) => f64x2.const(a, b),
    f64x2.all,
    () => executed(["f64"], "v128", f64x2.splat),
    (lane) => executed(["v128"], "f64", (a) => f64x2.extract_lane(a, lane)),
    (lane) => executed(["v128", "f64"], "v128", (a, x) => f64x2.replace_lane(a, lane, x)),
  );
});

describe("memory", () => {
  const address = { base: i32.const(100), offset: 200 };
  /** Memory from 300 on, of which 16 bytes are B before. */
  function loaded(write: (before: Vector) => Vector): number[] {
    const { run, view } = runnable((f) =>
      f.run(v128.store({ base: i32.const(0) }, write(v128.load({ base: i32.const(400) })))),
    );
    new Uint8Array(view.buffer, 300, 16).set(A);
    new Uint8Array(view.buffer, 400, 16).set(B);
    run();
    return [...new Uint8Array(view.buffer, 0, 16)];
  }
  const bytes = (from: number, to: number) => [...A].slice(from, to);
  const zeros = (count: number) => new Array<number>(count).fill(0);

  only("v128.load", () => expect(loaded(() => v128.load(address))).toEqual([...A]));
  only("v128.load32_splat", () =>
    expect(loaded(() => v128.load32_splat(address))).toEqual([0, 1, 2, 3].flatMap(() => bytes(0, 4))),
  );
  only("v128.load64_splat", () =>
    expect(loaded(() => v128.load64_splat(address))).toEqual([...bytes(0, 8), ...bytes(0, 8)]),
  );
  only("v128.load32_zero", () =>
    expect(loaded(() => v128.load32_zero(address))).toEqual([...bytes(0, 4), ...zeros(12)]),
  );
  only("v128.load64_zero", () =>
    expect(loaded(() => v128.load64_zero(address))).toEqual([...bytes(0, 8), ...zeros(8)]),
  );
  for (const [name, load, size] of [
    ["load8_lane", v128.load8_lane, 1],
    ["load32_lane", v128.load32_lane, 4],
    ["load64_lane", v128.load64_lane, 8],
  ] as const) {
    only(`v128.${name}`, () => {
      for (let lane = 0; lane < 16 / size; lane++) {
        const want = [...B];
        want.splice(lane * size, size, ...bytes(0, size));
        expect(loaded((before) => load(address, before, lane))).toEqual(want);
      }
    });
  }
  for (const [name, store, size] of [
    ["store8_lane", v128.store8_lane, 1],
    ["store16_lane", v128.store16_lane, 2],
    ["store32_lane", v128.store32_lane, 4],
    ["store64_lane", v128.store64_lane, 8],
  ] as const) {
    only(`v128.${name}`, () => {
      for (let lane = 0; lane < 16 / size; lane++) {
        const { run, view } = runnable((f) => f.run(store(address, v128.load({ base: i32.const(0) }), lane)));
        new Uint8Array(view.buffer, 0, 16).set(A);
        run();
        const want = [...bytes(lane * size, (lane + 1) * size), 0];
        expect([...new Uint8Array(view.buffer, 300, size + 1)]).toEqual(want);
      }
    });
  }
  only("v128.store", () => {
    const { run, view } = runnable((f) => f.run(v128.store(address, i32x4.const(1, 2, 3, 4))));
    run();
    expect([...new Int32Array(view.buffer, 300, 4)]).toEqual([1, 2, 3, 4]);
  });
});

it("every instruction that makes, loads, stores or takes apart vectors has a test", () => {
  const here = /load|store|_lane$|splat|^const$|^all$/;
  const all = Object.entries({ v128, i32x4, i64x2, f32x4, f64x2 }).flatMap(([type, ops]) =>
    Object.keys(ops)
      .filter((name) => here.test(name))
      .map((name) => `${type}.${name}`),
  );
  expect(all.filter((name) => !seen.has(name))).toEqual([]);
});
