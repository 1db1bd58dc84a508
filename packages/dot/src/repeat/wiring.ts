import type { Tensor } from "@tapeloop/core";
import { isWorthFolding, type Run } from "./runs.js";
import type { Sequence } from "./signature.js";

/** Where an operand of a block comes from, the same in every repetition. */
export type Source =
  /** From an operation of the same repetition. */
  | { readonly kind: "inside"; readonly at: number; readonly output: number }
  /** From an operation `lag` repetitions before; `initial` are the values that the first ones read instead. */
  | {
      readonly kind: "carry";
      readonly at: number;
      readonly output: number;
      readonly lag: number;
      readonly initial: readonly Tensor[];
    }
  /** The same value in every repetition. */
  | { readonly kind: "same"; readonly value: Tensor }
  /** Another value in each repetition. */
  | { readonly kind: "each"; readonly values: readonly Tensor[] };

/** A run whose blocks are wired alike. */
export interface WiredRun extends Run {
  /** Per operation of a block, per operand. */
  readonly sources: readonly (readonly Source[])[];
}

/**
 * The longest part of a run, around its middle, whose blocks also read alike; `undefined` if that is not worth
 * folding. `isSeries` says whether values from outside can stand for each other, one for each repetition.
 */
export function wire(
  sequence: Sequence,
  run: Run,
  isSeries: (values: readonly Tensor[]) => boolean,
): WiredRun | undefined {
  const { nodes, made, resolve, numberOf } = sequence;
  const { start, period } = run;
  const operand = (rep: number, at: number, slot: number): Tensor | undefined => {
    const t = nodes[start + rep * period + at]?.inputs[slot];
    return t && resolve(t);
  };
  /** `inside 3.0`, `carry 1 3.0`, or nothing for what comes from outside the run. */
  const classOf = (rep: number, at: number, slot: number): string => {
    const t = operand(rep, at, slot);
    const maker = t && made.get(t);
    if (maker === undefined || maker.at < start) return "";
    const [from, offset] = [Math.floor((maker.at - start) / period), (maker.at - start) % period];
    return from === rep
      ? `inside ${offset}.${maker.output}`
      : `carry ${rep - from} ${offset}.${maker.output}`;
  };
  const slots = nodes
    .slice(start, start + period)
    .flatMap(({ inputs }, at) => inputs.map((_, slot) => ({ at, slot })));
  const middle = run.count >> 1;
  const expected = slots.map(({ at, slot }) => classOf(middle, at, slot));
  const isAlike = (rep: number): boolean =>
    slots.every(({ at, slot }, k) => classOf(rep, at, slot) === expected[k]);
  let first = middle;
  while (first > 0 && isAlike(first - 1)) first--;
  let end = middle + 1;
  while (end < run.count && isAlike(end)) end++;
  // What the first repetition is handed may come from anywhere.
  const isBeginning = (rep: number): boolean =>
    slots.every(({ at, slot }, k) => {
      const found = classOf(rep, at, slot);
      return expected[k]?.startsWith("carry 1 ") === true
        ? !found.startsWith("inside")
        : found === expected[k];
    });
  if (first > 0 && isBeginning(first - 1)) first--;

  const wired: Run = { start: start + first * period, period, count: end - first };
  if (!isWorthFolding(wired)) return undefined;
  const sources: Source[][] = Array.from({ length: period }, () => []);
  for (const [k, { at, slot }] of slots.entries()) {
    const values = Array.from({ length: wired.count }, (_, r) => operand(first + r, at, slot));
    const source = sourceOf(
      expected[k] ?? "",
      values.filter((t) => t !== undefined),
      isSeries,
      numberOf,
    );
    if (source === undefined) return undefined;
    sources[at]?.push(source);
  }
  return { ...wired, sources };
}

function sourceOf(
  found: string,
  values: readonly Tensor[],
  isSeries: (values: readonly Tensor[]) => boolean,
  numberOf: (t: Tensor) => string | undefined,
): Source | undefined {
  const [, kind, lag = "", at, output] = /^(inside|carry)(?: (\d+))? (\d+)\.(\d+)$/.exec(found) ?? [];
  const place = { at: Number(at), output: Number(output) };
  if (kind === "inside") return { kind, ...place };
  if (kind === "carry") return { kind, ...place, lag: Number(lag), initial: values.slice(0, Number(lag)) };
  const [value] = values;
  if (value === undefined) return undefined;
  const different = new Set(values).size;
  // Numbers that differ have made the operations differ.
  if (different === 1 || values.every((t) => numberOf(t) !== undefined)) return { kind: "same", value };
  // A value that some repetitions share and others do not would be drawn as what it is not.
  if (different < values.length || !isSeries(values)) return undefined;
  return { kind: "each", values };
}
