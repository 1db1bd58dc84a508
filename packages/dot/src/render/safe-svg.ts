import { shorten } from "../graph/text.js";
import { RenderError } from "./errors.js";
import { problemOf } from "./svg-values.js";

/** Elements that Graphviz draws with; none of them runs code or loads anything. */
const elements = new Set(
  (
    "svg g title text tspan path polygon polyline ellipse rect line a " +
    "defs linearGradient radialGradient stop"
  ).split(" "),
);

/** A comment, a tag, or text. */
const token = /<!--[^]*?-->\s*|<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+="[^"<>]*"){0,50})\s*(\/?)>|[^<>]+/y;
const attribute = /([\w:.-]+)="([^"<>]*)"/g;

/**
 * The `<svg>` element of Graphviz's output, without comments and what stands before it, fit to be put into a page.
 *
 * Nothing but known elements gets through, with known attributes whose values have the form that such values have: no
 * script, event handler, style or foreign content, and links only to https or relative addresses. Graphviz draws none of
 * the others by itself, but a DOT text from elsewhere can ask for some.
 *
 * @throws RenderError that names the first thing out of place
 */
export function safeSvg(output: string, caller: string): string {
  const unsafe = (what: string): RenderError => new RenderError(`${caller}: the drawing holds ${what}`);
  const start = output.search(/<svg[\s>]/);
  if (start < 0) throw new RenderError(`${caller}: Graphviz drew nothing`);
  const kept: string[] = [];
  const open: string[] = [];
  let hasBegun = false;
  // Each token begins where the last one ends, and is looked for nowhere else: the time grows with the length alone.
  token.lastIndex = start;
  while (token.lastIndex < output.length) {
    const at = token.lastIndex;
    const match = token.exec(output);
    if (match === null) throw unsafe(`something that is no SVG: ${output.slice(at, at + 40)}`);
    const [text, closing, name, list = "", empty] = match;
    if (text.startsWith("<!--")) continue;
    kept.push(text);
    if (name === undefined) {
      if (open.length === 0 && text.trim() !== "") throw unsafe("text after its end");
    } else if (closing === "/") {
      if (open.pop() !== name) throw unsafe(`</${name}> without its beginning`);
    } else {
      if (!elements.has(name)) throw unsafe(`the element <${name}>`);
      if (open.length === 0 && hasBegun) throw unsafe("a second drawing");
      const around = open.at(-1);
      // Inside of a page, what is in a title would be read as HTML.
      if (around === "title" || (around !== undefined && name === "svg"))
        throw unsafe(`the element <${name}> in <${around}>`);
      hasBegun = true;
      const problem = problemIn(name, list);
      if (problem !== undefined) throw unsafe(problem);
      if (empty !== "/") open.push(name);
    }
  }
  if (open.length > 0) throw unsafe(`<${open.at(-1) ?? ""}> without its end`);
  return `${kept.join("").trimEnd()}\n`;
}

function problemIn(element: string, list: string): string | undefined {
  const seen = new Set<string>();
  for (const [, key = "", value = ""] of list.matchAll(attribute)) {
    if (seen.has(key)) return `the attribute ${key} twice`;
    seen.add(key);
    const problem = problemOf(element, key, value);
    if (problem === "key") return `the attribute ${key}`;
    if (problem === undefined) continue;
    const shown = shorten(value, 100);
    return key === "xlink:href" ? `a link to ${shown}` : `the value ${shown} of ${key}`;
  }
  return undefined;
}
