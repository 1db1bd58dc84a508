import type { Tape, TapeNode, Tensor } from "@tapeloop/core";
import type { Draft, DraftNode } from "../graph/draft.js";
import type { Frame } from "../graph/frame.js";
import type { Place } from "../graph/place.js";
import type { Program } from "../graph/program.js";
import type { Reader, Value } from "../graph/values.js";
import type { Expression, Leaf } from "./expression.js";

/** A loop that was drawn, beside whose steps those of its reverse sweep will stand. */
export interface DrawnLoop {
  readonly program: Program;
  readonly inner: Frame;
  /** What a step sees of each of the loop's data. */
  readonly rows: ReadonlyMap<Value, Value>;
}

/** Where an operation stands. */
export interface Home {
  readonly cluster: Draft;
  readonly id: string;
  readonly tape: Tape;
  readonly scope: string;
}

/** What a node of a reverse sweep computes. */
export interface Formula {
  readonly formula: Expression;
  /** The scope of what is differentiated. */
  readonly scope: string;
  readonly name: string;
  /** Whether it adds up what several readers of a value contribute to its gradient. */
  readonly isSum: boolean;
  /** What the formula is for. */
  readonly result: Leaf;
  /** What each name in its text stands for. */
  readonly names: ReadonlyMap<string, Leaf>;
}

/** The gradient's way back through a loop. */
export interface Sweep {
  /** The loop's own operations. */
  readonly body: Tape;
  /** What is carried: its name, the node where it comes in, and that from which it goes on to the step before. */
  readonly states: readonly SweptState[];
}

export interface SweptState {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** What goes on to the step before. */
  readonly result: Expression;
}

/** What a formula is drawn as. */
export interface FormulaNode {
  readonly id: string;
  readonly tensor: Tensor;
  readonly name: string;
  /** The name as formulas write it. */
  readonly symbol: string;
  readonly cluster: Draft;
  readonly place: Place;
  readonly beside?: string;
  readonly tapeNode?: TapeNode;
  readonly isSum: boolean;
  readonly scope: string;
  readonly isIncoming?: (leaf: Leaf) => boolean;
  readonly isConnected?: (value: Value) => boolean;
}

export interface DrawnFormula {
  readonly node: DraftNode;
  readonly value: Value;
  readonly reader: Reader;
}
