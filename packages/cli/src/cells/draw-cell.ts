import type { Tape } from "@tapeloop/core";
import { toDot, type DotOptions } from "@tapeloop/dot";
import type { Cell, CellSizes } from "@tapeloop/nn";
import { tapeOfLoop, tapeOfScan, tapeOfStep, type RecordSettings } from "./record-cell.js";

/** What is drawn. */
export interface DrawSettings {
  readonly sizes: CellSizes;
  readonly batch: number;
  /** Time steps to draw one after the other; without it, the step alone. */
  readonly unrolled?: number | undefined;
  /** By default down where the gradient is drawn, and to the right elsewhere. */
  readonly rankdir?: DotOptions["rankdir"] | undefined;
  /**
   * Whether to draw the gradient of L = Σ y² after the last step beside what it differentiates: of a loop over time that
   * is drawn once, or of the `unrolled` steps.
   */
  readonly backward?: boolean | undefined;
  readonly maxNodes?: number | undefined;
  /** Whether values are looked at: data are then random rather than zeros, and the first result is L. */
  readonly isMeasured?: boolean | undefined;
}

/** Steps of a loop that is drawn once. */
export const STEPS = 24;

/** A tape to be drawn, and how. */
export interface CellTape {
  readonly tape: Tape;
  readonly options: DotOptions & { readonly title: string };
}

/** One step of a cell on a tape, or several. */
export function cellTape(cell: Cell, settings: DrawSettings): CellTape {
  const { sizes, batch, unrolled, maxNodes, backward = false, isMeasured = false } = settings;
  const result = backward ? "gradient" : isMeasured ? "loss" : "all";
  const recorded: RecordSettings = { sizes, batch, data: isMeasured ? "normal" : "zeros", result };
  const tape =
    unrolled !== undefined
      ? tapeOfLoop(cell, recorded, unrolled)
      : backward
        ? tapeOfScan(cell, recorded, STEPS)
        : tapeOfStep(cell, recorded);
  const options = {
    title: `${cell.name}, ${titleOf(settings)}`,
    rankdir: settings.rankdir ?? (backward ? "TB" : "LR"),
    ...(backward ? ({ backward: "beside" } as const) : { unrolled: true }),
    ...(maxNodes !== undefined && { maxNodes }),
  };
  return { tape, options };
}

function titleOf({ unrolled, backward = false, isMeasured = false }: DrawSettings): string {
  const length = unrolled ?? (backward ? STEPS : "one");
  const steps = `${length} time step${length === 1 || length === "one" ? "" : "s"}`;
  if (backward) return `${steps} and the gradient of L = Σ y² after the last`;
  return isMeasured ? `${steps}, L = Σ y² of the last output` : steps;
}

/** The DOT graph of one step of a cell, or of several. Equal cells and settings give equal bytes. */
export function drawCell(cell: Cell, settings: DrawSettings): string {
  const { tape, options } = cellTape(cell, settings);
  return toDot(tape, options);
}
