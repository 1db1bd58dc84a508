import { backward, isFloat, onesLike, type Tape, type Tensor } from "@tapeloop/core";
import { costOverlay, normOverlay, type Overlay } from "@tapeloop/dot";
import type { Cell, CellSizes } from "@tapeloop/nn";
import { foundOverlay } from "./found-overlay.js";

/** What can be written on the nodes of a drawing. */
export const OVERLAYS = ["gradients", "cost", "check", "time"] as const;
export type OverlayName = (typeof OVERLAYS)[number];

/**
 * What is measured of a cell, for the nodes of its tape.
 *
 * @param tape as `cellTape` records it; for `gradients` it has to be measured, that is, to begin its results with L
 * @throws what the cell throws when its gradients are checked
 */
export function overlayOf(
  name: Exclude<OverlayName, "time">,
  cell: Cell,
  tape: Tape,
  sizes: CellSizes,
): Overlay {
  if (name === "cost") return costOverlay(tape);
  return name === "gradients" ? normOverlay(tape) : foundOverlay(cell, tape, sizes);
}

/** The gradients of the first result by all values on a tape, of those inside of loops not. */
export function gradientsOf(tape: Tape): ReadonlyMap<Tensor, Tensor> {
  const [result] = tape.outputs;
  const all = [...tape.inputs, ...tape.nodes.flatMap(({ outputs }) => outputs)];
  const floats = all.filter(({ dtype }) => isFloat(dtype));
  const gradients = result === undefined ? [] : backward(tape, new Map([[result, onesLike(result)]]), floats);
  return new Map(
    floats.flatMap((t, i): [Tensor, Tensor][] => {
      const gradient = gradients[i];
      return gradient === undefined ? [] : [[t, gradient]];
    }),
  );
}
