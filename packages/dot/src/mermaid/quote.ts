import { visible } from "../dot/quote.js";

/**
 * Any text as a Mermaid string that is shown as it is: the only way in which text gets into a Mermaid drawing. Lines
 * are given separately.
 *
 * Mermaid reads a string four times: as its own syntax (`"` ends it, a backquote makes it Markdown), for entities
 * (`#35;`, `#quot;`), as Markdown all the same (`1. x` is a list, and lists are refused), and as HTML. Characters that
 * mean something to any of them are therefore written as numbers, which are put back at the very end. What would mean
 * something even then is broken up by a joiner that has no width: icons (`fa:fa-car`), formulas (`$$`),
 * line breaks (`\n`) and Mermaid's own marks for entities.
 */
export function quote(...lines: readonly string[]): string {
  const shown = lines.filter((line) => line !== "").map(escapeLine);
  return `"${shown.length === 0 ? " " : shown.join("<br/>")}"`;
}

const JOINER = "\u2060";

function escapeLine(line: string): string {
  return (
    visible(line)
      .replace(/:(?=fa-)|\$(?=\$)|\\(?=n)|ﬂ(?=°)|¶(?=ß)/g, `$&${JOINER}`)
      // Space at the beginning of a line would make it a block of code.
      .replace(/^ +/, (spaces) => "\u00a0".repeat(spaces.length))
      .replace(/[\0-\x7fﬂ°¶ß]/g, (c) => (/[A-Za-z0-9 ,[\]/]/.test(c) ? c : `#${c.charCodeAt(0)};`))
  );
}
