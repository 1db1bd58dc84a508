import { describe, expect, it } from "vitest";
import { toDot } from "../src/index.js";
import { recordRnn, recordRnnGradient } from "./programs.js";
import { readDot, type ReadGraph } from "./read-dot.js";
import { renderSvg } from "../src/render/index.js";
import { mul, ones, record, scope, tanh, add, type Tensor } from "@tapeloop/core";

/** Position on the tape of the operation that a node draws; `undefined` for other nodes. */
function position(id: string): number | undefined {
  const [, digits] = /^n(\d+)$/.exec(id) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** Per node that edges leave, how many operations each of them spans. Stand-ins are where they are first read. */
function spans({ edges }: ReadGraph): Map<string, number[]> {
  const begin = new Map<string, number>();
  const found = new Map<string, number[]>();
  for (const { from, to } of edges) {
    const end = position(to);
    if (end === undefined) continue;
    if (!begin.has(from)) begin.set(from, position(from) ?? end);
    found.set(from, [...(found.get(from) ?? []), end - (begin.get(from) ?? 0)]);
  }
  return found;
}

const sum = (lengths: readonly number[]): number => lengths.reduce((total, length) => total + length, 0);

describe("an unrolled RNN of 100 steps, 500 operations", () => {
  const graph = readDot(toDot(recordRnn(100), { unrolled: true, maxNodes: Infinity }));

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
    for (const lengths of spans(graph).values()) {
      expect(Math.max(...lengths)).toBeLessThanOrEqual(5);
    }
  });

  it("is drawn", async () => {
    expect(await renderSvg(toDot(recordRnn(100), { unrolled: true, maxNodes: Infinity }))).toContain(
      "t = 99",
    );
  });
});

describe("a value that is read far from where it was made", () => {
  const gradient = readDot(toDot(recordRnnGradient(60), { unrolled: true, maxNodes: Infinity }));

  it("is named there instead of being connected", () => {
    const references = gradient.nodes.filter(({ kind }) => kind === "reference");
    expect(references.length).toBeGreaterThan(50);
    expect(new Set(references.map(({ lines }) => lines[0]))).toEqual(new Set(["↪ h"]));
    expect(references.every(({ path }) => path[0] === "backward pass")).toBe(true);
    for (const { id } of references) expect(gradient.edges.filter(({ from }) => from === id)).not.toEqual([]);
  });

  it("is named there also if nothing marks the time steps", () => {
    const f = ({ w }: { w: Tensor }, x: Tensor): Tensor => {
      let y = x;
      for (let t = 0; t < 500; t++) y = scope("rnn", () => add(tanh(mul(y, w)), x));
      return y;
    };
    const graph = readDot(
      toDot(record(f, { w: ones([2]) }, ones([2])).tape, { unrolled: true, maxNodes: Infinity }),
    );
    for (const lengths of spans(graph).values()) expect(sum(lengths)).toBeLessThanOrEqual(100);
    expect(graph.nodes.filter(({ lines }) => lines[0] === "w").length).toBeGreaterThan(20);
    expect(graph.nodes.filter(({ lines }) => lines[0] === "argument 1").length).toBeGreaterThan(20);
  });

  it("has edges no longer than Graphviz handles well: their sum grows with the tape, not with its square", () => {
    for (const lengths of spans(gradient).values()) {
      expect(Math.max(...lengths)).toBeLessThanOrEqual(150);
      expect(sum(lengths)).toBeLessThanOrEqual(400);
    }
  });
});
