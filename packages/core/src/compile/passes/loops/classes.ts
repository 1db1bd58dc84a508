import type { TapeNode } from "../../../tape/tape.js";
import type { Tensor } from "../../../tensor/tensor.js";
import type { ScanParts } from "../rewrite/scans.js";
import { isBatchable } from "./batch.js";

/*
 * How a value of a loop's body changes from step to step. The classes are ordered: a node is in the highest class of
 * its inputs.
 */

/** A number of the program, or made of such numbers alone. */
export const NUMBER = 0;
/** The same in every step: made of captured tensors. */
export const INVARIANT = 1;
/** Depends on the step's own data alone, by operations that can treat all steps at once. */
export const ROW = 2;
/** Depends on what earlier steps carried on (or on data, by an operation that takes one step at a time). */
export const CARRIED = 3;

export class Classes {
  readonly #classes = new Map<Tensor, number>();

  constructor({ carries, rows, captured }: ScanParts, nodes: readonly TapeNode[] = []) {
    for (const { inner } of carries) this.#classes.set(inner, CARRIED);
    for (const { inner } of rows) this.#classes.set(inner, ROW);
    for (const { inner } of captured) this.#classes.set(inner, INVARIANT);
    for (const node of nodes) this.add(node);
  }

  of(t: Tensor): number {
    return this.#classes.get(t) ?? NUMBER;
  }

  /** Classifies the outputs of a node; those before it are known. */
  add(node: TapeNode): number {
    let highest = NUMBER;
    for (const t of node.inputs) highest = Math.max(highest, this.of(t));
    if (highest === ROW && !isBatchable(node, (t) => this.of(t) === ROW)) highest = CARRIED;
    for (const t of node.outputs) this.#classes.set(t, highest);
    return highest;
  }
}
