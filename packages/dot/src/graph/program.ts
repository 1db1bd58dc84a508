import { isTape, type Tape, type TapeNode } from "@tapeloop/core";

/** An operation whose program is part of its settings: a loop over time, or a body that runs once. */
export interface Program {
  readonly body: Tape;
  /** How many inputs of the body are carried from step to step; they come first, among its outputs too. */
  readonly carry: number;
  /** How many inputs, after those, are taken apart along time. */
  readonly xs: number;
  /** How many outputs the program returned; those after them are kept for its reverse sweep. */
  readonly results: number;
  /** Names of the carried values. */
  readonly names: readonly string[];
  /** Whether the body runs once per time step. */
  readonly isLoop: boolean;
  /** How many steps a loop has. */
  readonly length: number;
  /** Whether it walks from the last step to the first. */
  readonly reverse: boolean;
  /** `scan × 24`. */
  readonly title: string;
}

/** The program inside a node, read from its settings by their shape; `undefined` if it has none. */
export function programOf({ op, attrs }: TapeNode): Program | undefined {
  const { body, carry, xs, length, reverse, names, saved } = settings(attrs);
  if (!isTape(body)) return undefined;
  const times = typeof length === "number" ? ` × ${length}` : "";
  return {
    body,
    carry: typeof carry === "number" ? carry : 0,
    xs: typeof xs === "number" ? xs : 0,
    results: typeof saved?.first === "number" ? saved.first : body.outputs.length,
    names: Array.isArray(names) ? names.map(String) : [],
    isLoop: typeof length === "number",
    length: typeof length === "number" ? length : 1,
    reverse: reverse === true,
    title: `${op.name}${times}${reverse === true ? ", last step first" : ""}`,
  };
}

interface Settings {
  readonly body?: unknown;
  readonly carry?: unknown;
  readonly xs?: unknown;
  readonly length?: unknown;
  readonly reverse?: unknown;
  readonly names?: unknown;
  readonly saved?: { readonly first?: unknown } | undefined;
}

function settings(attrs: Settings): Settings {
  return attrs;
}
