/** Helpers of the drawings that reports can make: text is quoted in one place, numbers are rounded in one place. */

/** A number as an attribute: a tenth of a pixel is enough. */
export const px = (value: number): string => String(Math.round(value * 10) / 10);

/** Text for an element or an attribute. */
export function quoted(words: string): string {
  return words
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")
    .replace(CONTROL, "\uFFFD");
}

/** Characters that no XML document may hold. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;

/** An exponent as `⁻¹²`. */
export function raised(exponent: number): string {
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  return [...String(exponent)].map((c) => (c === "-" ? "⁻" : (digits[Number(c)] ?? ""))).join("");
}

/** Text of at most so many characters. */
export function clipped(words: string, most: number): string {
  return words.length > most ? `${words.slice(0, most - 1)}…` : words;
}
