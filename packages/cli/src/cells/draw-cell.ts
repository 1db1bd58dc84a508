import {
  index,
  label,
  record,
  square,
  sum,
  timeStep,
  treeLeaves,
  valueAndGrad,
  zeros,
  type Tape,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import { toDot, type DotOptions } from "@tapeloop/dot";
import { unroll, type Cell, type CellSizes, type StepResult } from "@tapeloop/nn";

/** What is drawn. */
export interface DrawSettings {
  readonly sizes: CellSizes;
  readonly batch: number;
  /** Time steps to draw one after the other; without it, the step alone. */
  readonly unrolled?: number | undefined;
  readonly rankdir?: DotOptions["rankdir"];
  /** Whether to draw the cell over time as one loop, and beside it the gradient of L = Σ y² after the last step. */
  readonly backward?: boolean | undefined;
  readonly maxNodes?: number | undefined;
}

/** Steps of the loop whose gradient is drawn; the drawing is the same for any number. */
const STEPS = 24;

/** A tape to be drawn, and how. */
export interface CellTape {
  readonly tape: Tape;
  readonly options: DotOptions & { readonly title: string };
}

/** One step of a cell on a tape, or several. */
export function cellTape(cell: Cell, settings: DrawSettings): CellTape {
  const { sizes, batch, unrolled, rankdir = "LR", maxNodes, backward = false } = settings;
  if (backward) {
    const length = unrolled ?? STEPS;
    const title = `${cell.name}, ${length} time steps and the gradient of L = Σ y² after the last`;
    const options = {
      title,
      rankdir,
      backward: "beside",
      ...(maxNodes !== undefined && { maxNodes }),
    } as const;
    return { tape: tapeOfGradient(cell, sizes, batch, length), options };
  }
  const tape =
    unrolled === undefined ? tapeOfStep(cell, sizes, batch) : tapeOfLoop(cell, sizes, batch, unrolled);
  const steps =
    unrolled === undefined ? "one time step" : `${unrolled} time step${unrolled === 1 ? "" : "s"}`;
  const title = `${cell.name}, ${steps}`;
  return { tape, options: { title, rankdir, unrolled: true, ...(maxNodes !== undefined && { maxNodes }) } };
}

/** The DOT graph of one step of a cell, or of several. Equal cells and settings give equal bytes. */
export function drawCell(cell: Cell, settings: DrawSettings): string {
  const { tape, options } = cellTape(cell, settings);
  return toDot(tape, options);
}

function tapeOfStep(cell: Cell, sizes: CellSizes, batch: number): Tape {
  const step = (params: Tree, state: Tree, x: Tensor): readonly Tensor[] => {
    const result = cell.step(params, state, x);
    return named(result.state, [{ output: result.output, name: "output" }], "′");
  };
  const x = label(zeros([batch, sizes.input]), "x");
  return record(step, cell.init(sizes, 0), cell.state(sizes, batch), x).tape;
}

function tapeOfGradient(cell: Cell, sizes: CellSizes, batch: number, length: number): Tape {
  const loss = (params: Tree, xs: Tensor): Tensor => {
    const start = cell.state(sizes, batch);
    const { outputs } = unroll(cell, params, xs, { state: start, sizes });
    return label(sum(square(index(outputs, length - 1))), "L");
  };
  const xs = label(zeros([length, batch, sizes.input]), "x");
  return record(valueAndGrad(loss), cell.init(sizes, 0), xs).tape;
}

/** Each step has an input of its own, for `unstack` and `stack` around the loop would hide what it does. */
function tapeOfLoop(cell: Cell, sizes: CellSizes, batch: number, length: number): Tape {
  const loop = (params: Tree, start: Tree, xs: readonly Tensor[]): readonly Tensor[] => {
    let state = start;
    const outputs = xs.map((x, t) => {
      const result: StepResult<Tree> = timeStep(t, () => cell.step(params, state, x));
      state = result.state;
      return { output: result.output, name: `output ${t}` };
    });
    return named(state, outputs, ` ${length - 1}`);
  };
  const xs = Array.from({ length }, (_, t) => label(zeros([batch, sizes.input]), `x ${t}`));
  return record(loop, cell.init(sizes, 0), cell.state(sizes, batch), xs).tape;
}

/** State and outputs, each tensor once and with a name; an output that is a part of the state has both names. */
function named(
  state: Tree,
  outputs: readonly { readonly output: Tensor; readonly name: string }[],
  suffix: string,
): readonly Tensor[] {
  const names = new Map<Tensor, string>();
  for (const { path, tensor } of treeLeaves(state)) names.set(tensor, `${path || "state"}${suffix}`);
  for (const { output, name } of outputs) {
    const known = names.get(output);
    names.set(output, known === undefined ? name : `${known}, ${name}`);
  }
  for (const [tensor, name] of names) tensor.label ??= name;
  return [...names.keys()];
}
