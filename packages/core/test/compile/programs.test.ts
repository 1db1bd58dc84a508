import { compile, neg, oneHot, replay, sum, trace, type Tensor } from "@tapeloop/core";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { runBody } from "../../src/control/body.js";
import { memory, nothing, v128 } from "../../src/wasm/index.js";
import { runGuarded } from "./memory.js";
import { different, disparities } from "./parity.js";
import { inputsFor, randomTape } from "./passes/programs.js";

const seeds = fc.integer({ min: 0, max: 2 ** 30 });
/** Roundings add up along a program, and gradients of gradients are sums of many that cancel. */
const ulps = { float64: 2 ** 14, float32: 2 ** 11 };

describe.each([0, 1, 2])("random programs, differentiated %i times", (grads) => {
  const numRuns = grads === 2 ? 20 : 50;
  const [size, depth] = grads === 2 ? [5, 1] : [8, 2];

  it.each(["float64", "float32"] as const)("give the same when compiled, in %s", (dtype) => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const tape = randomTape(seed, { grads, size, depth, dtype });
        const all = inputsFor(tape);
        const run = (...xs: readonly Tensor[]): Tensor[] => [
          ...replay(tape, [...xs, ...all.slice(xs.length)]),
        ];
        const given = all.slice(0, 4);
        expect(disparities(run, given, { ulps: ulps[dtype], smallest: 1 })).toEqual([]);
      }),
      { numRuns },
    );
  });

  it("write nowhere but into their buffers, and read nothing that they have not written", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const tape = randomTape(seed, { grads, size, depth });
        const { outputs, written } = runGuarded(tape);
        expect(written).toEqual([]);
        const expected = runBody(tape, inputsFor(tape));
        expect(different(outputs, expected, { ulps: ulps.float64, smallest: 1 })).toEqual([]);
      }),
      { numRuns },
    );
  });
});

describe("the check of memory finds", () => {
  const tape = trace(
    ([x]) => (x === undefined ? [] : [neg(x), sum(x, 0)]),
    [{ shape: [3, 3], dtype: "float32" }],
  );
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("nothing in a sound program", () => {
    const { outputs, written } = runGuarded(tape);
    expect(written).toEqual([]);
    expect(different(outputs, runBody(tape, inputsFor(tape)), { ulps: 1 })).toEqual([]);
  });

  it("an element that is written behind the end", () => {
    const store = v128.store32_lane;
    vi.spyOn(v128, "store32_lane").mockImplementation(({ base, offset = 0 }, value, lane) =>
      store({ base, offset: offset + 4 }, value, lane),
    );
    expect(runGuarded(tape).written).not.toEqual([]);
  });

  it("memory that is read before it is written", () => {
    vi.spyOn(memory, "fill").mockImplementation(() => nothing);
    const looked = trace(([i]) => (i === undefined ? [] : [oneHot(i, 4)]), [{ shape: [2], dtype: "int32" }]);
    const { outputs } = runGuarded(looked);
    expect(different(outputs, runBody(looked, inputsFor(looked)), { ulps: 1 })).not.toEqual([]);
  });
});

it("a call gives the same bits every time", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const tape = randomTape(seed, { grads: 1, size: 6, depth: 1, dtype: "float32" });
      const all = inputsFor(tape);
      const program = compile((...xs: readonly Tensor[]) => replay(tape, [...xs, ...all.slice(4)]));
      const [first, second] = [program(...all.slice(0, 4)), program(...all.slice(0, 4))];
      expect(different(first, [...second], { ulps: 0 })).toEqual([]);
    }),
    { numRuns: 20 },
  );
});
