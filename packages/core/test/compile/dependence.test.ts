import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Step } from "../../src/compile/ir.js";
import { dependsOn, ordered, runsAfter } from "../../src/compile/lower/dependence.js";
import { fusedOver } from "../../src/compile/lower/scope.js";

/** Steps of which some must wait for others: pairs of a later and an earlier one, in any order of insertion. */
const programs = fc
  .tuple(fc.integer({ min: 1, max: 14 }), fc.array(fc.tuple(fc.nat(13), fc.nat(13)), { maxLength: 30 }))
  .map(([count, pairs]) => {
    const steps: Step[] = Array.from({ length: count }, (_, i) => fusedOver([i]));
    for (const [a, b] of pairs) {
      const [later, earlier] = [steps[Math.max(a, b)], steps[Math.min(a, b)]];
      if (later !== undefined && earlier !== undefined && a !== b) runsAfter(later, earlier);
    }
    return steps;
  });

function reaches(step: Step, target: Step): boolean {
  return [...step.after].some((earlier) => earlier === target || reaches(earlier, target));
}

describe("dependences between steps", () => {
  it("reach through any number of others", () => {
    fc.assert(
      fc.property(programs, (steps) => {
        for (const a of steps) for (const b of steps) expect(dependsOn(a, b)).toBe(reaches(a, b));
      }),
    );
  });

  it("hold in the order in which the steps are put, whatever the order they came in", () => {
    fc.assert(
      fc.property(programs, fc.array(fc.nat(), { minLength: 14, maxLength: 14 }), (steps, keys) => {
        const shuffled = steps
          .map((step, i) => ({ step, key: keys[i] ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ step }) => step);
        const result = ordered(shuffled);
        expect(new Set(result)).toEqual(new Set(steps));
        for (const step of steps)
          for (const earlier of step.after)
            expect(result.indexOf(earlier)).toBeLessThan(result.indexOf(step));
      }),
    );
  });
});
