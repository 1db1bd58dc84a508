import { ArgumentError, isTape, type Tape } from "@tapeloop/core";
import { buildGraph } from "./graph/build.js";
import { foldGraph, hiddenOperations } from "./graph/fold.js";
import type { Graph } from "./graph/model.js";
import { count, shorten } from "./graph/text.js";

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
   * About how many nodes to draw at most, 500 by default; `Infinity` draws all. A larger tape is folded: first the
   * middle steps of unrolled loops, then scopes from the inside out. The drawing says how much was folded.
   */
  readonly maxNodes?: number;
}

/** A graph that is not too large to be drawn, and what to write above it. */
export interface DrawnGraph {
  readonly graph: Graph;
  /** The title, and how much is folded. */
  readonly caption: readonly string[];
}

/**
 * The graph that a tape is drawn as.
 *
 * @param caller the function whose arguments these are, for its errors
 */
export function drawnGraph(caller: string, tape: Tape, options: GraphOptions): DrawnGraph {
  const { title, params, maxNodes = 500 } = options;
  if (!isTape(tape)) {
    throw new ArgumentError(`${caller}: got ${typeof tape}, expected a tape, such as record(fn, …args).tape`);
  }
  if (!(maxNodes >= 1)) {
    throw new ArgumentError(`${caller}: got maxNodes ${maxNodes}, expected a number ≥ 1`);
  }
  const graph = foldGraph(buildGraph(tape, { params }), maxNodes);
  const hidden = hiddenOperations(graph);
  const caption = [
    ...(title === undefined ? [] : [shorten(title, 200)]),
    ...(hidden === 0 ? [] : [`${count(hidden, "operation")} folded`]),
  ];
  return { graph, caption };
}
