import { ArgumentError, optionsOf, shown, type Tape } from "@tapeloop/core";
import { captioned, DEFAULT_NODES, wholeGraph } from "../drawn-graph.js";
import { foldGraph } from "../graph/fold.js";
import { bundleEdges } from "../graph/lead.js";
import { nodesOf, type Graph } from "../graph/model.js";
import type { DotOptions } from "../to-dot.js";
import { writeMermaid } from "./write.js";

/** How a tape is drawn with Mermaid. */
export interface MermaidOptions extends Omit<DotOptions, "theme" | "legend" | "link"> {
  /** Whether nodes show the shapes of their values, as they do by default; `"edges"` is as `true` here. */
  readonly shapes?: boolean | "edges";
  /**
   * About how many nodes to draw at most. By default 500, and fewer where the drawing would have more than the 500 edges
   * or 50,000 characters that GitHub's Mermaid accepts.
   */
  readonly maxNodes?: number;
}

/** What Mermaid accepts in a page that may not set it up otherwise, such as those of GitHub. */
const MOST_EDGES = 500;
const MOST_CHARACTERS = 50_000;

/**
 * Draws a tape as a Mermaid flowchart, for a block fenced as `mermaid` on GitHub or in another page that draws such
 * blocks. It shows what `toDot` shows, in the same colours. The text depends on the program alone.
 *
 * Labels and scope names may be any text. The drawing shows them as they are, shortened if they are long.
 *
 * @throws ArgumentError when an option is not one of those above, or the tape is none
 */
export function toMermaid(tape: Tape, options: MermaidOptions = {}): string {
  const { rankdir = "LR", shapes = true, maxNodes, overlay } = optionsOf("toMermaid", options);
  if (!["LR", "TB"].includes(rankdir))
    throw new ArgumentError(`toMermaid: got rankdir ${shown(rankdir)}, expected "LR" or "TB"`);
  if (![true, false, "edges"].includes(shapes))
    throw new ArgumentError(`toMermaid: got shapes ${shown(shapes)}, expected true, false or "edges"`);
  const write = (graph: Graph): string =>
    writeMermaid(captioned(graph, options), { rankdir, shapes: shapes !== false, overlay });
  const whole = wholeGraph("toMermaid", tape, options);
  if (maxNodes !== undefined) return write(foldGraph(whole, maxNodes));
  let graph = foldGraph(whole, DEFAULT_NODES);
  if (graph.edges.length > MOST_EDGES) graph = bundleEdges(graph);
  let text = write(graph);
  const fits = (): boolean => graph.edges.length <= MOST_EDGES && text.length <= MOST_CHARACTERS;
  for (let most = nodesOf(graph.root).length; most > 1 && !fits(); text = write(graph)) {
    most = Math.floor(0.7 * most);
    graph = bundleEdges(foldGraph(graph, most));
  }
  return text;
}
