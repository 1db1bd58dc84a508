import { describe, expect, it, vi } from "vitest";
import { adjointTest } from "../../src/adjoint.js";
import { gradcheck } from "../../src/gradcheck.js";
import { assertDetects, DetectionError, type DetectionReport, mutantKinds } from "../../src/mutants/index.js";
import { gruLike, lstmLike, rnnLike } from "./cells.js";

const sizes = { input: 1, hidden: 2 };
/** One sweep, one cotangent, and entries drawn from every variable: enough for these, and quick. */
const quick = { mode: "reverse", probes: 1, maxEntries: 4 } as const;

function failure(run: () => unknown): DetectionReport {
  try {
    run();
  } catch (error) {
    if (error instanceof DetectionError) {
      expect(error.message).toBe(String(error.report));
      return error.report;
    }
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("assertDetects", () => {
  it("finds that gradcheck catches every mutant of an RNN", () => {
    const report = assertDetects((fn, inputs) => gradcheck(fn, inputs, quick), rnnLike, { sizes });
    expect(report.pass).toBe(true);
    expect(report.omitted.map(({ steps, kind, why }) => [steps, kind, why])).toEqual([
      [1, "swapped gates", "does not apply"],
      [5, "swapped gates", "does not apply"],
    ]);
    expect(String(report)).toMatch(/caught 20 of 20 mutants of rnn \(batch 2, seed 0\)/);
    expect(String(report)).toMatch(
      /does not apply +1 +swapped gates +the step has no two gates of one shape/,
    );
  });

  it.each([1, 5])("finds that gradcheck catches every mutant of an LSTM and of a GRU, at T = %i", (steps) => {
    for (const report of [
      assertDetects((fn, inputs) => gradcheck(fn, inputs, quick), lstmLike, { sizes, steps }),
      assertDetects((fn, inputs) => gradcheck(fn, inputs, quick), gruLike, { sizes, steps }),
    ]) {
      expect(report.omitted).toEqual([]);
      expect(new Set(report.detections.map(({ kind }) => kind))).toEqual(new Set(mutantKinds));
    }
  });

  it("finds that a recurrence cut 24 steps before the end takes double-double to see", () => {
    const settings = { sizes, steps: 40, kinds: ["cut recurrence"], at: [16] } as const;
    const report = failure(() =>
      assertDetects((fn, inputs) => gradcheck(fn, inputs, quick), gruLike, settings),
    );
    expect(report.missed[0]!.expectedError).toBeLessThan(1e-10);
    const inDoubleDouble = { ...quick, precision: "dd" } as const;
    expect(assertDetects((fn, inputs) => gradcheck(fn, inputs, inDoubleDouble), gruLike, settings).pass).toBe(
      true,
    );
  });

  it("takes gradcheck itself as the checker", () => {
    expect(assertDetects(gradcheck, rnnLike, { sizes, steps: 2, kinds: ["sign"] }).detections).toHaveLength(
      1,
    );
  });

  it("catches a checker that passes everything", () => {
    const report = failure(() => assertDetects(() => true, lstmLike, { sizes, steps: 2 }));
    expect(report.missed).toEqual(report.detections);
    expect(report.missed.length).toBeGreaterThan(9);
    expect(report.falseAlarms).toEqual([]);
    expect(String(report)).toMatch(/caught 0 of \d+ mutants of lstm/);
    expect(String(report)).toMatch(/MISSED +2 +sign +\d/);
  });

  it("catches a checker that passes nothing", () => {
    const report = failure(() => assertDetects(() => ({ pass: false }), rnnLike, { sizes, steps: [1, 2] }));
    expect(report.missed).toEqual([]);
    expect(report.falseAlarms).toEqual([1, 2]);
    expect(String(report)).toMatch(/T = 2: it does not pass the cell itself/);
  });

  it("names the scale by 1 + 1e-6 that a sloppy checker lets through", () => {
    const report = failure(() =>
      assertDetects((fn, inputs) => gradcheck(fn, inputs, { ...quick, rtol: 1e-3 }), rnnLike, {
        sizes,
        steps: 1,
      }),
    );
    expect(report.missed.map(({ kind }) => kind)).toEqual(["scale"]);
    expect(String(report)).toMatch(/MISSED +1 +scale 1 \+ 1e-6 +\d\.\de-7/);
  });

  it("finds that a test of one sweep against the other sees mistakes in one, and not those of both", () => {
    const kinds = ["scale", "sign", "cut recurrence"] as const;
    const settings = { sizes, steps: 3, kinds } as const;
    const both = failure(() => assertDetects(adjointTest, rnnLike, settings));
    expect(both.missed).toEqual(both.detections);
    expect(assertDetects(adjointTest, rnnLike, { ...settings, sweep: "reverse" }).pass).toBe(true);
  });

  it("shows nothing, and so does not pass, when no mutant applies", () => {
    const report = failure(() => assertDetects(() => true, rnnLike, { sizes, kinds: ["swapped gates"] }));
    expect(String(report)).toMatch(/no mutant applies: nothing was shown/);
  });

  it("passes on what the checker throws, and refuses one without a verdict", () => {
    const broken = (): boolean => {
      throw new RangeError("broken");
    };
    expect(() => assertDetects(broken, rnnLike, { sizes })).toThrow(RangeError);
    const silent: () => boolean = vi.fn();
    expect(() => assertDetects(silent, rnnLike, { sizes })).toThrow(
      /the checker returned undefined, expected a boolean or \{ pass \}/,
    );
    expect(() => assertDetects(() => true, rnnLike, { sizes, steps: [] })).toThrow(/at least one T/);
  });
});
