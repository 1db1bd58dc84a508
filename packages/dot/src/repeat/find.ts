import type { Tape, TapeNode, Tensor } from "@tapeloop/core";
import { findRuns } from "./runs.js";
import { sequenceOf, type Sequence } from "./signature.js";
import { wire, type Source } from "./wiring.js";

/** A block of operations that a tape repeats, as a plain loop records it. */
export interface Repeat {
  /** The operations of each repetition. */
  readonly blocks: readonly (readonly TapeNode[])[];
  /** Where operands come from: per operation of the block, per operand. */
  readonly sources: readonly (readonly Source[])[];
  readonly rows: Sequence["rows"];
}

/** The repeated blocks of a tape. */
export interface Repeats {
  /** By the first operation of each. */
  readonly beginning: ReadonlyMap<TapeNode, Repeat>;
  /** Operations that are part of a repetition, and those that only take a row for one. */
  readonly covered: ReadonlySet<TapeNode>;
}

/**
 * Finds the blocks of operations that a tape repeats with the same operations, types, settings and wiring. `kindOf`
 * tells apart values from outside that must not stand for each other.
 */
export function findRepeats(tape: Tape, kindOf: (t: Tensor) => string): Repeats {
  const sequence = sequenceOf(tape);
  const { nodes, rows, resolve } = sequence;
  const isSeries = (values: readonly Tensor[]): boolean => {
    const taken = values.map((t) => rows.get(t));
    if (taken.every((row) => row === undefined)) return new Set(values.map(kindOf)).size === 1;
    const [first, second] = taken;
    // Row by row, forwards or backwards.
    return taken.every(
      (row, r) =>
        row !== undefined &&
        row.source === first?.source &&
        row.row === first.row + r * ((second?.row ?? 0) - first.row),
    );
  };
  const runs = findRuns(sequence.codes, (run) => wire(sequence, run, isSeries));
  const beginning = new Map<TapeNode, Repeat>();
  const covered = new Set<TapeNode>();
  for (const { start, period, count, sources } of runs) {
    const blocks = Array.from({ length: count }, (_, r) =>
      nodes.slice(start + r * period, start + (r + 1) * period),
    );
    const [first] = blocks[0] ?? [];
    if (first !== undefined) beginning.set(first, { blocks, sources, rows });
    for (const node of blocks.flat()) covered.add(node);
  }
  const readElsewhere = new Set([
    ...tape.outputs.map(resolve),
    ...tape.nodes.filter((node) => !covered.has(node)).flatMap(({ inputs }) => inputs.map(resolve)),
    ...[...beginning.values()].flatMap(({ sources }) => sources.flat().flatMap(initialOf)),
  ]);
  const readByBlocks = new Set(
    [...beginning.values()].flatMap(({ sources }) =>
      sources.flat().flatMap((source) => (source.kind === "each" ? source.values : [])),
    ),
  );
  for (const { node } of rows.values()) {
    if (node.outputs.some((t) => readByBlocks.has(t)) && !node.outputs.some((t) => readElsewhere.has(t)))
      covered.add(node);
  }
  return { beginning, covered };
}

function initialOf(source: Source): readonly Tensor[] {
  return source.kind === "carry" ? source.initial : source.kind === "same" ? [source.value] : [];
}
