import {
  ArgumentError,
  TapeloopError,
  treeTensors,
  treeUnflatten,
  withDefaultDtype,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import { adjointTest } from "../adjoint.js";
import { batchIndependence, type BatchIndependenceReport } from "../cross/batch-independence.js";
import { gradgradcheck } from "../cross/gradgradcheck.js";
import { checkCount, checkSeed, checkTolerance } from "../cross/start.js";
import { gradcheck } from "../gradcheck.js";
import type { Verdict } from "../verdict.js";
import { scanAgainstLoop } from "./agreement.js";
import { formatCell } from "./cell-text.js";
import { gradientPart, keepsState, repeats, timelinePart, type CellPart } from "./parts.js";
import { expectSizes, samplePoint, type Point } from "./point.js";
import { expectCell, runScan, type CellLike } from "./structure.js";
import { timelineOf, type Timeline } from "./timeline.js";

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
  /** Relative tolerance of gradients, 1e-7 by default. */
  readonly rtol?: number;
  /** At most so many entries are checked one by one in each gradient check, 24 by default; directions see the rest. */
  readonly maxEntries?: number;
  /** Entries of each parameter at each time step of the time line, beside a direction through all; 1 by default. */
  readonly timelineEntries?: number;
  /** Called after each part, as they take a while. */
  readonly onPart?: (part: CellPart) => void;
}

/** What {@link checkCell} found. */
export interface CheckCellReport {
  readonly pass: boolean;
  readonly verdict: Verdict;
  readonly cell: string;
  readonly parts: readonly CellPart[];
  /** Errors by parameter and time step; `undefined` if the cell does not run. */
  readonly timeline: Timeline | undefined;
  readonly seed: number;
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
  return withDefaultDtype("float64", () => runParts(cell, settings));
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

function resolve<Sizes>(options: CheckCellOptions<Sizes>): Required<CheckCellOptions<Sizes>> {
  const settings: Required<CheckCellOptions<Sizes>> = {
    ...{ steps: [1, 2, 5], batches: [1, 3], order: 2, mode: "both", seed: 0, rtol: 1e-7 },
    ...{ maxEntries: 24, timelineEntries: 1, onPart: () => undefined },
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
  checkCount("checkCell", "timelineEntries", settings.timelineEntries);
  checkSeed("checkCell", settings.seed);
  return settings;
}

function runParts<Params extends Tree, State extends Tree, Sizes extends { readonly input: number }>(
  cell: CellLike<Params, State, Sizes>,
  settings: Required<CheckCellOptions<Sizes>>,
): CheckCellReport {
  const { sizes, order, mode, seed, rtol, maxEntries, onPart } = settings;
  const parts: CellPart[] = [];
  const add = (part: CellPart): CellPart => {
    parts.push(part);
    onPart(part);
    return part;
  };
  const run = (params: Params, state: State, xs: Tensor) => runScan(cell, params, state, xs);
  const checks = { mode, seed, rtol, atol: rtol / 100, maxEntries };
  const at = (time: number, batch: number): Point<Params, State> =>
    samplePoint(cell, sizes, { time, batch, seed });
  const [T, B] = [Math.max(...settings.steps), Math.max(...settings.batches)];
  // One step alone would not show how the state is differentiated.
  const short = Math.min(...settings.steps.filter((t) => t > 1), T);
  const small = Math.min(...settings.batches);

  const kept = add(keepsState(cell, at(1, B)));
  if (kept.verdict === "fail") return summary(cell.name, parts, undefined, seed);
  add(repeats(cell, sizes, at(short, B), seed));
  for (const steps of settings.steps) {
    for (const batch of settings.batches) {
      const { params, state, xs } = at(steps, batch);
      // The names of the inputs show in reports.
      const inputs = { params, state, xs };
      const report = gradcheck((all: typeof inputs) => run(all.params, all.state, all.xs), [inputs], checks);
      add({ ...gradientPart(report), name: `gradient, steps ${steps}, batch ${batch}`, steps, batch });
    }
  }
  const { params, state, xs } = at(short, small);
  const inputs = { params, state, xs };
  if (order === 2) {
    // The gradient is a dearer function than the cell itself.
    const fewer = { ...checks, maxEntries: Math.max(1, Math.floor(maxEntries / 3)) };
    const report = gradgradcheck((all: typeof inputs) => run(all.params, all.state, all.xs), [inputs], fewer);
    add({
      ...gradientPart(report.gradcheck),
      ...{
        name: `second order, steps ${short}, batch ${small}`,
        kind: "second order",
        verdict: report.verdict,
      },
      ...{ text: report.toString(), steps: short, batch: small },
    });
  }
  const agreement = scanAgainstLoop(cell, at(T, B));
  add({
    ...{
      name: "scan and loop",
      kind: "scan and loop",
      verdict: agreement.pass ? "pass" : "fail",
      error: agreement.error,
    },
    text: agreement.pass
      ? "a scan and a plain loop agree in outputs and gradients"
      : `a scan and a plain loop differ in ${agreement.path}`,
  });
  if (mode === "both") {
    const whole = at(T, B);
    const adjoint = adjointTest(run, [whole.params, whole.state, whole.xs], { seed });
    const verdict = adjoint.pass ? "pass" : adjoint.products.length === 0 ? "inconclusive" : "fail";
    add({
      name: "forward and reverse",
      kind: "adjoint",
      verdict,
      error: adjoint.error,
      text: adjoint.toString(),
    });
  }
  if (B > 1) {
    const { verdict, ...rest } = isIndependent(run, at(short, B), B, seed);
    add({ name: "batch independence", kind: "batch", verdict, error: undefined, text: rest.toString() });
  }
  const timeline = timelineOf(cell, at(T, small), { rtol, seed, entries: settings.timelineEntries });
  add(timelinePart(timeline));
  return summary(cell.name, parts, timeline, seed);
}

/** Of the state, what has a first axis of the batch's size belongs to the batch; a counter, for instance, is shared. */
function isIndependent<Params extends Tree, State extends Tree>(
  run: (params: Params, state: State, xs: Tensor) => { readonly outputs: Tensor; readonly state: State },
  { params, state, xs }: Point<Params, State>,
  batch: number,
  seed: number,
): BatchIndependenceReport {
  const leaves = treeTensors(state);
  const axes = leaves.map(({ shape }) => (shape[0] === batch ? 0 : null));
  const flat = (p: Params, s: readonly Tensor[], x: Tensor) => {
    const { outputs, state: last } = run(p, treeUnflatten(state, s), x);
    return { outputs, state: treeTensors(last) };
  };
  const outAxis = { outputs: 1, state: axes };
  return batchIndependence(flat, [params, leaves, xs], { axis: [null, axes, 1], outAxis, seed });
}

function summary(
  cell: string,
  parts: readonly CellPart[],
  timeline: Timeline | undefined,
  seed: number,
): CheckCellReport {
  const verdicts = parts.map(({ verdict }) => verdict);
  const verdict = verdicts.includes("fail")
    ? "fail"
    : verdicts.includes("inconclusive")
      ? "inconclusive"
      : "pass";
  const report = { pass: verdict === "pass", verdict, cell, parts, timeline, seed } as const;
  return { ...report, toString: () => formatCell(report) };
}
