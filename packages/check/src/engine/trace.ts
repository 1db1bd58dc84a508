import { observe, type Execution, type Where } from "@tapeloop/core";

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

/** Runs `fn` and says which branch it took. */
export function traced<R>(fn: () => R): { readonly result: R; readonly trace: Trace } {
  const choices: Choice[] = [];
  let path = OFFSET;
  const listener = ({ op, inputs, outputs, attrs, where }: Execution): void => {
    path = mix(path, hashOf(op.name));
    for (const { shape } of outputs) for (const n of shape) path = mix(path, n);
    if (op.pieces === undefined) return;
    const pieces = op.pieces(inputs, attrs);
    if (pieces.length === 0) return;
    choices.push({ op: op.name, where, shape: outputs[0]?.shape ?? [], pieces, path });
  };
  const result = observe(listener, fn);
  return { result, trace: { choices, path } };
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

// Fowler, Noll and Vo's hash (FNV-1a), a word at a time.
const OFFSET = 0x811c9dc5;

function mix(hash: number, word: number): number {
  return Math.imul(hash ^ word, 0x01000193);
}

const hashes = new Map<string, number>();

function hashOf(name: string): number {
  const known = hashes.get(name);
  if (known !== undefined) return known;
  let hash = OFFSET;
  for (let i = 0; i < name.length; i++) hash = mix(hash, name.charCodeAt(i));
  hashes.set(name, hash);
  return hash;
}
