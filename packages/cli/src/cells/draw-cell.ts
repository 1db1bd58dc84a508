import { label, record, zeros, type Tape } from "@tapeloop/core";
import { toDot, type DotOptions } from "@tapeloop/dot";
import { unroll, type Cell, type CellSizes } from "@tapeloop/nn";

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
  const { sizes, batch, unrolled, rankdir = "LR" } = settings;
  const steps =
    unrolled === undefined ? "one time step" : `${unrolled} time step${unrolled === 1 ? "" : "s"}`;
  const tape =
    unrolled === undefined ? tapeOfStep(cell, sizes, batch) : tapeOfLoop(cell, sizes, batch, unrolled);
  return toDot(tape, { title: `${cell.name}, ${steps}`, rankdir });
}

function tapeOfStep(cell: Cell, sizes: CellSizes, batch: number): Tape {
  const x = label(zeros([batch, sizes.input]), "x");
  return record(
    (params, state, input) => cell.step(params, state, input),
    cell.init(sizes, 0),
    cell.state(sizes, batch),
    x,
  ).tape;
}

function tapeOfLoop(cell: Cell, sizes: CellSizes, batch: number, length: number): Tape {
  const xs = label(zeros([length, batch, sizes.input]), "xs");
  return record(
    (params, state, inputs) => unroll(cell, params, inputs, { state, sizes, mode: "loop" }),
    cell.init(sizes, 0),
    cell.state(sizes, batch),
    xs,
  ).tape;
}
