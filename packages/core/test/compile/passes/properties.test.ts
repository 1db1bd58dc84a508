import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { optimize, passes } from "../../../src/compile/passes/index.js";
import { checkClosed, difference, nodeCount, randomTape, sameBits } from "./programs.js";

/** Passes that change no bit; the others sum in another order, or compute in steps what a kernel does at once. */
const exact = new Set(["inline", "simplify", "cse", "dce"]);

const seeds = fc.integer({ min: 0, max: 2 ** 30 });

describe.each([0, 1, 2])("random programs, differentiated %i times", (grads) => {
  const numRuns = grads === 2 ? 25 : 60;

  it("compute the same numbers after every pass", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const tape = randomTape(seed, { grads, size: grads === 2 ? 5 : 8, depth: grads === 2 ? 1 : 2 });
        optimize(tape, (pass, before, after) => {
          checkClosed(after);
          expect(after.inputs).toEqual(before.inputs);
          expect(difference(before, after), pass.name).toBeLessThan(1e-8);
        });
      }),
      { numRuns },
    );
  });

  it("compute the same bits after passes that reorder no sum", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const tape = randomTape(seed, {
          grads,
          size: grads === 2 ? 5 : 8,
          depth: grads === 2 ? 1 : 2,
          dtype: "float32",
        });
        let current = tape;
        for (const pass of passes) {
          const after = pass.run(current);
          if (exact.has(pass.name)) expect(sameBits(current, after), pass.name).toBe(true);
          current = after;
        }
      }),
      { numRuns },
    );
  });

  it("hardly change when they are optimised again", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const once = optimize(randomTape(seed, { grads, size: 6, depth: 1 }));
        // What one round lets be merged or moved may let a little more; programs that people write do not (see cells).
        const change = nodeCount(optimize(once)) - nodeCount(once);
        expect(Math.abs(change)).toBeLessThanOrEqual(4 + 0.1 * nodeCount(once));
      }),
      { numRuns },
    );
  });
});
