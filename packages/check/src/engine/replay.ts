import { fromTypedArray } from "@tapeloop/core";
import type { DDKernels } from "../dd/kernels.js";
import { ddSubject } from "../dd/subject.js";
import { isDD, toDD } from "../dd/tensor.js";
import { createRandom, randomSigns } from "../random.js";
import type { Subject } from "../subject.js";
import { EVERYTHING, type Range } from "./domain.js";

/** How far the inputs are moved, relative to their size or to 1. */
const MOVE = 2 ** -12;
/** Of the change that the move makes, so much may differ, beside rounding relative to the values. */
const [CHANGE, ROUNDING] = [1e-3, 1e-11];

/**
 * Whether the tape of a function, recorded at its inputs, computes what the function does at other inputs, too. It does not
 * where the function reads values out (`item()`, `data`) and computes with them in JavaScript: a replay would not see that.
 *
 * @param ranges per variable, the domain within which it may be moved
 * @returns what is wrong, as sentences; empty if nothing is
 */
export function replayProblems(
  subject: Subject,
  origin: Float64Array,
  kernels: DDKernels,
  ranges: readonly Range[],
): string[] {
  const given = subject.variables.map(({ tensor }) => tensor);
  const random = createRandom(0);
  const moved = given.map((t, k) => {
    const signs = randomSigns(random, t.size);
    const [low, high] = ranges[k] ?? EVERYTHING;
    const values = Float64Array.from(t.data, (x, i) => {
      const wanted = x + MOVE * Math.max(1, Math.abs(x)) * (signs[i] ?? 0);
      return Math.min(Math.max(wanted, low), high);
    });
    return fromTypedArray(values, t.shape);
  });
  const there = subject.sample(moved);
  const { program } = ddSubject(subject.run, given, { kernels });
  const replayed = program
    .run(moved.map(toDD))
    .filter(isDD)
    .flatMap(({ hi }) => Array.from(hi));
  const at = replayed.findIndex((value, i) => {
    const [direct, before] = [there.outputs[i] ?? NaN, origin[i] ?? NaN];
    // Beyond the function's domain, or on another branch of a program that looks at values, nothing can be said.
    if (!Number.isFinite(direct) || !Number.isFinite(value)) return false;
    const room = CHANGE * Math.abs(direct - before) + ROUNDING * Math.max(Math.abs(direct), Math.abs(before));
    return Math.abs(direct - value) > room;
  });
  if (at < 0) return [];
  return [
    `precision "dd" replays the tape, which does not do what the function does: at inputs moved by ${MOVE.toExponential(0)}, ` +
      `element ${at} of the result is ${there.outputs[at] ?? NaN}, and ${replayed[at] ?? NaN} by the tape; ` +
      "does the function compute with values that it read out (item, data)?",
  ];
}
