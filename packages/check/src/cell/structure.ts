import {
  ArgumentError,
  createRng,
  index,
  scan,
  stack,
  timeStep,
  type Rng,
  type Tensor,
  type Tree,
} from "@tapeloop/core";

/**
 * A recurrent cell, by its structure: what `defineCell` of @tapeloop/nn makes (with `init`), or the bare definition (with
 * `params`).
 */
export interface CellLike<Params extends Tree = Tree, State extends Tree = Tree, Sizes = object> {
  /** Shown in reports. */
  readonly name: string;
  /** Fresh parameters; one of `init` and `params` is needed. */
  init?(sizes: Sizes, seed: number): Params;
  params?(sizes: Sizes, rng: Rng): Params;
  /** The state before the first step, [batch, …]. */
  state(sizes: Sizes, batch: number): State;
  /** One time step. x [batch, input]; output [batch, …]. */
  step(params: Params, state: State, x: Tensor): { readonly state: State; readonly output: Tensor };
}

/** What a run over time gives. */
export interface Run<State extends Tree> {
  /** [time, batch, …] */
  readonly outputs: Tensor;
  /** After the last step. */
  readonly state: State;
}

/** Fresh parameters. Throws ArgumentError for a cell that cannot make any. */
export function freshParams<Params extends Tree, State extends Tree, Sizes>(
  cell: CellLike<Params, State, Sizes>,
  sizes: Sizes,
  seed: number,
): Params {
  if (cell.init !== undefined) return cell.init(sizes, seed);
  if (cell.params !== undefined) return cell.params(sizes, createRng(seed));
  throw new ArgumentError(`checkCell: ${cell.name} has neither init nor params, expected one of them`);
}

/** The cell over time as one scan. xs [time, batch, input] */
export function runScan<Params extends Tree, State extends Tree>(
  cell: CellLike<Params, State, never>,
  params: Params,
  state: State,
  xs: Tensor,
): Run<State> {
  const [last, outputs] = scan((s: State, x: Tensor) => pairOf(cell.step(params, s, x)), state, xs);
  return { outputs, state: last };
}

/** As {@link runScan}, with parameters of its own for each step: trees of [time, …], stacked. */
export function runStepwise<Params extends Tree, State extends Tree>(
  cell: CellLike<Params, State, never>,
  stacked: Params,
  state: State,
  xs: Tensor,
): Run<State> {
  const [last, outputs] = scan(
    (s: State, [params, x]: readonly [Params, Tensor]) => pairOf(cell.step(params, s, x)),
    state,
    [stacked, xs] as const,
  );
  return { outputs, state: last };
}

/** The cell over time, step by step. */
export function runLoop<Params extends Tree, State extends Tree>(
  cell: CellLike<Params, State, never>,
  params: Params,
  state: State,
  xs: Tensor,
): Run<State> {
  const outputs: Tensor[] = [];
  let now = state;
  for (let t = 0; t < (xs.shape[0] ?? 0); t++) {
    const result = timeStep(t, () => cell.step(params, now, index(xs, t)));
    outputs.push(result.output);
    now = result.state;
  }
  return { outputs: stack(outputs), state: now };
}

function pairOf<State extends Tree>({
  state,
  output,
}: {
  readonly state: State;
  readonly output: Tensor;
}): readonly [State, Tensor] {
  return [state, output];
}

/** Throws ArgumentError for what is no cell. */
export function expectCell(cell: unknown): void {
  const isRecord = typeof cell === "object" && cell !== null;
  const lacks = ["name", "state", "step"].filter((key) => !isRecord || !(key in cell));
  if (lacks.length === 0) return;
  const got = isRecord ? `an object without ${lacks.join(" and ")}` : typeof cell;
  throw new ArgumentError(
    `checkCell: got ${got}, expected a cell { name, init or params, state, step }, such as defineCell makes`,
  );
}
