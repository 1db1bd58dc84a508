import type { Slope } from "./oracle.js";

/** Which of the three is wrong: the formula derived by hand, the tape (a rule of an operation), or the numeric value. */
export type Blame = "none" | "hand" | "tape" | "numeric" | "all" | "undecided";

/** One entry of a gradient, three ways. */
export interface ThreeWays {
  readonly hand: number;
  readonly tape: number;
  /** `undefined` where it was not asked for. */
  readonly numeric: Slope | undefined;
}

/** Two of three that agree outvote the third. */
export function blame({ hand, tape, numeric }: ThreeWays, floor: number, rtol: number): Blame {
  const room = (a: number, b: number): number => floor + rtol * Math.max(Math.abs(a), Math.abs(b));
  const same = Math.abs(hand - tape) <= room(hand, tape);
  if (numeric === undefined) return same ? "none" : "undecided";
  const { value, bound, isKink } = numeric;
  const isNear = (x: number): boolean => Math.abs(x - value) <= room(x, value) + bound;
  const isUseless = !Number.isFinite(value) || !Number.isFinite(bound) || isKink;
  if (isUseless) return same ? "numeric" : "undecided";
  const [handNear, tapeNear] = [isNear(hand), isNear(tape)];
  if (same) {
    // A wide bound would let anything pass.
    const isSharp = bound <= room(tape, value);
    return handNear && tapeNear && isSharp ? "none" : "numeric";
  }
  if (handNear && tapeNear) return "undecided";
  if (tapeNear) return "hand";
  return handNear ? "tape" : "all";
}

/** What each of them means, for reports. */
export const MEANING: Record<Blame, string> = {
  none: "hand, tape and numeric agree",
  hand: "the hand formula is wrong: tape and numeric agree",
  tape: "the tape is wrong (a derivative rule of an operation, please report it): hand and numeric agree",
  numeric:
    "hand and tape agree, the numeric derivative does not: the function is not smooth here or too noisy, " +
    "or hand and tape share one mistake",
  all: "all three differ",
  undecided:
    "hand and tape differ, and the numeric derivative is not precise enough to say which one is wrong",
};

/** How bad a finding is, for sorting. */
export const SEVERITY: Record<Blame, number> = {
  none: 0,
  numeric: 1,
  undecided: 2,
  hand: 3,
  all: 4,
  tape: 5,
};
