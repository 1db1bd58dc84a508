import type { Where } from "@tapeloop/core";
import type { Choice, Trace } from "../numeric/branch.js";

/**
 * Writes down the smooth pieces on which a run of a program lay: which side each relu, comparison, maximum, … took. Two
 * runs with different ones have a kink between them.
 */
export class Signature {
  readonly #choices: Choice[] = [];

  /** The next choice: see `pieces` of an operation's record. */
  add(op: string, where: Where, shape: readonly number[], pieces: ArrayLike<number>): void {
    // A tape is the same on every way through it.
    if (pieces.length > 0) this.#choices.push({ op, where, shape, pieces, path: 0 });
  }

  get trace(): Trace {
    return { choices: this.#choices, path: 0 };
  }
}
