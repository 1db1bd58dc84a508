import { record, slice, tanh, ones, apply, defineOp, type Tensor } from "@tapeloop/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toGraph, toJson, type ClusterRecord, type GraphDocument } from "../../src/index.js";
import { anyText, hostile, tapeWith } from "../hostile.js";
import { programs, recordRnn, recordScan } from "../programs.js";

/** Ids of nodes in the order in which clusters hold them. */
function nested({ items }: ClusterRecord): string[] {
  return items.flatMap((item) => (typeof item === "string" ? [item] : nested(item)));
}

function clustersOf(cluster: ClusterRecord): ClusterRecord[] {
  return [cluster, ...cluster.items.flatMap((item) => (typeof item === "string" ? [] : clustersOf(item)))];
}

/** What holds for every document. */
function check(graph: GraphDocument): void {
  const ids = graph.nodes.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(nested(graph.root).sort()).toEqual([...ids].sort());
  const clusters = clustersOf(graph.root).map(({ id }) => id);
  expect(new Set(clusters).size).toBe(clusters.length);
  const known = new Set(ids);
  expect(graph.edges.filter(({ from, to }) => !known.has(from) || !known.has(to))).toEqual([]);
  const folded = [...graph.nodes, ...clustersOf(graph.root)].map((each) => each.folded ?? 0);
  expect(graph.folded).toBe(folded.reduce((sum, n) => sum + n, 0));
}

describe.each(Object.entries(programs))("the graph of %s as data", (_name, make) => {
  it.each([Infinity, 12, 1])(
    "is whole, comes back from JSON, and is the same bytes (≤ %d nodes)",
    (maxNodes) => {
      const options = { maxNodes, title: "a title" };
      const text = toJson(make(), options);
      const read = JSON.parse(text) as GraphDocument;
      check(read);
      expect(read).toEqual(toGraph(make(), options));
      expect(toJson(make(), options)).toBe(text);
    },
  );
});

describe("a graph as data", () => {
  it("says of operations what the tape says", () => {
    const { nodes, edges } = toGraph(recordRnn(3), { unrolled: true });
    const h = nodes.find(({ op, step }) => op === "tanh" && step === 1)!;
    expect(h).toMatchObject({
      kind: "operation",
      operation: "tanh",
      family: "nonlinear",
      name: "h",
      types: [{ shape: [2, 4], dtype: "float32" }],
      scope: "rnn",
      step: 1,
    });
    const next = edges.find(({ from, kind }) => from === h.id && kind === "state")!;
    expect(nodes.find(({ id }) => id === next.to)).toMatchObject({ op: "matmul", step: 2 });
  });

  it("says what is nested in what", () => {
    const loop = clustersOf(toGraph(recordScan(7)).root).find(({ kind }) => kind === "loop")!;
    expect(loop.title).toBe("scan × 7");
    expect(clustersOf(loop).map(({ title }) => title)).toContain("rnn");
  });

  it("marks what a derivative sweep made", () => {
    const { nodes } = toGraph(programs["a gradient"]!());
    expect(new Set(nodes.map(({ derivative }) => derivative))).toEqual(new Set([undefined, "vjp"]));
  });

  it("has settings that are short, and no others", () => {
    const { tape } = record((x: Tensor) => tanh(slice(x, [[1, 3]])), ones([4, 3]));
    expect(toGraph(tape).nodes.find(({ op }) => op === "slice")!.attributes).toMatchObject({ start: [1, 0] });

    const circular: unknown[] = [];
    circular.push(circular);
    const op = defineOp<readonly [Tensor]>({ name: "op", shape: ([x]) => x, forward: ([x]) => x });
    const attrs = {
      circular,
      long: Array(33).fill(1),
      text: "x".repeat(201),
      tensor: ones([2]),
      fn: () => 1,
      nothing: undefined,
      infinite: [Infinity, NaN, -0],
      ["__proto__"]: 1,
    };
    const odd = record((x: Tensor) => apply(op, [x], attrs), ones([2])).tape;
    const node = toGraph(odd).nodes.find((each) => each.op === "op")!;
    expect(Object.keys(node.attributes!).sort()).toEqual(["__proto__", "infinite"]);
    expect(node.attributes!["infinite"]).toEqual(["Infinity", "NaN", 0]);
    expect(JSON.parse(toJson(odd))).toEqual(toGraph(odd));
  });

  it("has a line for each node and edge, for diffs", () => {
    const lines = toJson(recordRnn(3)).split("\n");
    const { nodes, edges } = toGraph(recordRnn(3));
    expect(lines.filter((line) => line.startsWith("    {"))).toHaveLength(nodes.length + edges.length);
  });

  it("comes back whatever the names are", () => {
    const names = fc.oneof(anyText, fc.constantFrom(...hostile.filter((text) => !text.includes("/"))));
    const property = fc.property(names, (text) => {
      const graph = toGraph(tapeWith(text), { title: text });
      check(graph);
      expect(JSON.parse(toJson(tapeWith(text), { title: text }))).toEqual(graph);
    });
    fc.assert(property, { numRuns: 100 });
  });

  it("is not made of anything else", () => {
    const wrong = (): unknown => Reflect.apply(toJson, undefined, [3]);
    expect(wrong).toThrow("toJson: got 3, expected a tape");
    expect(() => toGraph(recordRnn(1), { maxNodes: 0 })).toThrow("toGraph: got maxNodes 0");
  });
});
