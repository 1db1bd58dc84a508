/** At most `limit` characters, the last an ellipsis if some were cut. Characters are code points: none is halved. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  // No code point is longer than two units, so this much is enough to look at.
  const start = [...text.slice(0, 2 * limit + 2)];
  return start.length <= limit ? text : `${start.slice(0, limit - 1).join("")}…`;
}

/** `1 operation`, `2 operations`, `4,960 operations`. */
export function count(n: number, noun: string): string {
  return `${String(n).replace(/\B(?=(\d{3})+$)/g, ",")} ${noun}${n === 1 ? "" : "s"}`;
}
