/** Paragraphs of a help text; each is wrapped to the width of the terminal. */
export function paragraphs(...texts: readonly string[]): string {
  return texts.join("\n\n");
}
