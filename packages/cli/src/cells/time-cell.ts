import { compile, valueAndGrad, type Profile, type Tape } from "@tapeloop/core";
import { timeOverlay } from "@tapeloop/dot";
import type { Cell } from "@tapeloop/nn";
import { InputError } from "../input-error.js";
import { STEPS, type CellTape, type DrawSettings } from "./draw-cell.js";
import { scanLoss } from "./record-cell.js";

/**
 * What a cell's loop over time, or its gradient, becomes when it is compiled, with the time of each kernel.
 *
 * @throws InputError when this machine has no WebAssembly to compile it to; and what the cell throws
 */
export function timedTape(cell: Cell, settings: DrawSettings): CellTape {
  const { sizes, batch, unrolled: length = STEPS, backward = false, rankdir = "TB", maxNodes } = settings;
  const { loss, args } = scanLoss(cell, { sizes, batch, data: "normal" }, length);
  const profile: Profile = backward ? compile(valueAndGrad(loss)).profile(args) : compile(loss).profile(args);
  if (profile.executor === "reference")
    throw new InputError(
      `graph: --overlay time: no compiled program to be measured: ${profile.reason ?? ""}`,
    );
  const tape: Tape = profile.tape;
  const what = `L = Σ y² after ${length} time step${length === 1 ? "" : "s"}${backward ? " and its gradient" : ""}`;
  return {
    tape,
    options: {
      title: `${cell.name}, compiled: ${what}`,
      rankdir,
      overlay: timeOverlay(profile),
      ...(maxNodes !== undefined && { maxNodes }),
    },
  };
}
