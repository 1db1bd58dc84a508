import type { TensorType } from "@tapeloop/core";
import type { Canvas } from "./canvas.js";
import { draftNode, type Draft } from "./draft.js";
import type { GraphNode } from "./model.js";
import type { Feed, Reader, Value } from "./values.js";

interface StackOptions {
  readonly canvas: Canvas;
  readonly cluster: Draft;
  /** The loop in that cluster. */
  readonly loop: Draft;
  readonly id: string;
  readonly name: string;
  readonly type: TensorType;
  readonly reader: Reader;
}

/** What the steps of a loop return, row by row. It has a node of its own only if somebody reads it as a whole. */
export class StackedValue implements Value {
  readonly name: string;
  readonly #options: StackOptions;
  readonly #rows = new Map<number, Value>();
  #node: GraphNode | undefined;

  constructor(options: StackOptions) {
    this.name = options.name;
    this.#options = options;
  }

  push(step: number, row: Value | undefined): void {
    if (row !== undefined) this.#rows.set(step, row);
  }

  row(step: number): Value | undefined {
    return this.#rows.get(step);
  }

  read(reader: Reader): Feed {
    const { reader: home } = this.#options;
    const kind = reader.place.sweep === home.place.sweep ? "data" : "saved";
    return { from: this.#drawn().id, kind, label: "" };
  }

  #drawn(): GraphNode {
    if (this.#node !== undefined) return this.#node;
    const { canvas, cluster, loop, id, name, type, reader } = this.#options;
    const drawn = draftNode({ id, kind: "operation", operation: "stack", name, types: [type] });
    // Right behind the loop, wherever the reader stands.
    cluster.items.splice(cluster.items.indexOf(loop) + 1, 0, drawn);
    const seen = new Set<string>();
    for (const row of [...this.#rows].sort(([a], [b]) => a - b).map(([, value]) => value)) {
      const edge = canvas.edgeFrom(row, drawn, { ...reader, position: canvas.position });
      // The steps that are left out have one edge for all their rows.
      if (!seen.has(edge.from)) canvas.edges.push(edge);
      seen.add(edge.from);
    }
    return (this.#node = drawn);
  }
}
