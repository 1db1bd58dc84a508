import type { Tape } from "@tapeloop/core";
import { drawnGraph, type GraphOptions } from "../drawn-graph.js";
import { describe } from "./describe.js";
import type { GraphDocument } from "./document.js";

/**
 * The graph of a tape as plain data: nodes, the clusters that they are nested in, and edges. What the other formats draw,
 * for tools of your own.
 *
 * @throws ArgumentError when `maxNodes` is not a number ≥ 1, or the tape is none
 */
export function toGraph(tape: Tape, options: GraphOptions = {}): GraphDocument {
  return describe(drawnGraph("toGraph", tape, options), options);
}

/**
 * The graph of a tape as JSON text: `JSON.parse` gives a {@link GraphDocument}, the same that {@link toGraph} does. One
 * node or edge a line, so that a committed file shows in a diff what changed; equal programs give equal bytes.
 *
 * @throws ArgumentError when `maxNodes` is not a number ≥ 1, or the tape is none
 */
export function toJson(tape: Tape, options: GraphOptions = {}): string {
  const { nodes, edges, root, ...head } = describe(drawnGraph("toJson", tape, options), options);
  const members = [
    ...Object.entries(head).map(([key, value]) => `"${key}": ${JSON.stringify(value)}`),
    `"nodes": ${lines(nodes)}`,
    `"edges": ${lines(edges)}`,
    `"root": ${JSON.stringify(root)}`,
  ];
  return `{\n  ${members.join(",\n  ")}\n}\n`;
}

function lines(items: readonly object[]): string {
  return items.length === 0
    ? "[]"
    : `[\n    ${items.map((item) => JSON.stringify(item)).join(",\n    ")}\n  ]`;
}
