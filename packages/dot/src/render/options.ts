import { ArgumentError, optionsOf, shown } from "@tapeloop/core";

/** How a picture is made. */
export interface RenderOptions {
  /**
   * How long the picture may take, in milliseconds; 30,000 by default, `Infinity` for as long as it takes. Pictures are
   * made one after the other, and each one's time begins with its turn.
   */
  readonly timeLimit?: number;
}

const DEFAULT_TIME_LIMIT = 30_000;

/** The limit that a caller of `caller` asked for. */
export function timeLimitOf(caller: string, options: RenderOptions): number {
  const { timeLimit = DEFAULT_TIME_LIMIT } = optionsOf(caller, options);
  if (typeof timeLimit === "number" && timeLimit > 0) return timeLimit;
  throw new ArgumentError(
    `${caller}: got timeLimit ${shown(timeLimit)}, expected milliseconds > 0, or Infinity`,
  );
}
