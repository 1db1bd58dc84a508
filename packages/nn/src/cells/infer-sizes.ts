import {
  ArgumentError,
  checkNumber,
  createRng,
  formatShape,
  randomKey,
  ShapeError,
  trace,
  treeLeaves,
  type TapeloopError,
  type Tree,
} from "@tapeloop/core";
import { checkCell, type Cell } from "./cell.js";
import type { CellSizes } from "./sizes.js";

type AnyCell = Pick<Cell, "name" | "init">;

const known = new WeakMap<AnyCell, Map<string, CellSizes | undefined>>();

/**
 * The sizes that a cell's parameters were made with, so that `unroll` needs only the parameters: the one hidden size
 * with which the cell's own initialiser, run on shapes alone, gives parameters of these names and shapes.
 *
 * @param input features per time step of the data
 * @throws ShapeError when the parameters were made for another input size, ArgumentError when they are another
 *   cell's, or when the cell has further sizes
 */
export function sizesOf<P extends Tree>(cell: Cell<P>, params: NoInfer<P>, input: number): CellSizes {
  checkCell("sizesOf", cell);
  checkNumber(cell.name, "input", input);
  const sizes = inferSizes(cell, params, input);
  if (sizes === undefined) throw explain(cell, params, input);
  return sizes;
}

/** As {@link sizesOf}, but `undefined` where that throws. Remembered by shapes. */
export function inferSizes(cell: AnyCell, params: Tree, input: number): CellSizes | undefined {
  const given = layoutOf(params);
  const key = [input, ...given.map(({ path, shape }) => `${path} ${shape.join("x")}`)].join("|");
  const memo = known.get(cell) ?? new Map<string, CellSizes | undefined>();
  known.set(cell, memo);
  if (!memo.has(key)) memo.set(key, onlyFit(cell, given, input));
  return memo.get(key);
}

/** Name and shape of one parameter. */
interface Entry {
  readonly path: string;
  readonly shape: readonly number[];
}

function layoutOf(params: Tree): Entry[] {
  return treeLeaves(params).map(({ path, tensor }) => ({ path, shape: tensor.shape }));
}

/** The sizes that fit, if just one hidden size does. */
function onlyFit(cell: AnyCell, given: readonly Entry[], input: number): CellSizes | undefined {
  const axes = axesOf(given);
  const fits = (hidden: number): boolean => reproduces(cell, { input, hidden }, given);
  // If a size that occurs nowhere fits, the parameters say nothing about the hidden size.
  if (fits(Math.max(0, ...axes) + 1)) return undefined;
  // Gates may be packed side by side, or h beside x.
  const fitting = whole(axes.flatMap((n) => [n, n - input, n / 2, n / 3, n / 4])).filter(fits);
  const [hidden] = fitting;
  return hidden !== undefined && fitting.length === 1 ? { input, hidden } : undefined;
}

function axesOf(given: readonly Entry[]): number[] {
  return whole(given.flatMap(({ shape }) => shape));
}

function whole(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].filter((n) => Number.isInteger(n) && n >= 1);
}

function reproduces(cell: AnyCell, sizes: CellSizes, given: readonly Entry[]): boolean {
  const made = initialLayout(cell, sizes);
  return made !== undefined && textOf(made) === textOf(given);
}

/** What the initialiser would make, found by tracing it; `undefined` if it cannot run with these sizes alone. */
function initialLayout(cell: AnyCell, sizes: CellSizes): Entry[] | undefined {
  let made: Entry[] | undefined;
  try {
    trace(
      ([key]) => {
        made = layoutOf(cell.init(sizes, createRng(key ?? randomKey(0))));
        return [];
      },
      [{ shape: [2], dtype: "int32" }],
    );
  } catch {
    // An initialiser that wants further sizes, or looks at values: then the sizes have to be given.
    return undefined;
  }
  return made;
}

function textOf(entries: readonly Entry[]): string {
  return entries.map(({ path, shape }) => `${path || "one tensor"} ${formatShape(shape)}`).join(", ");
}

/** Why no hidden size fits. */
function explain(cell: AnyCell, params: Tree, input: number): TapeloopError {
  const given = layoutOf(params);
  const names = (entries: readonly Entry[]): string => entries.map(({ path }) => path).join(", ");
  const axes = axesOf(given);
  const made = initialLayout(cell, { input, hidden: 1 });
  if (made !== undefined && names(made) !== names(given)) {
    return new ArgumentError(
      `${cell.name}: got parameters { ${names(given)} }, expected { ${names(made)} }; are they another cell's?`,
    );
  }
  const others = whole(axes.flatMap((n) => [n, ...axes.map((hidden) => n - hidden)]));
  const fitting = others.find((other) => onlyFit(cell, given, other) !== undefined);
  if (fitting !== undefined) {
    return new ShapeError(
      `${cell.name}: got data with ${input} features per time step, expected ${fitting}: the parameters are for that`,
    );
  }
  return new ArgumentError(
    `${cell.name}: got parameters ${textOf(given) || "without tensors"}, from which its hidden size does not follow; ` +
      "pass the option sizes, or state",
  );
}
