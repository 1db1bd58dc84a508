import { ArgumentError, isTape, optionsOf, shown, type Tape } from "@tapeloop/core";
import type { Overlay } from "./overlay/overlay.js";
import { writeDot } from "./dot/write.js";
import { buildGraph } from "./graph/build.js";
import { foldGraph, foldSteps, hiddenOperations } from "./graph/fold.js";
import { count, shorten } from "./graph/text.js";

/** How a tape is drawn. */
export interface DotOptions {
  /** Written above the drawing. */
  readonly title?: string;
  /** Direction in which values flow: to the right (the default) or down. */
  readonly rankdir?: "LR" | "TB";
  /** Whether nodes show the shapes of their values; on by default. */
  readonly shapes?: boolean;
  /**
   * Arguments of the recorded function that hold parameters, by index. By default the first one does if it is a tree
   * of tensors rather than a single one.
   */
  readonly params?: number | readonly number[];
  /**
   * How many steps of each loop to draw: 3 draws the first two and the last, with one node for those between; `true`
   * draws all. By default (`false`) a loop is drawn once, with its number of steps.
   */
  readonly unrolled?: number | boolean;
  /**
   * Where the operations of a backward pass stand: in a cluster of their own (`"apart"`, the default), or each beside
   * the operation that it differentiates (`"beside"`), with the loop and its reverse in one cluster, and what a rule
   * computes written as one formula.
   */
  readonly backward?: "apart" | "beside";
  /**
   * About how many nodes to draw at most, 500 by default; `Infinity` draws all. A larger tape is folded: first the
   * middle steps of unrolled loops, then scopes from the inside out. The drawing says how much was folded.
   */
  readonly maxNodes?: number;
  /** Something measured, to be written and tinted on nodes: `normOverlay`, `costOverlay` or `checkOverlay`. */
  readonly overlay?: Overlay;
}

/**
 * Draws a tape as a Graphviz DOT graph. The text depends on the program alone: two runs give the same bytes.
 *
 * Scopes, time steps, derivative sweeps and the bodies of loops are nested clusters. A node shows its operation, its
 * label, its shape, and its dtype where that is not float32; numbers are written into the operation that reads them.
 * Parameters have nodes of their own, one for each time step that uses them. What a loop carries to its next step is
 * a dashed edge.
 *
 * Labels and scope names may be any text. The drawing shows them as they are, shortened if they are long.
 *
 * @throws ArgumentError when `maxNodes` is not a number ≥ 1, or the tape is none
 */
export function toDot(tape: Tape, options: DotOptions = {}): string {
  const {
    title,
    rankdir = "LR",
    shapes = true,
    params,
    unrolled = false,
    backward = "apart",
    maxNodes = 500,
    overlay,
  } = optionsOf("toDot", options);
  if (!isTape(tape)) {
    throw new ArgumentError(`toDot: got ${typeof tape}, expected a tape, such as record(fn, …args).tape`);
  }
  if (typeof maxNodes !== "number" || !(maxNodes >= 1))
    throw new ArgumentError(`toDot: got maxNodes ${shown(maxNodes)}, expected a number ≥ 1`);
  if (typeof unrolled !== "boolean" && !(Number.isSafeInteger(unrolled) && unrolled >= 1)) {
    throw new ArgumentError(
      `toDot: got unrolled ${shown(unrolled)}, expected true, false or a whole number ≥ 1`,
    );
  }
  const whole = buildGraph(tape, { params, unrolled, isBeside: backward === "beside" });
  const graph = foldGraph(typeof unrolled === "number" ? foldSteps(whole, unrolled) : whole, maxNodes);
  const hidden = hiddenOperations(graph);
  const caption = [
    ...(title === undefined ? [] : [shorten(title, 200)]),
    ...(hidden === 0 ? [] : [`${count(hidden, "node")} folded`]),
    ...(overlay?.legend ?? []),
  ];
  return writeDot(graph, { caption, rankdir, shapes, overlay });
}
