import type { Tape } from "../../tape/tape.js";

/** A rewrite of a tape that keeps the function it computes. */
export interface Pass {
  readonly name: string;
  /** What it does, in one line for people. */
  readonly does: string;
  /** The rewritten tape, with the same inputs and as many outputs; the given one stays as it is. */
  run(tape: Tape): Tape;
}
