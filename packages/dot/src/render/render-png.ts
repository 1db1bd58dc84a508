import { ArgumentError, shown } from "@tapeloop/core";
import { pngHand } from "./hands.js";
import type { PngRequest } from "./messages.js";
import { timeLimitOf, type RenderOptions } from "./options.js";
import { drawSvg } from "./render-svg.js";
import { Workshop } from "./workshop.js";

/** How a picture of pixels is made. */
export interface PngOptions extends RenderOptions {
  /** Pixels of the picture per pixel of the SVG; 2 by default, which is sharp on dense screens too. */
  readonly scale?: number;
  /** Further font files (TTF or OTF), for characters that the two fonts of ours lack, such as those of Japanese. */
  readonly fonts?: readonly Uint8Array[];
}

const workshop = new Workshop<PngRequest, Uint8Array>(pngHand, (value) => value instanceof Uint8Array);

/**
 * Draws a DOT graph as a PNG file, in Node. The time limit holds for the layout, and once more for the pixels.
 *
 * Beside Graphviz (see `renderSvg`) it needs the packages
 * `@resvg/resvg-wasm`, `@expo-google-fonts/arimo` and `dejavu-fonts-ttf`; fonts of the machine are not looked at, so that
 * every machine makes the same picture.
 *
 * @throws ArgumentError when it is given no text, or an option is none of those above
 * @throws RenderTimeError when it took too long: draw fewer nodes, or raise the limit
 * @throws RenderError when the picture cannot be made, would have too many pixels, or a package is not installed
 */
export async function renderPng(dot: string, options: PngOptions = {}): Promise<Uint8Array> {
  const order = { caller: "renderPng", timeLimit: timeLimitOf("renderPng", options) };
  const { scale = 2, fonts = [] } = options;
  if (typeof scale !== "number" || !(scale > 0 && scale <= 100))
    throw new ArgumentError(`renderPng: got scale ${shown(scale)}, expected a number > 0 and ≤ 100`);
  if (!Array.isArray(fonts) || !fonts.every((font) => font instanceof Uint8Array))
    throw new ArgumentError("renderPng: got other fonts, expected the bytes of font files in a list");
  const svg = await drawSvg(dot, order);
  return workshop.make({ svg, scale, fonts }, order);
}
