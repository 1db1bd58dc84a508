import type { Tape } from "@tapeloop/core";
import { buildGraph } from "./graph/build.js";
import { writeDot } from "./dot/write.js";

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
}

export function toDot(tape: Tape, options: DotOptions = {}): string {
  const { title, rankdir = "LR", shapes = true, params } = options;
  const graph = buildGraph(tape, { params });
  return writeDot(graph, { caption: title === undefined ? [] : [title], rankdir, shapes });
}
