import { ArgumentError, TapeloopError, withDefaultDtype, type Tree } from "@tapeloop/core";
import { checkCount, checkSeed, checkTolerance } from "../cross/start.js";
import type { Verdict } from "../verdict.js";
import { formatCell, formatDetails } from "./cell-text.js";
import { worstParts, type CellPart } from "./parts.js";
import { expectSizes } from "./point.js";
import { runParts, type CellSettings } from "./run-parts.js";
import { expectCell, type CellLike } from "./structure.js";
import type { Timeline } from "./timeline.js";

/** Settings of {@link checkCell}. */
export interface CheckCellOptions<Sizes> {
  /** Sizes of the cell, `input` among them. Small ones are enough: 2 and 3 show what 200 and 300 do. */
  readonly sizes: Sizes;
  /** Numbers of time steps, each with every batch size; 1, 2 and 5 by default. */
  readonly steps?: readonly number[];
  /** Batch sizes, 1 and 3 by default. */
  readonly batches?: readonly number[];
  /** 2, the default, also checks second derivatives, at the smallest number of steps above 1. */
  readonly order?: 1 | 2;
  /** Which sweeps are checked, both by default. */
  readonly mode?: "reverse" | "forward" | "both";
  readonly seed?: number;
  /** Relative tolerance of gradients, 1e-7 by default (1e-14 with `precision: "dd"`, for all but the time line). */
  readonly rtol?: number;
  /** The arithmetic of the gradient checks, `"float64"` by default; see `gradcheck`. */
  readonly precision?: "float64" | "dd";
  /** At most so many entries are checked one by one in each gradient check, 12 by default; directions see the rest. */
  readonly maxEntries?: number;
  /** The time line has at most so many steps, 32 by default, as its cost grows with their square. */
  readonly timelineSteps?: number;
  /** Entries of each parameter at each step of the time line, beside a direction through all of them; 0 by default. */
  readonly timelineEntries?: number;
  /** The sequences of a batch may have an influence on one another, as batch statistics give it; no by default. */
  readonly allowBatchMixing?: boolean;
  /** Called after each part, as they take a while. */
  readonly onPart?: (part: CellPart) => void;
}

/** What {@link checkCell} found. */
export interface CheckCellReport {
  readonly pass: boolean;
  readonly verdict: Verdict;
  readonly cell: string;
  readonly parts: readonly CellPart[];
  /** The part to look at first; `undefined` if all passed. */
  readonly worst: CellPart | undefined;
  /** Errors by parameter and time step; `undefined` if the cell does not run, or forward mode alone is checked. */
  readonly timeline: Timeline | undefined;
  readonly seed: number;
  /** What did not pass, with the reports of the worst parts and what they suggest; empty if all passed. */
  readonly details: string;
  toString(): string;
}

/** What `assertCheckCell` throws; `report` has the details. */
export class CheckCellError extends TapeloopError {
  override name = "CheckCellError";

  constructor(readonly report: CheckCellReport) {
    super(report.toString());
  }
}

/**
 * Checks a recurrent cell in float64, by every parameter, every input and the initial state: that the state keeps its
 * structure, that equal runs are equal, gradients of first and second order against finite differences for several numbers
 * of steps and batch sizes, one scan against a plain loop, the forward against the reverse sweep, that the sequences of a
 * batch are independent, and the gradient of each parameter at each time step.
 *
 * @throws ArgumentError for what is no cell, sizes without `input`, and bad options
 */
export function checkCell<Params extends Tree, State extends Tree, Sizes extends { readonly input: number }>(
  cell: CellLike<Params, State, Sizes>,
  options: CheckCellOptions<NoInfer<Sizes>>,
): CheckCellReport {
  expectCell(cell);
  const settings = resolve(options);
  const { parts, timeline } = withDefaultDtype("float64", () => runParts(cell, settings));
  return summary(cell.name, parts, timeline, settings.seed);
}

/** As {@link checkCell}, but throws CheckCellError with the report as its message unless all parts pass. */
export function assertCheckCell<
  Params extends Tree,
  State extends Tree,
  Sizes extends { readonly input: number },
>(cell: CellLike<Params, State, Sizes>, options: CheckCellOptions<NoInfer<Sizes>>): CheckCellReport {
  const report = checkCell(cell, options);
  if (!report.pass) throw new CheckCellError(report);
  return report;
}

function resolve<Sizes>(options: CheckCellOptions<Sizes>): CellSettings<Sizes> {
  const settings: CellSettings<Sizes> = {
    ...{ steps: [1, 2, 5], batches: [1, 3], order: 2, mode: "both", seed: 0, precision: "float64" },
    ...{ rtol: options.precision === "dd" ? 1e-14 : 1e-7, maxEntries: 12, timelineSteps: 32 },
    ...{ timelineEntries: 0, allowBatchMixing: false, onPart: () => undefined },
    ...options,
  };
  expectSizes(settings.sizes);
  for (const name of ["steps", "batches"] as const) {
    if (settings[name].length === 0)
      throw new ArgumentError(`checkCell: got no ${name}, expected at least one`);
    for (const value of settings[name]) checkCount("checkCell", name, value);
  }
  if (![1, 2].includes(settings.order))
    throw new ArgumentError(`checkCell: got order ${settings.order}, expected 1 or 2`);
  checkTolerance("checkCell", "rtol", settings.rtol);
  checkCount("checkCell", "maxEntries", settings.maxEntries);
  checkCount("checkCell", "timelineSteps", settings.timelineSteps);
  if (settings.timelineEntries !== 0) checkCount("checkCell", "timelineEntries", settings.timelineEntries);
  checkSeed("checkCell", settings.seed);
  return settings;
}

function summary(
  cell: string,
  parts: readonly CellPart[],
  timeline: Timeline | undefined,
  seed: number,
): CheckCellReport {
  const verdicts = parts.map(({ verdict }) => verdict);
  const verdict: Verdict = verdicts.includes("fail")
    ? "fail"
    : verdicts.includes("inconclusive")
      ? "inconclusive"
      : "pass";
  const [worst] = worstParts(parts, verdict);
  const details = formatDetails(parts, verdict, timeline);
  const report = { pass: verdict === "pass", verdict, cell, parts, worst, timeline, seed, details };
  return { ...report, toString: () => formatCell(report) };
}
