import type { Where } from "@tapeloop/core";

/** One run of an operation that is smooth in pieces, and the piece that each element was on. */
export interface Choice {
  readonly op: string;
  readonly where: Where;
  readonly shape: readonly number[];
  /** Even numbers are pieces, odd ones boundaries between them; see `pieces` of an operation's record. */
  readonly pieces: ArrayLike<number>;
  /** What had run before: see {@link Trace.path}. */
  readonly path: number;
}

/**
 * Which branch of a piecewise smooth function an evaluation took: inside one branch the function is smooth, and
 * finite differences mean something.
 */
export interface Trace {
  readonly choices: readonly Choice[];
  /** Hash of the operations that ran and of the shapes of their results, in order: `if` and `for` change it. */
  readonly path: number;
}

/** Where two evaluations took different branches. */
export interface Difference {
  /** Whether the first evaluation lay exactly on the boundary between the two branches. */
  readonly isTie: boolean;
  /** The first choice that differs; `undefined` if only the path does: JavaScript itself took another branch. */
  readonly choice: Choice | undefined;
  /** The element of the choice that differs, in row-major order. */
  readonly element: number;
}

/**
 * The first place where `other` left the branch of `origin`; `undefined` if it did not. An element that left its
 * piece counts before one that moved off a boundary on which the origin lay.
 */
export function difference(origin: Trace, other: Trace): Difference | undefined {
  let tie: Difference | undefined;
  const count = Math.max(origin.choices.length, other.choices.length);
  for (let k = 0; k < count; k++) {
    const [a, b] = [origin.choices[k], other.choices[k]];
    if (a?.path !== b?.path || a?.pieces.length !== b?.pieces.length) return tie ?? OTHER_PATH;
    for (let i = 0; i < (a?.pieces.length ?? 0); i++) {
      const piece = a?.pieces[i] ?? 0;
      if (piece === b?.pieces[i]) continue;
      if (piece % 2 === 0) return { isTie: false, choice: a, element: i };
      tie ??= { isTie: true, choice: a, element: i };
    }
  }
  // Which way a program goes after a tie is decided by the tie.
  return tie ?? (origin.path === other.path ? undefined : OTHER_PATH);
}

const OTHER_PATH: Difference = { isTie: false, choice: undefined, element: 0 };

/** An element that lies on a boundary at t = 0 of a line, and leaves it to one side at least. */
export interface BrokenTie {
  /** Which choice of the trace, and which of its elements. */
  readonly choice: number;
  readonly element: number;
  readonly op: string;
  /** The pieces to both sides. */
  readonly left: number;
  readonly right: number;
}

/**
 * All ties of `origin` that are broken at one of two points; `undefined` where another way through the program makes the
 * three incomparable.
 */
export function brokenTies(origin: Trace, left: Trace, right: Trace): readonly BrokenTie[] | undefined {
  const isComparable = [left, right].every(
    ({ choices, path }) =>
      path === origin.path &&
      choices.length === origin.choices.length &&
      choices.every(({ pieces }, k) => pieces.length === origin.choices[k]?.pieces.length),
  );
  if (!isComparable) return undefined;
  return origin.choices.flatMap(({ op, pieces }, choice) => {
    const [before, after] = [left.choices[choice]?.pieces, right.choices[choice]?.pieces];
    return Array.from(pieces, (piece, element) => ({
      piece,
      tie: { choice, element, op, left: before?.[element] ?? piece, right: after?.[element] ?? piece },
    })).flatMap(({ piece, tie }) => (tie.left === piece && tie.right === piece ? [] : [tie]));
  });
}
