import { ArgumentError, checkString, isTape, shown, type Tape } from "@tapeloop/core";

/*
 * Checks that the ways of drawing share. `caller` is the function whose arguments they are, for the errors.
 */

/** @throws ArgumentError when the tape is none */
export function checkTape(caller: string, tape: Tape): void {
  if (!isTape(tape))
    throw new ArgumentError(`${caller}: got ${shown(tape)}, expected a tape, such as record(fn, …args).tape`);
}

/** What a drawing is called, and which arguments hold parameters. */
export interface Names {
  readonly title: string | undefined;
  readonly params: number | readonly number[] | undefined;
}

/** @throws ArgumentError when the title is no text, or `params` no index of an argument, nor a list of some */
export function checkNames(caller: string, { title, params }: Names): void {
  if (title !== undefined) checkString(caller, "title", title);
  for (const index of typeof params === "object" ? params : [params ?? 0]) {
    if (!Number.isSafeInteger(index) || index < 0)
      throw new ArgumentError(
        `${caller}: got params ${shown(index)}, expected the index of an argument, or a list of such`,
      );
  }
}
