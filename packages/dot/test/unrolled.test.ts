import { describe, expect, it } from "vitest";
import { toDot } from "../src/index.js";
import { recordRnn, recordRnnGradient } from "./programs.js";
import { readDot, type ReadGraph } from "./read-dot.js";
import { renderSvg } from "../../cli/src/render/index.js";
import { mul, ones, record, scope, tanh, add, type Tensor } from "@tapeloop/core";

/** For each node the longest way to it from a node without inputs: where Graphviz puts it, or further on. */
function ranks({ nodes, edges }: ReadGraph): Map<string, number> {
  const rank = new Map(nodes.map(({ id }) => [id, 0]));
  const forward = edges.filter(({ kind }) => kind !== "carry");
  for (let changed = true; changed;) {
    changed = false;
    for (const { from, to } of forward) {
      const least = (rank.get(from) ?? 0) + 1;
      if ((rank.get(to) ?? 0) < least) {
        rank.set(to, least);
        changed = true;
        if (least > nodes.length) throw new Error("the drawing has a cycle");
      }
    }
  }
  return rank;
}

describe("an unrolled RNN of 100 steps, 500 operations", () => {
  const graph = readDot(toDot(recordRnn(100), { maxNodes: Infinity }));

  it("shows every operation", () => {
    expect(graph.nodes.filter(({ kind }) => kind.startsWith("operation"))).toHaveLength(500);
  });

  it("has each shared parameter once in each time step that uses it, and nowhere else", () => {
    const parameters = graph.nodes.filter(({ kind }) => kind === "parameter");
    expect(parameters).toHaveLength(300);
    for (const { id, path } of parameters) {
      const readers = graph.edges.filter(({ from }) => from === id).map(({ to }) => to);
      expect(readers).toHaveLength(1);
      expect(graph.nodes.find((node) => node.id === readers[0])?.path).toEqual(path);
      expect(path[1]).toMatch(/^t = \d+$/);
    }
  });

  it("has no edge that spans more than one step, which is what would make Graphviz slow", () => {
    const rank = ranks(graph);
    const parameterless = graph.edges.filter(({ kind }) => kind === "data" || kind === "state");
    const inputs = new Set(graph.nodes.filter(({ kind }) => kind === "input").map(({ id }) => id));
    const spans = parameterless
      .filter(({ from }) => !inputs.has(from))
      .map(({ from, to }) => (rank.get(to) ?? 0) - (rank.get(from) ?? 0));
    expect(Math.max(...spans)).toBeLessThanOrEqual(2);
    // Inputs have no rank of their own: they stand right before what reads them, as long as that is one thing.
    for (const id of inputs) expect(graph.edges.filter(({ from }) => from === id)).toHaveLength(1);
  });

  it("is drawn", async () => {
    expect(await renderSvg(toDot(recordRnn(100), { maxNodes: Infinity }))).toContain("t = 99");
  });
});

describe("a value that is read far from where it was made", () => {
  it("is named there instead of being connected, so that no edge crosses a whole backward pass", () => {
    const graph = readDot(toDot(recordRnnGradient(60), { maxNodes: Infinity }));
    const positions = new Map(graph.nodes.map(({ id }, i) => [id, i]));
    const references = graph.nodes.filter(({ kind }) => kind === "reference");
    expect(references.length).toBeGreaterThan(50);
    expect(new Set(references.map(({ lines }) => lines[0]))).toEqual(new Set(["↪ h"]));
    expect(references.every(({ path }) => path[0] === "backward pass")).toBe(true);
    expect(positions.size).toBe(graph.nodes.length);
    // Each step's h is read in its own step's backward pass and in that of the next.
    for (const { id } of references) expect(graph.edges.filter(({ from }) => from === id)).toHaveLength(1);
  });

  it("is repeated also where nothing marks the time steps", () => {
    const f = ({ w }: { w: Tensor }, x: Tensor): Tensor => {
      let y = x;
      for (let t = 0; t < 500; t++) y = scope("rnn", () => tanh(mul(y, w)));
      return add(y, x);
    };
    const graph = readDot(toDot(record(f, { w: ones([2]) }, ones([2])).tape, { maxNodes: Infinity }));
    const parameters = graph.nodes.filter(({ kind }) => kind === "parameter");
    expect(parameters.length).toBeGreaterThanOrEqual(5);
    for (const { id } of parameters) {
      expect(graph.edges.filter(({ from }) => from === id).length).toBeLessThanOrEqual(80);
    }
    expect(graph.nodes.filter(({ kind }) => kind === "input")).toHaveLength(2);
  });
});
