import { ArgumentError, checkList, checkMethods, optionsOf, shown, type Tape } from "@tapeloop/core";
import { checkNames, checkTape } from "./check.js";
import { buildGraph } from "./graph/build.js";
import { foldGraph, foldSteps, hiddenOperations } from "./graph/fold.js";
import type { Graph } from "./graph/model.js";
import { count, shorten } from "./graph/text.js";
import type { Overlay } from "./overlay/overlay.js";

/** What is drawn of a tape, in any format. */
export interface GraphOptions {
  /** Written above the drawing. */
  readonly title?: string;
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
   * the operation that it differentiates (`"beside"`), with a loop and its reverse in one cluster, what a rule computes
   * written as one formula, and the gradient's ways back through time in colours.
   */
  readonly backward?: "apart" | "beside";
  /**
   * About how many nodes to draw at most, 500 by default; `Infinity` draws all. A larger tape is folded: first the
   * middle steps of unrolled loops, then scopes from the inside out. The drawing says how much was folded.
   * Where there are more than four times as many edges, those from one node to the same other one are drawn as one.
   */
  readonly maxNodes?: number;
  /** Something measured, to be written and tinted on nodes: `normOverlay`, `costOverlay`, `checkOverlay` or `timeOverlay`. */
  readonly overlay?: Overlay;
}

/** How many nodes are drawn at most by default. */
export const DEFAULT_NODES = 500;

/** A graph that is not too large to be drawn, and what to write above it. */
export interface DrawnGraph {
  readonly graph: Graph;
  /** The title, how much is folded, and what an overlay shows. */
  readonly caption: readonly string[];
}

/**
 * The graph that a tape is drawn as, with no more than about `maxNodes` nodes.
 *
 * @param caller the function whose arguments these are, for its errors
 */
export function drawnGraph(caller: string, tape: Tape, options: GraphOptions): DrawnGraph {
  const whole = wholeGraph(caller, tape, options);
  return captioned(foldGraph(whole, options.maxNodes ?? DEFAULT_NODES), options);
}

/** As {@link drawnGraph}, before what is too much is folded. */
export function wholeGraph(caller: string, tape: Tape, options: GraphOptions): Graph {
  const {
    title,
    params,
    unrolled = false,
    backward = "apart",
    maxNodes = DEFAULT_NODES,
    overlay,
  } = optionsOf(caller, options);
  checkTape(caller, tape);
  checkNames(caller, { title, params });
  if (typeof maxNodes !== "number" || !(maxNodes >= 1))
    throw new ArgumentError(`${caller}: got maxNodes ${shown(maxNodes)}, expected a number ≥ 1`);
  if (typeof unrolled !== "boolean" && !(Number.isSafeInteger(unrolled) && unrolled >= 1)) {
    throw new ArgumentError(
      `${caller}: got unrolled ${shown(unrolled)}, expected true, false or a whole number ≥ 1`,
    );
  }
  if (!["apart", "beside"].includes(backward)) {
    throw new ArgumentError(`${caller}: got backward ${shown(backward)}, expected "apart" or "beside"`);
  }
  if (overlay !== undefined) {
    checkMethods(caller, overlay, "the overlay, expected what normOverlay or another one returns", [
      "markOf",
    ]);
    checkList(caller, "the overlay's legend", overlay.legend, "a list of lines");
  }
  const whole = buildGraph(tape, { params, unrolled, isBeside: backward === "beside" });
  return typeof unrolled === "number" ? foldSteps(whole, unrolled) : whole;
}

/** A graph with what is written above it. */
export function captioned(graph: Graph, { title, overlay }: GraphOptions): DrawnGraph {
  const hidden = hiddenOperations(graph);
  const caption = [
    ...(title === undefined ? [] : [shorten(title, 200)]),
    ...(hidden === 0 ? [] : [`${count(hidden, "node")} folded`]),
    ...(overlay?.legend ?? []),
  ];
  return { graph, caption };
}
