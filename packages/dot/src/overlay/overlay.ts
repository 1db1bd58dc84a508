import type { TensorType } from "@tapeloop/core";

/** What a drawing says of one value, beside its name and shape. */
export interface Mark {
  /** A short line below the label. */
  readonly text: string;
  /** How strongly the node is tinted: 0 not at all, 1 fully. */
  readonly strength: number;
  /** In which colour: what was found right, wrong, or undecided; an amount; or `"none"`: that of the node's kind. */
  readonly tone: "right" | "wrong" | "undecided" | "amount" | "none";
}

/** Something measured about the values of a tape, to be drawn on its nodes: see the option `overlay` of `toDot`. */
export interface Overlay {
  /** What marks say and what colours mean, for the legend. */
  readonly legend: readonly string[];
  /** Whether a mark stands at the operation that makes the value alone, rather than wherever the value is drawn. */
  readonly isOfOperations?: boolean;
  /**
   * The mark of a value: a tensor of the tape, or of a loop's body.
   *
   * @param step the time step, where one step of a loop is drawn by itself
   */
  markOf(value: TensorType, step?: number): Mark | undefined;
}
