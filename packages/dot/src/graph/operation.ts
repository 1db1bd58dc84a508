import type { TapeNode } from "@tapeloop/core";
import { join } from "./canvas.js";
import { draftNode, type Draft } from "./draft.js";
import { readerAt, valueOf, type Frame } from "./frame.js";
import type { GraphNode } from "./model.js";
import { familyOf, operandName, operationText } from "./notation.js";
import type { Place } from "./place.js";
import type { Value } from "./values.js";

/** What an operation is drawn with, where that is not what its tape says. */
export interface Drawn {
  readonly operands?: readonly Value[];
  readonly name?: string;
}

/** Draws an operation of a frame's tape, and edges to it from what it reads. */
export function drawOperation(
  frame: Frame,
  node: TapeNode,
  place: Place,
  cluster: Draft,
  { operands = node.inputs.map((t) => valueOf(frame, t)), name }: Drawn = {},
): GraphNode {
  const { canvas } = frame;
  const reader = readerAt(frame, place, cluster);
  canvas.position++;
  const feeds = operands.map((value) => value.read(reader));
  const numbers = feeds.map((feed) => ("number" in feed ? feed.number : undefined));
  const drawn = draftNode({
    id: `${frame.prefix}n${node.index}`,
    kind: "operation",
    family: familyOf(node),
    operation: operationText(node, numbers),
    name: name ?? (node.outputs.length === 1 ? (node.outputs[0]?.label ?? "") : ""),
    types: node.outputs,
    derivative: node.where.derivative !== undefined,
    tapeNode: node,
    ...(frame.step !== undefined && { step: frame.step }),
  });
  canvas.add(cluster, drawn);
  const alone = numbers.filter((text) => text === undefined).length < 2;
  feeds.forEach((feed, i) => {
    if ("number" in feed) return;
    const label = join(feed.label, alone ? "" : operandName(node, i));
    canvas.edges.push({ ...feed, to: drawn.id, label });
  });
  node.outputs.forEach((t, i) => {
    const label = node.outputs.length > 1 ? (t.label ?? `output ${i}`) : "";
    frame.values.set(t, canvas.computed({ node: drawn, output: i, tensor: t, label, reader }));
  });
  return drawn;
}
