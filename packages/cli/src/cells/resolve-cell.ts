import { gru, lstm, rnn, type Cell } from "@tapeloop/nn";
import { InputError, quote } from "../input-error.js";
import { loadCell, type LoadedCell } from "./load-cell.js";

/** The cells that go by a name. */
const BUILT_IN: Readonly<Record<string, Cell>> = { rnn, lstm, gru };

/** What a cell may be given as, for help and messages. */
export const CELL_CHOICES = `${Object.keys(BUILT_IN).join(", ")} or a file such as ./my-cell.ts`;

/**
 * The cell that a command line names: one of our own, or one from a file.
 *
 * @throws {InputError} for a name that is neither; otherwise as {@link loadCell} does
 */
export async function resolveCell(name: string, exportName?: string): Promise<LoadedCell> {
  const builtIn = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
  if (builtIn !== undefined) {
    if (exportName !== undefined) {
      throw new InputError(`--export ${exportName}: ${name} is no file, and has no exports to choose from`);
    }
    return { cell: builtIn, explain: (error) => error };
  }
  if (looksLikeFile(name)) return loadCell(name, exportName);
  throw new InputError(`got ${quote(name)} as the cell, expected ${CELL_CHOICES}`);
}

function looksLikeFile(name: string): boolean {
  return /[/\\]/.test(name) || /\.[cm]?[jt]sx?$/.test(name);
}
