import { TapeloopError } from "@tapeloop/core";

/** A picture that cannot be made: the graph, a setting or a missing package is why, and the message says which. */
export class RenderError extends TapeloopError {
  override name = "RenderError";
}

/**
 * A picture that was not there when its time was up. Graphviz takes long for thousands of nodes: draw fewer
 * (`maxNodes` of `toDot` folds the others), or give it more time (`timeLimit`).
 */
export class RenderTimeError extends RenderError {
  override name = "RenderTimeError";
  /** The limit in milliseconds. */
  readonly timeLimit: number;

  constructor(caller: string, timeLimit: number) {
    super(
      `${caller}: no picture after ${timeLimit} ms, expected one by then: ` +
        "draw fewer nodes (a smaller maxNodes), or raise timeLimit",
    );
    this.timeLimit = timeLimit;
  }
}
