import type { GradcheckReport } from "@tapeloop/check";
import type { Explanation } from "@tapeloop/core";
import { formatNumber } from "../report/numbers.js";
import { countParameters } from "./model.js";
import type { JobResults } from "./results.js";
import type { JobSettings } from "./settings.js";

/** What will be learnt from what, before the training. */
export function describePlan(
  { series, data, model }: Pick<JobResults, "series" | "data" | "model">,
  { file, window, difference, layers, hidden, seed, blas }: JobSettings,
): string {
  const { training, validation, test } = data;
  const span = spanOf(series.times, 0, series.values.length);
  const what =
    difference === 0 ? "values" : difference === 1 ? "changes" : `changes over ${difference} points`;
  const depth = layers === 1 ? "" : `${layers} layers, `;
  return [
    `${file}: ${count(series.values.length, "point")} of ${series.name}${span}`,
    `Windows of ${window} ${what}: ${group(training.size)} to train on, ${group(validation.size)} to validate, ` +
      `${group(test.size)} to test`,
    `${model.cell.name}: ${depth}${count(hidden, "hidden unit")}, ${count(countParameters(model.init(seed)), "parameter")}`,
    ...(blas === undefined ? [] : [`Matrix products by ${blas.name}`]),
  ].join("\n");
}

/** How the training went, in a line. */
export function describeTraining({ trained: { best, history, message } }: JobResults): string {
  return `Kept epoch ${best?.epoch ?? 0} of ${history.length}, which has the lowest validation loss (${message})`;
}

/** On how many threads the training ran, of which these are the programs, the training step's first. */
export function describeThreads([step]: readonly Explanation[]): string {
  const { count = 1, reason = "the machine has one core" } = step?.threads ?? {};
  return count === 1 ? `Trained on one thread: ${reason}` : `Trained on ${count} threads`;
}

/** The table of test errors. */
export function resultTable({ series, data, forecast, naive }: JobResults, unit: string | undefined): string {
  const span = spanOf(series.times, data.starts.test, series.values.length);
  const scores = [forecast, ...naive];
  const figures = inColumn(scores.map(({ rmse }) => rmse));
  const width = Math.max(...scores.map(({ name }) => name.length));
  const units = unit === undefined ? `in the units of ${series.name}` : `in ${unit}`;
  return [
    `Test error (RMSE) ${units} on the same ${count(data.test.size, "window")}${span}:`,
    ...scores.map(({ name }, i) => `  ${name.padEnd(width)}  ${figures[i] ?? ""}`),
  ].join("\n");
}

/** Numbers with their points below one another: four digits of the smallest, unless they are too far apart. */
function inColumn(values: readonly number[]): readonly string[] {
  const sizes = values.filter((value) => value > 0 && value < Infinity);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const decimals = Math.min(12, Math.max(0, 3 - Math.floor(Math.log10(least))));
  const isPlain = sizes.length === values.length && least >= 1e-6 && most < 1e9;
  const texts = values.map((value) => (isPlain ? value.toFixed(decimals) : formatNumber(value)));
  const width = Math.max(...texts.map((text) => text.length));
  return texts.map((text) => text.padStart(width));
}

/** The verdict on the model's gradients, in a line; in more when it is not a pass. */
export function describeCheck(gradcheck: GradcheckReport, name: string): string {
  const { verdict, entries } = gradcheck;
  const title = `Gradient check of the trained ${name}`;
  if (verdict !== "pass") return `${title}: ${gradcheck.toString()}`;
  const share =
    entries.checked === entries.total
      ? `all ${group(entries.total)} entries agree`
      : `${group(entries.checked)} of ${group(entries.total)} entries, and all along random directions, agree`;
  return `${title} passed: ${share} with finite differences`;
}

/** ", 1974-05 to 2026-07", when there are times. */
function spanOf(times: readonly string[] | undefined, from: number, to: number): string {
  const [first, last] = [times?.[from], times?.[to - 1]];
  return first === undefined || last === undefined ? "" : `, ${first} to ${last}`;
}

function count(number: number, noun: string): string {
  return `${group(number)} ${noun}${number === 1 ? "" : "s"}`;
}

function group(number: number): string {
  return number.toLocaleString("en-US");
}
