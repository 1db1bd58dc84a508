/** Longest text in characters that goes into a file; Graphviz has been known to stumble over much longer ones. */
const LONGEST = 1000;

/**
 * Any text as a DOT string that Graphviz shows as it is: the only way in which text gets into a drawing. Lines are
 * given separately; a line break inside a line is shown as a symbol, like every other control character.
 *
 * Inside a quoted string Graphviz gives a meaning to `\` (escapes such as `\N`, the node's name) and to `&` (HTML
 * entities), and `"` ends it. `<` has one only outside of quotes. Characters that XML cannot hold (they would make
 * the SVG unreadable), and those that reorder the text around them, are replaced.
 *
 * Empty lines are left out: a label that begins with one makes Graphviz 16.1 overwrite memory that is not its own.
 */
export function quote(...lines: readonly string[]): string {
  let text = "";
  for (const line of lines) {
    if (line !== "") text += text === "" ? escapeLine(line) : `\\n${escapeLine(line)}`;
  }
  return `"${text}"`;
}

/** As {@link quote}, for lines that begin below each other instead of being centred. */
export function quoteLeft(...lines: readonly string[]): string {
  const escaped = lines.filter((line) => line !== "").map((line) => `${escapeLine(line)}\\l`);
  return `"${escaped.join("")}"`;
}

/** Text of printable ASCII characters that have no meaning in a quoted string. */
const harmless = /^[ !#-%'-[\]-~]*$/;

function escapeLine(line: string): string {
  if (line.length <= LONGEST && harmless.test(line)) return line;
  return visible(line).replace(/[\\"]/g, "\\$&").replaceAll("&", "&amp;");
}

/** The text as it will be seen: cut if it is very long, and what cannot be seen, or cannot be stored, replaced. */
export function visible(text: string): string {
  return cut(text)
    .replace(/\p{Cc}/gu, (c) => (c < " " ? String.fromCharCode(0x2400 + c.charCodeAt(0)) : "\ufffd"))
    .replace(/[\u2028\u2029]/g, "\u2424")
    .replace(/[\p{Bidi_Control}\p{Noncharacter_Code_Point}\p{Surrogate}]/gu, "\ufffd");
}

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}
