import { treeTensors, treeUnflatten, type Tensor } from "@tapeloop/core";
import { adjointTest, type AdjointReport } from "../adjoint.js";
import { batchIndependence, type BatchIndependenceReport } from "../cross/batch-independence.js";
import { gradgradcheck } from "../cross/gradgradcheck.js";
import { gradcheck } from "../gradcheck.js";
import type { GradcheckOptions } from "../options.js";
import type { GradcheckReport } from "../report.js";
import { scanAgainstLoop } from "./agreement.js";
import type { CheckCellOptions } from "./check-cell.js";
import { adjointPart, agreementPart, batchPart, gradientPart, timelinePart, type CellPart } from "./parts.js";
import { samplePoint, type Point } from "./point.js";
import { keepsState, repeats } from "./preconditions.js";
import { runScan, type CellLike } from "./structure.js";
import { timelineOf, type Timeline } from "./timeline.js";
import { zeroGradients } from "./zero-gradients.js";

/** All settings of a check of a cell. */
export type CellSettings<Sizes> = Required<CheckCellOptions<Sizes>>;

/** In double-double, the time line stays in float64, which can show no more than this. */
const FLOAT64_RTOL = 1e-7;

/** What the parts found. */
export interface Found {
  readonly parts: readonly CellPart[];
  readonly timeline: Timeline | undefined;
  /** What has a gradient of exactly 0 at all points that were looked at. */
  readonly zeroGradients: readonly string[];
}

/** Runs one part after the other. New tensors must be float64 by default. */
export function runParts<Params, State, Sizes extends { readonly input: number }>(
  cell: CellLike<Params, State, Sizes>,
  settings: CellSettings<Sizes>,
): Found {
  const { sizes, seed, rtol, precision, mode, maxEntries } = settings;
  const parts: CellPart[] = [];
  const add = (part: CellPart): CellPart => {
    parts.push(part);
    settings.onPart(part);
    return part;
  };
  const run = ({ params, state, xs }: Point<Params, State>) => runScan(cell, params, state, xs);
  const at = (time: number, batch: number): Point<Params, State> =>
    samplePoint(cell, sizes, { time, batch, seed });
  const [T, B] = [Math.max(...settings.steps), Math.max(...settings.batches)];
  // One step alone would not show how the state is differentiated.
  const short = Math.min(...settings.steps.filter((t) => t > 1), T);
  const small = Math.min(...settings.batches);

  if (add(keepsState(cell, at(1, B))).verdict === "fail")
    return { parts, timeline: undefined, zeroGradients: [] };
  add(repeats(cell, sizes, at(short, B), seed));

  const atol = rtol / (precision === "dd" ? 10 : 100);
  const checks = { mode, seed, rtol, atol, precision, maxEntries } as const;
  const adjoints: AdjointReport[] = [];
  const zeros: string[][] = [];
  for (const steps of settings.steps) {
    for (const batch of settings.batches) {
      const point = at(steps, batch);
      const { report, adjoint } = checkGradient(run, point, checks);
      zeros.push(zeroGradients(run, point, mode, seed));
      if (adjoint !== undefined) adjoints.push(adjoint);
      add(gradientPart(report, steps, batch));
    }
  }
  if (settings.order === 2) {
    // The gradient is a dearer function than the cell itself.
    const fewer = { ...checks, maxEntries: Math.max(1, Math.floor(maxEntries / 3)) };
    const report = gradgradcheck(run, [at(short, small)], fewer);
    add(gradientPart(report, short, small));
  }
  add(agreementPart(scanAgainstLoop(cell, at(T, B))));
  if (adjoints.length > 0) add(adjointPart(adjoints, rtol));
  if (B > 1) add(batchPart(independenceOf(run, at(short, B), B, seed), settings.allowBatchMixing));
  const [first = [], ...others] = zeros;
  const found = { parts, zeroGradients: first.filter((path) => others.every((one) => one.includes(path))) };
  if (mode === "forward") return { ...found, timeline: undefined };
  const timeline = timelineOf(cell, at(Math.min(T, settings.timelineSteps), small), {
    rtol: precision === "dd" ? Math.max(rtol, FLOAT64_RTOL) : rtol,
    seed,
    entries: settings.timelineEntries,
  });
  // A cell without parameters has no rows.
  if (timeline.rows.length > 0) add(timelinePart(timeline));
  return { ...found, timeline };
}

/**
 * The reverse sweep beside finite differences, and the forward beside the reverse sweep: they must agree to rounding, which
 * sees more than differences do, and costs less. Only where they do not, differences have to tell which one is right.
 */
function checkGradient<P, S>(
  run: (point: Point<P, S>) => unknown,
  point: Point<P, S>,
  checks: GradcheckOptions,
): { readonly report: GradcheckReport; readonly adjoint?: AdjointReport } {
  const inputs: [Point<P, S>] = [point];
  if (checks.mode !== "both") return { report: gradcheck(run, inputs, checks) };
  const adjoint = adjointTest(run, inputs, { seed: checks.seed ?? 0 });
  const isShown = adjoint.pass && checks.precision !== "dd";
  return { report: gradcheck(run, inputs, isShown ? { ...checks, mode: "reverse" } : checks), adjoint };
}

/** Of the state, what has a first axis of the batch's size belongs to the batch; a counter, for instance, is shared. */
function independenceOf<P, S>(
  run: (point: Point<P, S>) => { readonly outputs: Tensor; readonly state: S },
  { params, state, xs }: Point<P, S>,
  batch: number,
  seed: number,
): BatchIndependenceReport {
  const leaves = treeTensors(state);
  const axes = leaves.map(({ shape }) => (shape[0] === batch ? 0 : null));
  const flat = (p: P, s: readonly Tensor[], x: Tensor) => {
    const { outputs, state: last } = run({ params: p, state: treeUnflatten(state, s), xs: x });
    return { outputs, state: treeTensors(last) };
  };
  const outAxis = { outputs: 1, state: axes };
  return batchIndependence(flat, [params, leaves, xs], { axis: [null, axes, 1], outAxis, seed });
}
