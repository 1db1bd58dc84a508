import type { Graphviz } from "@hpcc-js/wasm-graphviz";
import { safeSvg } from "./safe-svg.js";

/** Loaded with the first drawing: most commands draw nothing, and it is large. */
let loading: Promise<Graphviz> | undefined;

/**
 * Draws a DOT graph as SVG with Graphviz compiled to WebAssembly: no program needs to be installed. The result is one
 * `<svg>` element without scripts, styles or unsafe links, for a file of its own or for inside a page.
 *
 * @throws Error when the text is no DOT graph, or asks for something that has no place in a drawing
 */
export async function renderSvg(dot: string): Promise<string> {
  loading ??= load();
  const graphviz = await loading;
  let output: string;
  try {
    output = graphviz.dot(dot, "svg");
  } catch (error) {
    // What went wrong may have left its memory in any state: the next drawing starts with a fresh one.
    (await import("@hpcc-js/wasm-graphviz")).Graphviz.unload();
    loading = undefined;
    const reason = error instanceof Error ? error.message.trim() : String(error);
    throw new Error(`render: Graphviz cannot draw this graph: ${reason}`, { cause: error });
  }
  return safeSvg(output);
}

async function load(): Promise<Graphviz> {
  const { Graphviz } = await import("@hpcc-js/wasm-graphviz");
  return Graphviz.load();
}
