import { ArgumentError, shown, type Tape, type TapeNode } from "@tapeloop/core";
import { themes, type Theme } from "./dot/themes.js";
import { writeDot } from "./dot/write.js";
import { drawnGraph, type GraphOptions } from "./drawn-graph.js";

/** How a tape is drawn. */
export interface DotOptions extends GraphOptions {
  /** Direction in which values flow: to the right (the default) or down. */
  readonly rankdir?: "LR" | "TB";
  /**
   * Whether nodes show the shapes of their values, as they do by default; `"edges"` writes them at the edges, the
   * default with `backward: "beside"`.
   */
  readonly shapes?: boolean | "edges";
  /** The page that the drawing is for: `"light"`, the default, or `"dark"`. */
  readonly theme?: Theme;
  /**
   * Whether there is a legend, as there is by default: a node of each kind that occurs, and the formulas of the
   * gradient's ways back through time.
   */
  readonly legend?: boolean;
  /**
   * Where a click on an operation leads, in an SVG that is part of a page: an https or relative address, or undefined.
   * A tape that was recorded within `withSources` of core knows the line of each operation, `node.where.source`.
   */
  readonly link?: (node: TapeNode) => string | undefined;
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
 * @throws ArgumentError when an option is none of those above, a link leads elsewhere, or the tape is none
 */
export function toDot(tape: Tape, options: DotOptions = {}): string {
  const { graph, caption } = drawnGraph("toDot", tape, options);
  const { rankdir = "LR", theme = "light", legend = true, overlay, link } = options;
  const { shapes = options.backward === "beside" ? "edges" : true } = options;
  if (!Object.hasOwn(themes, theme)) {
    throw new ArgumentError(`toDot: got theme ${shown(theme)}, expected "light" or "dark"`);
  }
  if (link !== undefined && typeof link !== "function")
    throw new ArgumentError(`toDot: got link ${shown(link)}, expected a function of an operation`);
  if (!["LR", "TB"].includes(rankdir))
    throw new ArgumentError(`toDot: got rankdir ${shown(rankdir)}, expected "LR" or "TB"`);
  if (typeof legend !== "boolean")
    throw new ArgumentError(`toDot: got legend ${shown(legend)}, expected true or false`);
  if (![true, false, "edges"].includes(shapes))
    throw new ArgumentError(`toDot: got shapes ${shown(shapes)}, expected true, false or "edges"`);
  return writeDot(graph, { caption, rankdir, shapes, theme, legend, overlay, link });
}
