export { RenderError, RenderTimeError } from "./errors.js";
export type { RenderOptions } from "./options.js";
export { renderPng, type PngOptions } from "./render-png.js";
export { renderSvg } from "./render-svg.js";
