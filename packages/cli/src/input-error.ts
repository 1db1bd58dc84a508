/**
 * Something the user gave cannot be used: an argument, a file, a cell of a table.
 *
 * The message is one clear line (file, row and column where there are any) that can be printed as it is,
 * without a stack. The command line ends with `exitCode`; every other error is a defect of the program.
 */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly exitCode = 2;

  constructor(message: string, options?: { cause?: unknown }) {
    super(oneLine(message), options);
  }
}

/** Text from outside, quoted for a message: on one line, control characters escaped, at most `limit` characters. */
export function quote(text: string, limit = 40): string {
  const characters = [...text];
  const shown = characters.length > limit ? `${characters.slice(0, limit).join("")}…` : text;
  return `"${oneLine(shown)}"`;
}

/** Control characters, which could break the line or drive the terminal, written as escapes. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (character) => {
    const named = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[character];
    return named ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** The code of a system error (`"ENOENT"`, `"EACCES"`…), if it is one. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
