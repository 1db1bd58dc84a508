import { ArgumentError, TapeloopError, withDefaultDtype } from "@tapeloop/core";
import {
  checkBoolean,
  checkCallback,
  checkCount,
  checkList,
  checkOneOf,
  checkSeed,
  checkTolerance,
} from "../expect.js";
import { checkOptions, type GradcheckMode, type OptionNames } from "../options.js";
import type { TreeOf } from "../trees.js";
import type { Verdict } from "../verdict.js";
import { formatCell, formatDetails } from "./cell-text.js";
import { worstParts, type CellPart } from "./parts.js";
import { expectCell, expectSizes } from "./expect-cell.js";
import { runParts, type CellSettings, type Found } from "./run-parts.js";
import type { CellLike } from "./structure.js";
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
  readonly mode?: GradcheckMode;
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

const WHERE = "checkCell";

const NAMES = {
  sizes: true,
  steps: true,
  batches: true,
  order: true,
  mode: true,
  seed: true,
  rtol: true,
  precision: true,
  maxEntries: true,
  timelineSteps: true,
  timelineEntries: true,
  allowBatchMixing: true,
  onPart: true,
} satisfies OptionNames<CheckCellOptions<unknown>>;

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
  /**
   * Parameters, states and data whose gradient is exactly 0 at every number of steps and batch size, such as `params.wf`:
   * nothing but that zero was checked. Parts that are saturated at this point have such gradients, and parts without use.
   */
  readonly zeroGradients: readonly string[];
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
 * @throws ArgumentError for what is no cell, a step that does not return a state and an output, sizes without `input`, and
 *   bad or unknown options
 */
export function checkCell<
  Params extends TreeOf<Params>,
  State extends TreeOf<State>,
  Sizes extends { readonly input: number },
>(cell: CellLike<Params, State, Sizes>, options: CheckCellOptions<NoInfer<Sizes>>): CheckCellReport {
  expectCell(WHERE, cell);
  const settings = resolve(options);
  return summary(
    cell.name,
    withDefaultDtype("float64", () => runParts(cell, settings)),
    settings.seed,
  );
}

/** As {@link checkCell}, but throws CheckCellError with the report as its message unless all parts pass. */
export function assertCheckCell<
  Params extends TreeOf<Params>,
  State extends TreeOf<State>,
  Sizes extends { readonly input: number },
>(cell: CellLike<Params, State, Sizes>, options: CheckCellOptions<NoInfer<Sizes>>): CheckCellReport {
  const report = checkCell(cell, options);
  if (!report.pass) throw new CheckCellError(report);
  return report;
}

/** Fills in the defaults; an option that is undefined is one that was not given. */
function resolve<Sizes>(options: CheckCellOptions<Sizes>): CellSettings<Sizes> {
  checkOptions(WHERE, options, NAMES);
  const {
    sizes,
    steps = [1, 2, 5],
    batches = [1, 3],
    order = 2,
    mode = "both",
    seed = 0,
    precision = "float64",
    rtol = precision === "dd" ? 1e-14 : 1e-7,
    maxEntries = 12,
    timelineSteps = 32,
    timelineEntries = 0,
    allowBatchMixing = false,
    onPart = () => undefined,
  } = options;
  expectSizes(WHERE, sizes);
  for (const [name, values] of Object.entries({ steps, batches })) {
    checkList(WHERE, name, values);
    if (values.length === 0) throw new ArgumentError(`${WHERE}: got no ${name}, expected at least one`);
    for (const value of values) checkCount(WHERE, name, value);
  }
  checkOneOf(WHERE, "order", order, [1, 2]);
  checkOneOf(WHERE, "mode", mode, ["reverse", "forward", "both"]);
  checkOneOf(WHERE, "precision", precision, ["float64", "dd"]);
  checkTolerance(WHERE, "rtol", rtol);
  checkCount(WHERE, "maxEntries", maxEntries);
  checkCount(WHERE, "timelineSteps", timelineSteps);
  if (timelineEntries !== 0) checkCount(WHERE, "timelineEntries", timelineEntries);
  checkSeed(WHERE, seed);
  checkBoolean(WHERE, "allowBatchMixing", allowBatchMixing);
  checkCallback(WHERE, "onPart", onPart);
  return {
    ...{ sizes, steps, batches, order, mode, seed, precision, rtol, maxEntries },
    ...{ timelineSteps, timelineEntries, allowBatchMixing, onPart },
  };
}

function summary(cell: string, { parts, timeline, zeroGradients }: Found, seed: number): CheckCellReport {
  const verdicts = parts.map(({ verdict }) => verdict);
  const verdict: Verdict = verdicts.includes("fail")
    ? "fail"
    : verdicts.includes("inconclusive")
      ? "inconclusive"
      : "pass";
  const [worst] = worstParts(parts, verdict);
  const details = formatDetails(parts, verdict, timeline);
  const pass = verdict === "pass";
  const report = { pass, verdict, cell, parts, worst, timeline, zeroGradients, seed, details };
  return { ...report, toString: () => formatCell(report) };
}
