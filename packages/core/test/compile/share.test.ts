import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstComeFirstServed, largestFirst, share, type Wanted } from "../../src/compile/plan/share.js";

const pieces = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: 8 }), fc.nat(30), fc.nat(12))
    .map(([units, start, length]): Wanted => ({ bytes: 32 * units, start, end: start + length })),
  { maxLength: 40 },
);

/** The most bytes that live at once. */
function mostLive(wanted: readonly Wanted[]): number {
  const positions = Array.from({ length: 64 }, (_, position) => position);
  const liveAt = (position: number): number =>
    wanted
      .filter(({ start, end }) => start <= position && position <= end)
      .reduce((sum, { bytes }) => sum + bytes, 0);
  return Math.max(...positions.map(liveAt));
}

describe.each([
  ["largest first", largestFirst],
  ["first come, first served", firstComeFirstServed],
  ["the better of both", share],
] as const)("memory laid out %s", (_, plan) => {
  it("gives no byte to two pieces that live at once", () => {
    fc.assert(
      fc.property(pieces, (wanted) => {
        const { offsets, height } = plan(wanted);
        wanted.forEach((a, i) => {
          const at = offsets[i] ?? NaN;
          expect(at).toBeGreaterThanOrEqual(0);
          expect(at + a.bytes).toBeLessThanOrEqual(height);
          wanted.slice(0, i).forEach((b, j) => {
            const other = offsets[j] ?? NaN;
            const together = a.start <= b.end && b.start <= a.end && a.bytes > 0 && b.bytes > 0;
            if (together) expect(at >= other + b.bytes || other >= at + a.bytes).toBe(true);
          });
        });
      }),
    );
  });

  it("takes no less than what lives at once, and no more than all of it", () => {
    fc.assert(
      fc.property(pieces, (wanted) => {
        const { height } = plan(wanted);
        expect(height).toBeGreaterThanOrEqual(mostLive(wanted));
        expect(height).toBeLessThanOrEqual(wanted.reduce((sum, { bytes }) => sum + bytes, 0));
      }),
    );
  });
});

describe("memory laid out for very many pieces", () => {
  it("stays near what lives at once", () => {
    // What an unrolled loop and its reverse sweep keep: the later it is made, the sooner it goes.
    const steps = 20_000;
    const wanted = Array.from({ length: 2 * steps }, (_, i): Wanted => {
      const step = i >> 1;
      return { bytes: i % 2 === 0 ? 64 : 96, start: step, end: 2 * steps - step };
    });
    expect(share(wanted).height).toBe(steps * 160);
  });
});
