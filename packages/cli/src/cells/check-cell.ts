import { gradcheck, type GradcheckReport } from "@tapeloop/check";
import { createRng, withDefaultDtype } from "@tapeloop/core";
import { unroll, type Cell, type CellSizes } from "@tapeloop/nn";
import { compareModes, isMixed, type Agreement } from "./compare-unrolled.js";
import { samplePoint, type Point } from "./sample-point.js";

/** What a cell is checked with. */
export interface CellCheckSettings {
  readonly sizes: CellSizes;
  /** Numbers of time steps, each with every batch size. */
  readonly times: readonly number[];
  readonly batches: readonly number[];
  /** 2 also checks the gradient of the gradient, with the smallest of them. */
  readonly order: 1 | 2;
  /** Which sweeps to check. */
  readonly mode: "reverse" | "forward" | "both";
  readonly seed: number;
  /** Largest relative error that passes. */
  readonly tolerance: number;
}

/** One check of a cell, unrolled over `time` steps. */
export interface CellCheckRun {
  readonly time: number;
  readonly batch: number;
  readonly order: 1 | 2;
  readonly report: GradcheckReport;
}

/** What was found. */
export interface CellCheck {
  readonly runs: readonly CellCheckRun[];
  /** `scan` beside a plain loop, the worst of all times and batches. */
  readonly modes: Agreement;
  /** Whether a sequence of a batch has influence on the others; unknown without a batch of two or more. */
  readonly isMixed: boolean | undefined;
  readonly verdict: "pass" | "fail" | "inconclusive";
}

/** Entries checked one by one in each run; beyond that, a sample and random directions. */
const ENTRIES = 400;

/**
 * Checks the gradients of a cell in float64, by every parameter, every input and the initial state: outputs and last
 * state against finite differences, in reverse and forward mode, and `scan` against a plain loop.
 *
 * Parameters and state are near where the cell starts them, but not at special points such as zero.
 *
 * @param onRun called after each run, as they take a while
 */
export function checkCell(
  cell: Cell,
  settings: CellCheckSettings,
  onRun: (run: CellCheckRun) => void = () => undefined,
): CellCheck {
  return withDefaultDtype("float64", () => {
    const rng = createRng(settings.seed);
    const points = settings.times.flatMap((time) =>
      settings.batches.map((batch) => ({
        time,
        batch,
        point: samplePoint(cell, settings.sizes, { time, batch }, rng),
      })),
    );
    // One step alone would not show how the state is differentiated.
    const recurrent = points.filter(({ time }) => time > 1);
    const [smallest] = (recurrent.length > 0 ? recurrent : [...points]).sort(
      (a, b) => a.time * a.batch - b.time * b.batch,
    );
    const plan = [
      ...points.map((each) => ({ ...each, order: 1 as const })),
      ...(settings.order === 2 && smallest !== undefined ? [{ ...smallest, order: 2 as const }] : []),
    ];
    const runs = plan.map(({ time, batch, order, point }) => {
      const run = { time, batch, order, report: checkPoint(cell, point, order, settings) };
      onRun(run);
      return run;
    });
    const modes = points.map(({ point }) => compareModes(cell, settings.sizes, point));
    const [worst = { difference: 0, passed: true }] = modes.sort((a, b) => b.difference - a.difference);
    const several = points.findLast(({ batch }) => batch > 1);
    return {
      runs,
      modes: worst,
      isMixed: several === undefined ? undefined : isMixed(cell, settings.sizes, several.point),
      verdict: overall(runs, worst),
    };
  });
}

function checkPoint(
  cell: Cell,
  { params, state, xs }: Point,
  order: 1 | 2,
  { sizes, mode, seed, tolerance }: CellCheckSettings,
): GradcheckReport {
  // The names of the arguments show in reports.
  const run = ({ params: p, state: s, xs: x }: Point) => unroll(cell, p, x, { state: s, sizes });
  return gradcheck(run, [{ params, state, xs }], {
    order,
    mode,
    seed,
    rtol: tolerance,
    atol: tolerance / 100,
    maxEntries: ENTRIES,
  });
}

function overall(runs: readonly CellCheckRun[], modes: Agreement): CellCheck["verdict"] {
  const verdicts = runs.map(({ report }) => report.verdict);
  if (!modes.passed || verdicts.includes("fail")) return "fail";
  return verdicts.includes("inconclusive") || verdicts.length === 0 ? "inconclusive" : "pass";
}
