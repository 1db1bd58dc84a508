import {
  ArgumentError,
  createRng,
  index,
  scan,
  stack,
  timeStep,
  treeLeaves,
  treeTensors,
  treeUnflatten,
  type Rng,
  type Tensor,
  type Tree,
} from "@tapeloop/core";

/**
 * A recurrent cell, by its structure: what `defineCell` of @tapeloop/nn makes (with `init`), or the bare definition (with
 * `params`).
 */
export interface CellLike<Params = Tree, State = Tree, Sizes = object> {
  /** Shown in reports. */
  readonly name: string;
  /** Fresh parameters; one of `init` and `params` is needed. */
  init?(sizes: Sizes, seed: number): Params;
  params?(sizes: Sizes, rng: Rng): Params;
  /** The state before the first step, [batch, …]. */
  state(sizes: Sizes, batch: number): State;
  /** One time step. x [batch, input]; output [batch, …]. */
  step(params: Params, state: State, x: Tensor): CellStep<State>;
}

/** What one time step gives. */
export interface CellStep<State> {
  readonly state: State;
  readonly output: Tensor;
}

/** What a run over time gives. */
export interface Run<State> {
  /** [time, batch, …] */
  readonly outputs: Tensor;
  /** After the last step. */
  readonly state: State;
}

/** Fresh parameters. */
export function freshParams<Params, State, Sizes>(
  cell: CellLike<Params, State, Sizes>,
  sizes: Sizes,
  seed: number,
): Params {
  if (cell.init !== undefined) return cell.init(sizes, seed);
  if (cell.params !== undefined) return cell.params(sizes, createRng(seed));
  throw new ArgumentError(`${cell.name} has neither init nor params, expected one of them`);
}

/** The cell over time as one scan. xs [time, batch, input] */
export function runScan<Params, State>(
  cell: CellLike<Params, State, never>,
  params: Params,
  state: State,
  xs: Tensor,
): Run<State> {
  return scanned((s, x: Tensor) => cell.step(params, s, x), state, xs);
}

/** As {@link runScan}, with parameters of its own for each step: trees of [time, …], stacked. */
export function runStepwise<Params, State>(
  cell: CellLike<Params, State, never>,
  stacked: Params,
  state: State,
  xs: Tensor,
): Run<State> {
  const step = (s: State, [params, x]: readonly [readonly Tensor[], Tensor]) =>
    cell.step(treeUnflatten(stacked, params), s, x);
  return scanned(step, state, [treeTensors(stacked), xs] as const);
}

/** A scan whose carry has the names of the state, whatever type the state has. */
function scanned<State, X extends Tree>(
  step: (state: State, x: X) => CellStep<State>,
  state: State,
  xs: X,
): Run<State> {
  const leaves = treeLeaves(state);
  const names = leaves.map(({ path }, i) => path || `state${i}`);
  const named = (tensors: readonly Tensor[]) =>
    Object.fromEntries(tensors.map((t, i) => [names[i] ?? "", t] as const));
  const rebuilt = (carry: Readonly<Record<string, Tensor>>): State =>
    treeUnflatten(
      state,
      leaves.map(({ tensor }, i) => carry[names[i] ?? ""] ?? tensor),
    );
  const body = (carry: Readonly<Record<string, Tensor>>, x: X) => {
    const { state: next, output } = step(rebuilt(carry), x);
    return [named(treeTensors(next)), output] as const;
  };
  const [last, outputs] = scan(body, named(leaves.map(({ tensor }) => tensor)), xs);
  return { outputs, state: rebuilt(last) };
}

/** The cell over time, step by step. */
export function runLoop<Params, State>(
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
