import type { TapeNode } from "../../tape/tape.js";
import type { Step } from "../ir.js";

/** For which nodes of the tape each step works. */
const origins = new WeakMap<Step, Set<TapeNode>>();

/** Notes that a step does (part of) what the nodes do. */
export function worksFor(step: Step, nodes: Iterable<TapeNode>): void {
  const known = origins.get(step) ?? new Set();
  for (const node of nodes) known.add(node);
  origins.set(step, known);
}

/** The nodes, of the tape that was lowered or of a loop's body, for which a step works. */
export function nodesOf(step: Step): readonly TapeNode[] {
  return [...(origins.get(step) ?? [])];
}
