/*
 * The worker that makes pixels of an SVG, in Node alone. Plain JavaScript, so that one file serves the sources and the
 * published package.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parentPort } from "node:worker_threads";

/** @typedef {import("./messages.js").PngRequest} PngRequest */
/** @typedef {import("./messages.js").Answer<Uint8Array>} Answer */

const require = createRequire(import.meta.url);

/** As wide as Helvetica, letter by letter: what Graphviz measures with. Symbols that it lacks come from the second. */
const FONTS = [
  "@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf",
  "@expo-google-fonts/arimo/700Bold/Arimo_700Bold.ttf",
  "dejavu-fonts-ttf/ttf/DejaVuSans.ttf",
];
const FAMILY = "Arimo";
/** Above this, pixels alone take more than 400 MB. */
const MOST_PIXELS = 100_000_000;

/** @type {typeof import("@resvg/resvg-wasm").Resvg | undefined} */
let Resvg;

async function load() {
  const resvg = await import("@resvg/resvg-wasm");
  await resvg.initWasm(readFileSync(require.resolve("@resvg/resvg-wasm/index_bg.wasm")));
  return resvg.Resvg;
}

/** @type {readonly Uint8Array[] | undefined} */
let ownFonts;

/** @param {PngRequest} request @returns {Promise<Answer>} */
async function draw({ svg, scale, fonts }) {
  try {
    Resvg ??= await load();
  } catch (error) {
    return { reason: `the package @resvg/resvg-wasm cannot be loaded, is it installed? ${text(error)}` };
  }
  try {
    ownFonts ??= FONTS.map((path) => readFileSync(require.resolve(path)));
  } catch (error) {
    return {
      reason: `a font of the packages @expo-google-fonts/arimo and dejavu-fonts-ttf cannot be read, are they installed? ${text(error)}`,
    };
  }
  const font = {
    fontBuffers: [...ownFonts, ...fonts],
    defaultFontFamily: FAMILY,
    sansSerifFamily: FAMILY,
  };
  try {
    const drawing = new Resvg(svg, { font, fitTo: { mode: "zoom", value: scale } });
    const [width, height] = [Math.ceil(drawing.width * scale), Math.ceil(drawing.height * scale)];
    if (width * height > MOST_PIXELS) {
      const limit = MOST_PIXELS / 1e6;
      return {
        reason:
          `got ${width} × ${height} pixels, expected at most ${limit} million: ` +
          "draw fewer nodes (a smaller maxNodes), or lower scale",
      };
    }
    return { picture: drawing.render().asPng() };
  } catch (error) {
    return { reason: `the drawing cannot be made into pixels: ${text(error)}` };
  }
}

/** @param {unknown} error */
function text(error) {
  return error instanceof Error ? error.message.trim() : String(error);
}

parentPort?.on("message", (/** @type {PngRequest} */ request) => {
  void draw(request).then((answer) => parentPort?.postMessage(answer));
});
