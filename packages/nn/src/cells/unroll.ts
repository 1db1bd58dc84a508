import {
  ArgumentError,
  broadcastTo,
  cast,
  formatShape,
  index,
  isFloat,
  permute,
  scan,
  scope,
  ShapeError,
  stack,
  timeStep,
  treeMap,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import type { Cell, CellSizes } from "./cell.js";
import { sizesOf } from "./sizes.js";

/** Options of {@link unroll}. */
export interface UnrollOptions<State extends Tree> {
  /**
   * The state before the first step: given, carried over from an earlier call, or learned (a parameter). Axes of
   * size 1 stretch to the batch. By default the cell's own.
   */
  readonly state?: State;
  /** Sizes of the cell; by default inferred from the parameters. */
  readonly sizes?: CellSizes;
  /** From the last time step to the first; outputs stay in the order of xs. */
  readonly reverse?: boolean;
  /** "scan" (the default) records the loop as one node; "loop" records every step, marked with its time step. */
  readonly mode?: "scan" | "loop";
  /** "rows" (the default): xs [time, batch, input]. "columns": xs [time, input, batch], outputs and state alike. */
  readonly layout?: "rows" | "columns";
}

/** What {@link unroll} returns. */
export interface Unrolled<State extends Tree> {
  /** Output of every time step, [time, batch, features]. */
  readonly outputs: Tensor;
  /** State after the last step walked. */
  readonly state: State;
}

/**
 * Runs a cell over time, many-to-many. xs [time, batch, input] → outputs [time, batch, features] and the last state.
 *
 * @throws ShapeError unless xs has rank 3, or when the state changes its shape; ArgumentError when sizes cannot be
 *   inferred
 */
export function unroll<P extends Tree, S extends Tree>(
  cell: Cell<P, S>,
  params: P,
  xs: Tensor,
  options: UnrollOptions<S> = {},
): Unrolled<S> {
  if (xs.rank !== 3) {
    throw new ShapeError(`${cell.name}: got data ${formatShape(xs.shape)}, expected [time, batch, input]`);
  }
  if (options.layout === "columns") {
    const { layout: _, ...rest } = options;
    const given = rest.state === undefined ? {} : { state: treeMap(rest.state, swapLast) };
    const { outputs, state } = unroll(cell, params, swapLast(xs), { ...rest, ...given });
    return { outputs: swapLast(outputs), state: treeMap(state, swapLast) };
  }
  const [, batch = 0, input = 0] = xs.shape;
  const state = startState(cell, params, { batch, input, dtype: xs.dtype }, options);
  return options.mode === "loop" ? loop(cell, params, state, xs, options) : scanned(cell, params, state, xs, options);
}

/** Output after the whole sequence, [batch, features]. xs [time, batch, input]. Throws ShapeError for no time steps. */
export function manyToOne<P extends Tree, S extends Tree>(
  cell: Cell<P, S>,
  params: P,
  xs: Tensor,
  options: UnrollOptions<S> = {},
): Tensor {
  const { outputs } = unroll(cell, params, xs, options);
  const length = outputs.shape[0] ?? 0;
  if (length === 0) throw new ShapeError(`${cell.name}: got no time steps, expected at least one`);
  return index(outputs, options.reverse === true ? 0 : length - 1);
}

/** Options of {@link oneToMany}. */
export interface OneToManyOptions<State extends Tree> extends Pick<UnrollOptions<State>, "state" | "sizes"> {
  /** Time steps to produce, at least 1. */
  readonly length: number;
  /** The next step's input from this step's output, [batch, features] → [batch, input]; zeros by default. */
  readonly feedback?: (output: Tensor) => Tensor;
}

/** One input, then a sequence: x [batch, input] enters at the first step. Outputs [time, batch, features]. */
export function oneToMany<P extends Tree, S extends Tree>(
  cell: Cell<P, S>,
  params: P,
  x: Tensor,
  { length, feedback = (): Tensor => x.mul(0), ...options }: OneToManyOptions<S>,
): Unrolled<S> {
  if (x.rank !== 2) throw new ShapeError(`${cell.name}: got ${formatShape(x.shape)}, expected x [batch, input]`);
  if (!Number.isSafeInteger(length) || length < 1) {
    throw new ArgumentError(`${cell.name}: got length ${length}, expected a whole number ≥ 1`);
  }
  const [batch = 0, input = 0] = x.shape;
  const start = startState(cell, params, { batch, input, dtype: x.dtype }, options);
  const [{ state }, outputs] = scan(
    (carry: { readonly state: S; readonly x: Tensor }) => {
      const { state: next, output } = cell.step(params, carry.state, carry.x);
      return [{ state: next, x: feedback(output) }, output] as const;
    },
    { state: start, x },
    null,
    { length },
  );
  return { outputs, state };
}

interface Data {
  readonly batch: number;
  readonly input: number;
  readonly dtype: Tensor["dtype"];
}

/** The given state stretched to the batch, or the cell's own; its floats in the dtype of the data. */
function startState<P extends Tree, S extends Tree>(
  cell: Cell<P, S>,
  params: P,
  { batch, input, dtype }: Data,
  options: UnrollOptions<S>,
): S {
  if (options.state !== undefined) {
    return treeMap(options.state, (t) => (t.shape[0] === 1 && batch !== 1 ? broadcastTo(t, [batch, ...t.shape.slice(1)]) : t));
  }
  const state = cell.state(options.sizes ?? sizesOf(cell, params, input), batch);
  return treeMap(state, (t) => (isFloat(t.dtype) && isFloat(dtype) ? cast(t, dtype) : t));
}

function scanned<P extends Tree, S extends Tree>(
  cell: Cell<P, S>,
  params: P,
  start: S,
  xs: Tensor,
  { reverse = false }: UnrollOptions<S>,
): Unrolled<S> {
  const [state, outputs] = scan(
    (carry: S, x: Tensor) => {
      const { state: next, output } = cell.step(params, carry, x);
      return [next, output] as const;
    },
    start,
    xs,
    { reverse },
  );
  return { outputs, state };
}

function loop<P extends Tree, S extends Tree>(
  cell: Cell<P, S>,
  params: P,
  start: S,
  xs: Tensor,
  { reverse = false }: UnrollOptions<S>,
): Unrolled<S> {
  const length = xs.shape[0] ?? 0;
  if (length === 0) throw new ShapeError(`${cell.name}: got no time steps, expected at least one in mode "loop"`);
  const outputs: Tensor[] = [];
  let state = start;
  for (let k = 0; k < length; k++) {
    const t = reverse ? length - 1 - k : k;
    const result = timeStep(t, () => cell.step(params, state, index(xs, t)));
    state = result.state;
    outputs[t] = result.output;
  }
  return { outputs: scope(cell.name, () => stack(outputs, 0)), state };
}

/** Between [batch, features] and [features, batch], behind any leading axes. */
function swapLast(t: Tensor): Tensor {
  const axes = t.shape.map((_, i) => i);
  return t.rank < 2 ? t : permute(t, [...axes.slice(0, -2), t.rank - 1, t.rank - 2]);
}
