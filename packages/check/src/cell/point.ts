import {
  ArgumentError,
  fromTypedArray,
  isFloat,
  isTensor,
  treeLeaves,
  treeMap,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import { createRandom, type Random } from "../random.js";
import { freshParams, type CellLike } from "./structure.js";

/** Where a cell is looked at, in float64. */
export interface Point<Params extends Tree, State extends Tree> {
  readonly params: Params;
  readonly state: State;
  /** [time, batch, input] */
  readonly xs: Tensor;
}

/** How far parameters and state are moved from where the cell starts them, which may be special points such as zero. */
const SPREAD = 0.1;

/** Standard normal data, and parameters and state near those that the cell starts with. */
export function samplePoint<
  Params extends Tree,
  State extends Tree,
  Sizes extends { readonly input: number },
>(
  cell: CellLike<Params, State, Sizes>,
  sizes: Sizes,
  { time, batch, seed }: { readonly time: number; readonly batch: number; readonly seed: number },
): Point<Params, State> {
  const random = createRandom(seed);
  const moved = <T extends Tree>(tree: T): T =>
    treeMap(tree, (t) => (isFloat(t.dtype) ? drawn(random, t.shape, SPREAD, t) : t));
  return {
    params: moved(freshParams(cell, sizes, seed)),
    state: moved(cell.state(sizes, batch)),
    xs: drawn(random, [time, batch, sizes.input], 1),
  };
}

function drawn(random: Random, shape: readonly number[], spread: number, around?: Tensor): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float64Array.from(
    { length: size },
    (_, i) => (around?.data[i] ?? 0) + spread * random.normal(),
  );
  return fromTypedArray(values, shape);
}

/** Throws ArgumentError unless `sizes` has whole numbers ≥ 1, among them `input`. */
export function expectSizes(sizes: unknown): void {
  const isRecord = typeof sizes === "object" && sizes !== null && !isTensor(sizes);
  const input: unknown = isRecord && "input" in sizes ? sizes.input : undefined;
  if (typeof input === "number" && Number.isSafeInteger(input) && input >= 1) return;
  throw new ArgumentError(
    `checkCell: got sizes ${isRecord ? JSON.stringify(sizes) : typeof sizes}, expected those of the cell, with input ≥ 1`,
  );
}

/** Paths, shapes and dtypes of a tree: what a state must keep from step to step. */
export function typesOf(tree: Tree, root: string): string[] {
  return treeLeaves(tree, root).map(
    ({ path, tensor }) => `${path} ${tensor.dtype} [${tensor.shape.join(", ")}]`,
  );
}
