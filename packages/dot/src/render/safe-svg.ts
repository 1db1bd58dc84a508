import { isSafeLink } from "../dot/link.js";
import { RenderError } from "./errors.js";

/** Elements that Graphviz draws with; none of them runs code or loads anything. */
const elements = new Set(
  (
    "svg g title text tspan path polygon polyline ellipse rect line a " +
    "defs linearGradient radialGradient stop"
  ).split(" "),
);

const attributes = new Set(
  (
    "xmlns xmlns:xlink xml:space version width height viewBox id class transform " +
    "d points cx cy rx ry r x y x1 y1 x2 y2 fx fy offset gradientUnits gradientTransform " +
    "fill fill-opacity stroke stroke-opacity stroke-width stroke-dasharray stroke-linecap opacity " +
    "stop-color stop-opacity text-anchor font-family font-size font-weight font-style text-decoration " +
    "xlink:href xlink:title target"
  ).split(" "),
);

const token = /<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+="[^"<>]*")*)\s*(\/?)>|[^<>]+/y;
const attribute = /([\w:.-]+)="([^"<>]*)"/g;

/**
 * The `<svg>` element of Graphviz's output, without what stands before it, fit to be put into a page.
 *
 * Nothing but known elements with known attributes gets through: no script, event handler, style or foreign content,
 * and links only to https or relative addresses. Graphviz draws none of the others by itself, but a DOT text from
 * elsewhere can ask for some.
 *
 * @throws RenderError that names the first thing out of place
 */
export function safeSvg(output: string, caller: string): string {
  const unsafe = (what: string): RenderError => new RenderError(`${caller}: the drawing holds ${what}`);
  const start = output.search(/<svg[\s>]/);
  if (start < 0) throw new RenderError(`${caller}: Graphviz drew nothing`);
  const svg = output.slice(start).replace(/<!--[^]*?-->\s*/g, "");
  const open: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < svg.length) {
    const at = token.lastIndex;
    const match = token.exec(svg);
    if (match === null) throw unsafe(`something that is no SVG: ${svg.slice(at, at + 40)}`);
    const [text, closing, name, list = "", empty] = match;
    if (name === undefined) {
      if (open.length === 0 && text.trim() !== "") throw unsafe("text after its end");
    } else if (closing === "/") {
      if (open.pop() !== name) throw unsafe(`</${name}> without its beginning`);
    } else {
      if (!elements.has(name)) throw unsafe(`the element <${name}>`);
      if (open.length === 0 && at > 0) throw unsafe("a second drawing");
      for (const [, key = "", value = ""] of list.matchAll(attribute)) {
        const problem = problemOf(key, value);
        if (problem !== undefined) throw unsafe(problem);
      }
      if (empty !== "/") open.push(name);
    }
  }
  if (open.length > 0) throw unsafe(`<${open.at(-1) ?? ""}> without its end`);
  return `${svg.trimEnd()}\n`;
}

function problemOf(key: string, value: string): string | undefined {
  if (!attributes.has(key)) return `the attribute ${key}`;
  if (key === "xlink:href" && !isSafeLink(value)) return `a link to ${value}`;
  if (/url\s*\(\s*(?!#)/i.test(value)) return `the value ${value} of ${key}`;
  return undefined;
}
