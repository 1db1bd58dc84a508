import { ArgumentError, shown } from "@tapeloop/core";
import { graphvizHand } from "./hands.js";
import type { SvgRequest } from "./messages.js";
import { timeLimitOf, type RenderOptions } from "./options.js";
import { safeSvg } from "./safe-svg.js";
import { Workshop, type Order } from "./workshop.js";

const workshop = new Workshop<SvgRequest, string>(graphvizHand, (value) => typeof value === "string");

/**
 * Draws a DOT graph as SVG with Graphviz compiled to WebAssembly: no program needs to be installed, only the package
 * `@hpcc-js/wasm-graphviz` beside this one. In Node and, through a bundler, in browsers. Graphviz works in a worker, so
 * that the time limit holds and a page stays alive.
 *
 * The result is one `<svg>` element for a file of its own or for inside a page. It holds no scripts, event handlers,
 * styles or pictures, and links only to https or relative addresses, whatever the DOT text asks for; names of fonts,
 * colours, sizes and everything else have the form of such. Ids and classes are letters, digits and `_-:.`, and those that
 * the text chooses: a page should have no styles for the classes of a text that it does not trust. Equal texts give equal
 * bytes.
 *
 * @throws ArgumentError when it is given no text, or the time limit is no number of milliseconds
 * @throws RenderTimeError when it took too long: draw fewer nodes, or raise the limit
 * @throws RenderError when the text is no DOT graph, asks for something that has no place in a drawing, or Graphviz is
 *   not installed
 */
export async function renderSvg(dot: string, options: RenderOptions = {}): Promise<string> {
  return drawSvg(dot, { caller: "renderSvg", timeLimit: timeLimitOf("renderSvg", options) });
}

/** As {@link renderSvg}, for another function to call. */
export async function drawSvg(dot: string, order: Order): Promise<string> {
  if (typeof dot !== "string")
    throw new ArgumentError(`${order.caller}: got ${shown(dot)}, expected DOT text, such as toDot(tape)`);
  return safeSvg(await workshop.make({ dot }, order), order.caller);
}
