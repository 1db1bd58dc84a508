/** What the driver asks of a contender's process. */
export type Request =
  /** Training steps, or losses alone, one after another. */
  | { readonly do: "step" | "forward"; readonly times: number }
  /** Write the parameters to a file: float64, in the order of `parametersOf`. */
  | { readonly do: "params"; readonly file: string }
  /** The most memory the process has held. */
  | { readonly do: "memory" };

/** The answer; the first one comes unasked, once the contender is ready. */
export interface Reply {
  readonly ok: boolean;
  readonly error?: string;
  /** Milliseconds of all the calls by the clock, and on the processor. */
  readonly wall?: number;
  readonly cpu?: number;
  /** The loss of the last call. */
  readonly loss?: number;
  readonly bytes?: number;
}
