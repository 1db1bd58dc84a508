import type { Tape } from "../../tape/tape.js";
import { cse } from "./cse.js";
import { dce } from "./dce.js";
import { decompose } from "./decompose.js";
import { hoist } from "./hoist.js";
import { inline } from "./inline.js";
import type { Pass } from "./pass.js";
import { followingPlaces } from "./rewrite/places.js";
import { simplify } from "./simplify.js";
import { stack } from "./stack.js";

export type { Pass } from "./pass.js";
export { barrierOp } from "./rewrite/barrier.js";

/** Once: what the tape says, in primitives and without waste. */
const first: readonly Pass[] = [inline, decompose, simplify, cse, dce];
/** What leaves loops, and cleaning up behind it; again if that lets more leave. */
const loops: readonly Pass[] = [hoist, stack];
const tidy: readonly Pass[] = [dce, simplify, cse, dce];
/** A loop in a loop in a loop lets something out in the third round. */
const MOST_ROUNDS = 4;

/** The passes of {@link optimize}, in order. From `hoist` on they are repeated while work leaves loops. */
export const passes: readonly Pass[] = [...first, ...loops, ...tidy];

/**
 * Rewrites a closed tape so that it computes the same function with less work. `each` sees what every pass did.
 * Inputs stay, used or not; an output may become an input, or a number.
 */
export function optimize(tape: Tape, each?: (pass: Pass, before: Tape, after: Tape) => void): Tape {
  const run = (list: readonly Pass[], from: Tape): Tape =>
    list.reduce((before, pass) => {
      const after = pass.run(before);
      each?.(pass, before, after);
      return after;
    }, from);
  return followingPlaces(() => {
    let current = run(first, tape);
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const after = run(loops, current);
      if (after === current) break;
      current = run(tidy, after);
    }
    return current;
  });
}
