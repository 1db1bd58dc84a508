import {
  label,
  record,
  timeStep,
  treeLeaves,
  zeros,
  type Tape,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import { toDot, type DotOptions } from "@tapeloop/dot";
import type { Cell, CellSizes, StepResult } from "@tapeloop/nn";

/** What is drawn. */
export interface DrawSettings {
  readonly sizes: CellSizes;
  readonly batch: number;
  /** Time steps to draw one after the other; without it, the step alone. */
  readonly unrolled?: number | undefined;
  readonly rankdir?: DotOptions["rankdir"];
}

/** The DOT graph of one step of a cell, or of several. Equal cells and settings give equal bytes. */
export function drawCell(cell: Cell, settings: DrawSettings): string {
  const { tape, title } = recordCell(cell, settings);
  return toDot(tape, { title, rankdir: settings.rankdir ?? "LR" });
}

/** The same as a page to explore it with. */
export async function exploreCell(cell: Cell, settings: DrawSettings): Promise<string> {
  const { tape, title } = recordCell(cell, settings);
  // Loaded when needed: the page holds Graphviz.
  const { toHtml } = await import("@tapeloop/dot/html");
  return toHtml(tape, { title });
}

function recordCell(
  cell: Cell,
  { sizes, batch, unrolled }: DrawSettings,
): { readonly tape: Tape; readonly title: string } {
  const tape =
    unrolled === undefined ? tapeOfStep(cell, sizes, batch) : tapeOfLoop(cell, sizes, batch, unrolled);
  const steps =
    unrolled === undefined ? "one time step" : `${unrolled} time step${unrolled === 1 ? "" : "s"}`;
  return { tape, title: `${cell.name}, ${steps}` };
}

function tapeOfStep(cell: Cell, sizes: CellSizes, batch: number): Tape {
  const step = (params: Tree, state: Tree, x: Tensor): readonly Tensor[] => {
    const result = cell.step(params, state, x);
    return named(result.state, [{ output: result.output, name: "output" }], "′");
  };
  const x = label(zeros([batch, sizes.input]), "x");
  return record(step, cell.init(sizes, 0), cell.state(sizes, batch), x).tape;
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
