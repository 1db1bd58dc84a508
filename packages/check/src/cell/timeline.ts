import { fromTypedArray, isFloat, treeLeaves, type Tensor } from "@tapeloop/core";
import { createRandom, randomWeights, sampleIndices } from "../random.js";
import { createSubject, type Subject } from "../subject.js";
import { mapTree } from "../trees.js";
import type { Verdict } from "../verdict.js";
import { createOracle, type Oracle, type Slope } from "../cross/oracle.js";
import { dot, largest } from "../cross/vectors.js";
import type { Point } from "./point.js";
import { runStepwise, type CellLike } from "./structure.js";

/** Errors of the gradient of one parameter, time step by time step; step t stands at index t − 1. */
export interface TimelineRow {
  /** Such as `params.wf`. */
  readonly path: string;
  /** The largest |analytic − numeric| at the step, as a part of the largest entry of the row over all steps. */
  readonly errors: readonly number[];
  /** The same as a part of the largest entry at that step alone: a vanishing gradient does not hide an error here. */
  readonly relative: readonly number[];
  /** Bounds on the error of the numeric values behind `errors`, in the same unit. */
  readonly bounds: readonly number[];
  readonly verdicts: readonly Verdict[];
}

/** Errors of the gradient by parameter and time step. */
export interface Timeline {
  readonly rows: readonly TimelineRow[];
  readonly steps: number;
  readonly verdict: Verdict;
  /** What the pattern of errors says; empty if there are none. */
  readonly hint: string;
}

/** What decides. */
export interface TimelineSettings {
  readonly rtol: number;
  readonly seed: number;
  /** Entries of each parameter at each step, beside a direction through all of them. */
  readonly entries: number;
}

/**
 * Gives every time step a copy of the parameters of its own (stacked as the xs of the scan), so that the gradient of each
 * parameter at each step can be held against finite differences: the summands that BPTT adds up.
 */
export function timelineOf<Params, State>(
  cell: CellLike<Params, State, never>,
  { params, state, xs }: Point<Params, State>,
  settings: TimelineSettings,
): Timeline {
  const steps = xs.shape[0] ?? 0;
  const stacked = mapTree(params, (t) => repeated(t, steps));
  const subject = createSubject("checkCell", (p: Params) => runStepwise(cell, p, state, xs), [stacked]);
  const origin = subject.evaluate(subject.variables.map(({ tensor }) => tensor));
  const random = createRandom(settings.seed);
  const weights = randomWeights(random, origin.length);
  const gradient = subject.reverse()(weights);
  const oracle = createOracle(subject, origin, weights);
  const paths = treeLeaves(params, "params").filter(({ tensor }) => isFloat(tensor.dtype));
  const rows = paths.map(({ path, tensor }, variable): TimelineRow => {
    const analytic = gradient[variable] ?? new Float64Array(0);
    const scale = largest(analytic);
    const cells = Array.from({ length: steps }, (_, t) => {
      const from = t * tensor.size;
      const chosen = sampleIndices(random, tensor.size, settings.entries).map((i) => from + i);
      const direction = Float64Array.from(
        { length: tensor.size },
        () => random.normal() / Math.sqrt(tensor.size),
      );
      return judgeStep(
        subject,
        oracle,
        analytic,
        { variable, from, direction, chosen, scale },
        settings.rtol,
      );
    });
    return {
      path,
      errors: cells.map(({ error }) => part(error, scale)),
      relative: cells.map(({ error, size }) => part(error, size)),
      bounds: cells.map(({ bound }) => part(bound, scale)),
      verdicts: cells.map(({ verdict }) => verdict),
    };
  });
  const all = rows.flatMap(({ verdicts }) => verdicts);
  const verdict = all.includes("fail")
    ? "fail"
    : all.includes("inconclusive") || all.length === 0
      ? "inconclusive"
      : "pass";
  return { rows, steps, verdict, hint: hintOf(rows, steps) };
}

interface Cell {
  readonly variable: number;
  /** Where the step begins in the stacked parameter. */
  readonly from: number;
  readonly direction: Float64Array;
  readonly chosen: readonly number[];
  readonly scale: number;
}

function judgeStep(
  subject: Subject,
  oracle: Oracle,
  analytic: Float64Array,
  { variable, from, direction, chosen, scale }: Cell,
  rtol: number,
): { error: number; bound: number; size: number; verdict: Verdict } {
  const step = analytic.subarray(from, from + direction.length);
  const along = subject.variables.map(({ tensor }, k) => {
    const values = new Float64Array(tensor.size);
    if (k === variable) values.set(direction, from);
    return values;
  });
  const pairs = [
    { value: dot(step, direction), slope: oracle.along(along) },
    ...chosen.map((index) => ({ value: analytic[index] ?? NaN, slope: oracle.entry({ variable, index }) })),
  ];
  const size = Math.max(
    largest(step),
    largest(pairs.map(({ slope }) => slope.value).filter(Number.isFinite)),
  );
  // Below a billionth of the largest entry, a step's gradient counts only where it is wrong beyond its bound.
  const judged = pairs.map((pair) => judge(pair, rtol * size, 1e-9 * scale));
  const verdict = (["fail", "inconclusive"] as const).find((v) => judged.includes(v)) ?? "pass";
  const errors = pairs.map(({ value, slope }) => Math.abs(value - slope.value));
  const worst = pairs[errors.indexOf(largest(errors))];
  return { error: largest(errors), bound: worst?.slope.bound ?? Infinity, size, verdict };
}

/** An error beyond tolerance and bound is one; a bound beyond both tolerance and floor leaves it open. */
function judge(
  { value, slope }: { readonly value: number; readonly slope: Slope },
  tolerance: number,
  floor: number,
): Verdict {
  if (!Number.isFinite(value)) return "fail";
  if (slope.isKink || !Number.isFinite(slope.bound)) return "inconclusive";
  if (Math.abs(value - slope.value) > tolerance + 2 * slope.bound) return "fail";
  return slope.bound > Math.max(tolerance, floor) ? "inconclusive" : "pass";
}

/** What the steps that fail have in common. */
function hintOf(rows: readonly TimelineRow[], steps: number): string {
  const isBad = Array.from({ length: steps }, (_, t) => rows.some(({ verdicts }) => verdicts[t] === "fail"));
  const last = isBad.lastIndexOf(true) + 1;
  if (last === 0) return "";
  const paths = rows.filter(({ verdicts }) => verdicts.includes("fail")).map(({ path }) => path);
  const which = paths.length === rows.length ? "all parameters" : paths.join(", ");
  if (last < steps) {
    return (
      `the error begins at t = ${last} and ${last === 1 ? "is at the first step alone" : "goes on towards earlier steps"} ` +
      `(${which}), while later steps are right: is the recurrence cut between t = ${last} and t = ${last + 1}?`
    );
  }
  const everywhere = isBad.every(Boolean);
  return everywhere
    ? `every time step is wrong (${which}): look for the mistake inside the step, not between steps`
    : `the last time step is wrong (${which}): look for the mistake inside the step`;
}

function part(value: number, scale: number): number {
  return value === 0 ? 0 : value / scale;
}

function repeated(t: Tensor, times: number): Tensor {
  const values = t.toTypedArray();
  const all = isFloat(t.dtype) ? new Float64Array(times * t.size) : new Int32Array(times * t.size);
  for (let k = 0; k < times; k++) all.set(Array.from(values, Number), k * t.size);
  return fromTypedArray(all, [times, ...t.shape]);
}
