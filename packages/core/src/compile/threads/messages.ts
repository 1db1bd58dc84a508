/*
 * What is said to a worker. A message says what to have at hand; a call is made by a word in the worker's slot, so that
 * it costs no message where the worker is still about from the call before.
 */

/** The first message: where the worker's slot is. */
export interface Start {
  readonly kind: "start";
  readonly slot: Int32Array<SharedArrayBuffer>;
}

/** A program to have at hand from now on. */
export interface Join {
  readonly kind: "join";
  readonly id: number;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Where to find words of the control block, in words from the beginning of memory. */
  readonly words: Readonly<Record<"joined" | "finished" | "failed" | "generation", number>>;
}

/** A program that will not be called again. */
export interface Leave {
  readonly kind: "leave";
  readonly id: number;
}

/** The slot says what to do. */
export interface Wake {
  readonly kind: "wake";
}

export type Message = Start | Join | Leave | Wake;

/** Words of a worker's slot. */
export const SLOT = { state: 0, program: 1, worker: 2, workers: 3, words: 16 } as const;

/** What a worker is doing. */
export const STATE = {
  /** Waiting for messages; costs nothing. */
  listening: 0,
  /** Waiting for its slot to say `called`; for a short time only. */
  ready: 1,
  /** Running a program, or about to. */
  called: 2,
} as const;
