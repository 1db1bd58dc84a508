import { ArgumentError } from "@tapeloop/core";
import { promoted } from "../subject.js";
import { createRandom } from "../random.js";
import type { Verdict } from "../verdict.js";
import { batchSize, placeAxes, type BatchAxes } from "./batch-axes.js";
import { formatIndependence } from "./batch-text.js";
import { createDependence, type Dependence, type Rows, type Touched } from "./dependence.js";
import { startCheck, type CrossOptions } from "./start.js";

/** Settings of {@link batchIndependence}. */
export interface BatchIndependenceOptions extends CrossOptions {
  /**
   * Where the batch lies in the inputs: one axis for all tensors, or one for each argument: a number, `null` for one that
   * the batch shares (parameters), or a tree of these. In column layout, for instance, `[null, 1]`.
   */
  readonly axis: BatchAxes;
  /** Where the batch lies in the result; by default `axis`, if that is a number, or else the first number in it. */
  readonly outAxis?: BatchAxes;
}

/** A result, and the inputs of other elements of the batch on which it depends. */
export interface BatchInfluence {
  /** Such as `result.h`. */
  readonly outputPath: string;
  /** Element of the batch; `undefined` for a result that has no axis of the batch. */
  readonly output: number | undefined;
  readonly inputPath: string;
  /** The other elements on which it depends, ascending. */
  readonly inputs: readonly number[];
  /** How it was found: a derivative that is not zero, or a value that changed. */
  readonly by: "derivative" | "value";
}

/** What {@link batchIndependence} found. */
export interface BatchIndependenceReport {
  readonly pass: boolean;
  readonly verdict: Verdict;
  /** Elements of the batch. */
  readonly batch: number;
  /** Examples of what depends on what; all there is for batches of up to 16. Empty if nothing is mixed. */
  readonly influences: readonly BatchInfluence[];
  /** Results that have no axis of the batch, but depend on it: something sums or averages over the batch. */
  readonly unbatched: readonly string[];
  /** For batches of up to 16: which input (column) each result (row) depends on. */
  readonly matrix: readonly (readonly boolean[])[] | undefined;
  /** Why the verdict is neither pass nor fail. */
  readonly problem: string;
  toString(): string;
}

/** Up to this size every element is looked at by itself. */
const SMALL = 16;

/**
 * Proves that result i of a batch depends on input i alone, by derivatives (reverse sweeps from a part of the results) and
 * by values (a finite change of a part of the inputs), as a derivative may vanish by chance.
 *
 * Large batches are split in two by each bit of the element's number: any two elements are on different sides once, so
 * 2·log₂(batch) sweeps and as many evaluations cover all pairs. What is found is then traced to elements.
 *
 * @throws ArgumentError for what is no function, inputs without float64 tensors or with NaN, and axes that do not fit
 * @throws ShapeError when the axes of the batch differ in size
 * @throws DtypeError for float32 inputs, unless `promote` is set, and for float32 results
 */
export function batchIndependence<Args extends readonly unknown[]>(
  fn: (...args: Args) => unknown,
  inputs: NoInfer<Args>,
  options: BatchIndependenceOptions,
): BatchIndependenceReport {
  const where = "batchIndependence";
  const { axis, seed = 0, promote = false } = expectOptions(where, options);
  startCheck(where, fn, inputs, options);
  const given = promote ? promoted(inputs) : inputs;
  const size = batchSize(where, placeAxes(where, given, axis, "inputs"));
  const outputs = options.outAxis ?? firstNumber(axis) ?? 0;
  const axes = { inputs: axis, outputs, size };
  if (size < 2)
    return report({
      size,
      problem: `the batch has ${size} element${size === 1 ? "" : "s"}, expected two or more`,
    });
  const ask = createDependence(where, fn, given, axes, createRandom(seed));
  const unbatched = ask.outputs.some((out) => out.axis === undefined) ? fromUnbatched(ask) : [];
  const hasBatch = ask.outputs.some((out) => out.axis !== undefined);
  const found = !hasBatch ? NOTHING : size <= SMALL ? everyPair(ask, size) : byBits(ask, size);
  if (!found.isAlive && unbatched.length === 0)
    return report({ size, problem: "no result depends on any element of the batch" });
  return report({
    size,
    influences: [...unbatched, ...found.influences],
    unbatched: [...new Set(unbatched.map(({ outputPath }) => outputPath))],
    matrix: found.matrix,
  });
}

/** Untyped callers may leave the axis out. */
function expectOptions<T extends object>(where: string, options: T | undefined): T {
  if (options !== undefined && "axis" in options) return options;
  throw new ArgumentError(`${where}: got no axis, expected that of the batch in the inputs`);
}

interface Found {
  readonly influences: BatchInfluence[];
  readonly matrix?: boolean[][] | undefined;
  /** Whether anything depends on anything. */
  readonly isAlive: boolean;
}

const NOTHING: Found = { influences: [], isAlive: false };

const all: Rows = () => true;
const only =
  (row: number): Rows =>
  (r) =>
    r === row;

/** Results without an axis of the batch must not depend on the batch at all. */
function fromUnbatched(ask: Dependence): BatchInfluence[] {
  const paths = ask.outputs.filter(({ axis }) => axis === undefined).map(({ path }) => path);
  const reached = grouped(ask.reached("unbatched"));
  const changed = ask.moved(all).filter(({ row }) => row === undefined);
  const [first] = paths;
  const outputPath = first ?? "result";
  const derived = reached.map(([inputPath, inputs]): BatchInfluence => ({
    ...{ outputPath: paths.join(", ") || outputPath, output: undefined, inputPath, inputs, by: "derivative" },
  }));
  if (derived.length > 0) return derived;
  const [source] = ask.inputs.filter(({ axis }) => axis !== undefined);
  return changed.map(({ path }) => ({
    ...{ outputPath: path, output: undefined, inputPath: source?.path ?? "inputs", inputs: [], by: "value" },
  }));
}

/** One sweep and one evaluation for each element. */
function everyPair(ask: Dependence, size: number): Found {
  const matrix = Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
  const influences: BatchInfluence[] = [];
  const mark = (output: number | undefined, input: number | undefined): void => {
    const row = matrix[output ?? -1];
    if (row !== undefined && input !== undefined) row[input] = true;
  };
  for (let i = 0; i < size; i++) {
    const reached = ask.reached(only(i));
    for (const { row } of reached) mark(i, row);
    for (const [inputPath, rows] of grouped(reached)) {
      const inputs = rows.filter((r) => r !== i);
      if (inputs.length > 0)
        influences.push({ outputPath: pathsOf(ask), output: i, inputPath, inputs, by: "derivative" });
    }
  }
  for (let j = 0; j < size; j++) {
    for (const { row, path } of ask.moved(only(j))) {
      if (row === undefined) continue;
      const isNew = matrix[row]?.[j] === false;
      mark(row, j);
      if (isNew && row !== j)
        influences.push({
          outputPath: path,
          output: row,
          inputPath: sourcesOf(ask),
          inputs: [j],
          by: "value",
        });
    }
  }
  return { influences, matrix, isAlive: matrix.some((row) => row.includes(true)) };
}

/** Any two elements differ in a bit. */
function byBits(ask: Dependence, size: number): Found {
  let isAlive = false;
  for (let bit = 1; bit < size; bit *= 2) {
    for (const side of [0, bit]) {
      const inside: Rows = (row) => (row & bit) === side;
      const outside = (t: Touched): boolean => t.row !== undefined && !inside(t.row);
      const reached = ask.reached(inside);
      const moved = ask.moved(inside);
      isAlive ||= reached.length > 0 || moved.length > 0;
      const [stray] = reached.filter(outside);
      if (stray?.row !== undefined)
        return { influences: trace(ask, size, inside, stray.row, "derivative"), isAlive };
      const [changed] = moved.filter(outside);
      if (changed?.row !== undefined)
        return { influences: trace(ask, size, inside, changed.row, "value"), isAlive };
    }
  }
  return { influences: [], isAlive };
}

/**
 * From "some element of a part has to do with this one" to elements, by halving the part.
 *
 * @param row by "derivative", the input on which a result of the part depends; by "value", the result that an input of
 *   the part changes
 */
function trace(
  ask: Dependence,
  size: number,
  part: Rows,
  row: number,
  by: "derivative" | "value",
): BatchInfluence[] {
  let rows = Array.from({ length: size }, (_, r) => r).filter(part);
  while (rows.length > 1) {
    const half = new Set(rows.slice(0, rows.length >> 1));
    const isIn: Rows = (r) => half.has(r);
    const touched = by === "derivative" ? ask.reached(isIn) : ask.moved(isIn);
    rows = touched.some((t) => t.row === row) ? [...half] : rows.slice(rows.length >> 1);
  }
  const [culprit = row] = rows;
  const output = by === "derivative" ? culprit : row;
  const outputPath = pathsOf(ask);
  const found = grouped(ask.reached(only(output)))
    .map(([inputPath, inputs]) => [inputPath, inputs.filter((r) => r !== output)] as const)
    .filter(([, inputs]) => inputs.length > 0);
  if (found.length > 0)
    return found.map(([inputPath, inputs]) => ({ outputPath, output, inputPath, inputs, by: "derivative" }));
  return [{ outputPath, output, inputPath: sourcesOf(ask), inputs: [culprit], by }];
}

function pathsOf(ask: Dependence): string {
  return ask.outputs.flatMap(({ path, axis }) => (axis === undefined ? [] : [path])).join(", ");
}

function sourcesOf(ask: Dependence): string {
  return ask.inputs.flatMap(({ path, axis }) => (axis === undefined ? [] : [path])).join(", ");
}

/** Rows by path, ascending. */
function grouped(touched: readonly Touched[]): [string, number[]][] {
  const groups = new Map<string, number[]>();
  for (const { path, row } of touched) {
    if (row === undefined) continue;
    const rows = groups.get(path);
    if (rows === undefined) groups.set(path, [row]);
    else rows.push(row);
  }
  return [...groups].map(([path, rows]) => [path, rows.sort((a, b) => a - b)]);
}

/** The first axis in a tree of axes. */
function firstNumber(axes: BatchAxes): number | undefined {
  if (typeof axes === "number" || axes === null) return axes ?? undefined;
  for (const branch of Object.values(axes)) {
    const found = firstNumber(branch);
    if (found !== undefined) return found;
  }
  return undefined;
}

function report({
  size,
  influences = [],
  unbatched = [],
  matrix,
  problem = "",
}: {
  readonly size: number;
  readonly influences?: readonly BatchInfluence[];
  readonly unbatched?: readonly string[];
  readonly matrix?: readonly (readonly boolean[])[] | undefined;
  readonly problem?: string;
}): BatchIndependenceReport {
  const verdict: Verdict = influences.length > 0 ? "fail" : problem === "" ? "pass" : "inconclusive";
  const sum = { pass: verdict === "pass", verdict, batch: size, influences, unbatched, matrix, problem };
  return { ...sum, toString: () => formatIndependence(sum) };
}
