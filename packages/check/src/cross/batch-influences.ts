import type { Dependence, Rows, Touched } from "./dependence.js";

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

/** Which results depend on which inputs. */
export interface Found {
  readonly influences: BatchInfluence[];
  readonly matrix?: boolean[][] | undefined;
  /** Whether anything depends on anything. */
  readonly isAlive: boolean;
}

export const NOTHING: Found = { influences: [], isAlive: false };

/** Results without an axis of the batch must not depend on the batch at all. */
export function fromUnbatched(ask: Dependence): BatchInfluence[] {
  const paths = ask.outputs.filter(({ axis }) => axis === undefined).map(({ path }) => path);
  const reached = grouped(ask.reached("unbatched"));
  const changed = ask.moved(() => true).filter(({ row }) => row === undefined);
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
export function everyPair(ask: Dependence, size: number): Found {
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

/** The part of the batch that is one element. */
export const only =
  (row: number): Rows =>
  (r) =>
    r === row;

/** The results that have an axis of the batch. */
export function pathsOf(ask: Dependence): string {
  return ask.outputs.flatMap(({ path, axis }) => (axis === undefined ? [] : [path])).join(", ");
}

/** The inputs that have an axis of the batch. */
export function sourcesOf(ask: Dependence): string {
  return ask.inputs.flatMap(({ path, axis }) => (axis === undefined ? [] : [path])).join(", ");
}

/** Rows by path, ascending. */
export function grouped(touched: readonly Touched[]): [string, number[]][] {
  const groups = new Map<string, number[]>();
  for (const { path, row } of touched) {
    if (row === undefined) continue;
    const rows = groups.get(path);
    if (rows === undefined) groups.set(path, [row]);
    else rows.push(row);
  }
  return [...groups].map(([path, rows]) => [path, rows.sort((a, b) => a - b)]);
}
