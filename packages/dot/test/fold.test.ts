import {
  add,
  concat,
  mul,
  ones,
  record,
  scope,
  split,
  stack,
  sum,
  tanh,
  timeStep,
  type Tape,
  type Tensor,
} from "@tapeloop/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wholeGraph } from "../src/drawn-graph.js";
import { foldGraph, hiddenOperations } from "../src/graph/fold.js";
import { nodesOf } from "../src/graph/model.js";
import { toDot as draw, toGraph, type DotOptions } from "../src/index.js";
import { programs, recordOutputs, recordRnn, recordRnnGradient } from "./programs.js";
import { readDot, type ReadGraph } from "./read-dot.js";

/** Loops as they were recorded: what becomes of them in a budget is what is tested here. */
const toDot = (tape: Tape, options: DotOptions = {}): string => draw(tape, { unrolled: true, ...options });

/** What cycles are looked for in: a drawing, or a graph before it is drawn. */
interface Drawn {
  readonly nodes: readonly { readonly id: string }[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly kind: string }[];
}

/** Whether the drawing, but for the edges back to the beginning of loops, has a cycle. */
function hasCycle({ nodes, edges }: Drawn): boolean {
  const missing = new Map(nodes.map(({ id }) => [id, 0]));
  const forward = edges.filter(({ kind }) => kind !== "carry");
  for (const { to } of forward) missing.set(to, (missing.get(to) ?? 0) + 1);
  const ready = nodes.map(({ id }) => id).filter((id) => missing.get(id) === 0);
  let done = 0;
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    done++;
    for (const { from, to } of forward) {
      if (from !== id) continue;
      const left = (missing.get(to) ?? 0) - 1;
      missing.set(to, left);
      if (left === 0) ready.push(to);
    }
  }
  return done < nodes.length;
}

const folds = ({ nodes }: ReadGraph): (readonly string[])[] =>
  nodes.filter(({ kind }) => kind === "fold").map(({ lines }) => lines);

describe("a tape within its budget", () => {
  it("is drawn whole, and says nothing of folding", () => {
    const graph = readDot(toDot(recordRnn(4)));
    expect(folds(graph)).toEqual([]);
    expect(graph.title).toEqual([""]);
  });
});

describe("a tape beyond its budget", () => {
  it("shows the first steps of an unrolled loop and the last, and one node for those between", () => {
    const graph = readDot(toDot(recordRnn(1000), { title: "RNN" }));
    expect(folds(graph)).toEqual([["t = 2 … 998", "4,985 operations"]]);
    expect(new Set(graph.nodes.flatMap(({ path }) => path))).toEqual(
      new Set(["rnn", "t = 0", "t = 1", "t = 999"]),
    );
    expect(graph.title).toEqual(["RNN", "4,985 nodes folded"]);
  });

  it("still shows how the state goes through the loop", () => {
    const graph = readDot(toDot(recordRnn(1000)));
    const fold = graph.nodes.find(({ kind }) => kind === "fold")?.id;
    const through = graph.edges.filter(({ from, to }) => from === fold || to === fold);
    expect(through.map(({ kind }) => kind)).toEqual(["state", "state"]);
  });

  it("folds parameters and inputs that only the folded steps read with them", () => {
    const graph = readDot(toDot(recordRnn(1000)));
    expect(graph.nodes.filter(({ kind }) => kind === "parameter")).toHaveLength(9);
    expect(graph.nodes.filter(({ kind }) => kind === "input")).toHaveLength(4);
  });

  it("folds the steps of its backward pass likewise, counting down", () => {
    expect(folds(readDot(toDot(recordRnnGradient(300)))).map(([title]) => title)).toEqual([
      "t = 2 … 298",
      "t = 297 … 1",
    ]);
  });

  it("folds scopes from the inside out when that is not enough", () => {
    const gate = (name: string, x: Tensor): Tensor => scope(name, () => tanh(add(mul(x, 2), 1)));
    const f = (x: Tensor): Tensor => scope("cell", () => mul(gate("i", x), gate("f", gate("o", x))));
    const { tape } = record(f, ones([2]));
    expect(folds(readDot(toDot(tape, { maxNodes: 8 })))).toEqual([
      ["i", "3 operations"],
      ["o", "3 operations"],
      ["f", "3 operations"],
    ]);
    expect(folds(readDot(toDot(tape, { maxNodes: 4 })))).toEqual([["cell", "10 operations"]]);
  });

  it("folds the middle of what has no scopes", () => {
    const f = (x: Tensor): Tensor => {
      let y = x;
      for (let i = 0; i < 100; i++) y = tanh(y);
      return y;
    };
    const graph = readDot(toDot(record(f, ones([2])).tape, { maxNodes: 20 }));
    expect(folds(graph)).toEqual([["…", "83 operations"]]);
    expect(graph.nodes.length).toBeLessThanOrEqual(21);
    expect(graph.title).toEqual(["83 nodes folded"]);
  });

  it("folds inputs when there are more of them than can be drawn", () => {
    const { tape } = record(
      (xs: readonly Tensor[]) => sum(stack(xs)),
      Array.from({ length: 900 }, () => ones([2])),
    );
    const graph = readDot(toDot(tape));
    expect(folds(graph)).toEqual([["…", "734 values"]]);
    expect(graph.title).toEqual([""]);
    expect(graph.edges.length).toBeLessThan(200);
  });

  it("draws edges that became alike once", () => {
    const f = (xs: readonly Tensor[]): Tensor =>
      sum(stack(xs.map((x, t) => timeStep(t, () => tanh(add(x, 1))))));
    const graph = readDot(
      toDot(
        record(
          f,
          Array.from({ length: 200 }, () => ones([2])),
        ).tape,
        { maxNodes: 100 },
      ),
    );
    expect(new Set(graph.edges.map((edge) => JSON.stringify(edge))).size).toBe(graph.edges.length);
  });
});

describe("edges of a tape beyond its budget", () => {
  it("to what is folded are one for each kind, with a few of their labels", () => {
    const { nodes, edges } = toGraph(recordOutputs(1000));
    expect(nodes.length).toBeLessThanOrEqual(501);
    expect(edges.length).toBeLessThan(510);
    expect(edges.filter(({ label }) => label.includes("…")).map(({ label }) => label)).toEqual([
      "of 250, …, of 751",
    ]);
    expect(toGraph(recordOutputs(6), { maxNodes: 6 }).edges.map(({ label }) => label)).toContain(
      "of 3, of 4",
    );
  });

  it("are one for each pair of nodes where there are very many of them", () => {
    const repeat = (times: number): Tape =>
      record((x: Tensor) => stack(Array.from({ length: times }, () => tanh(x))), ones([2])).tape;
    const same = (times: number): Tape =>
      record((x: Tensor) => stack(Array.from({ length: times }, () => x)), ones([2])).tape;
    for (const make of [repeat, same]) {
      expect(toGraph(make(3000)).edges.length).toBeLessThan(10);
      expect(toGraph(make(3000), { maxNodes: Infinity }).edges.length).toBeGreaterThan(
        make === same ? 3000 : 2,
      );
    }
    expect(toGraph(same(12)).edges).toHaveLength(13);
  });

  it("say no type where those that they stand for have several", () => {
    const f = (x: Tensor): unknown => {
      let y = x;
      const parts = split(x, [1, 2, 3]);
      for (let i = 0; i < 20; i++) y = tanh(y);
      return [stack([y, y]), concat(parts.map((part) => tanh(part)))];
    };
    const { tape } = record(f, ones([6]));
    for (const shapes of [true, "edges"] as const) {
      const { edges } = readDot(draw(tape, { maxNodes: 3, shapes }));
      expect(edges.length).toBeLessThan(12);
    }
    const mixed = toGraph(tape, { maxNodes: 3 }).edges.filter(({ from }) => from.startsWith("f_"));
    expect(mixed.map(({ type }) => type)).toEqual(mixed.map(() => undefined));
  });

  it("may be as many as the arguments of a function, and more", () => {
    const f = (x: Tensor): Tensor => {
      let h = x;
      for (let t = 0; t < 140_000; t++) h = timeStep(t, () => tanh(h));
      return h;
    };
    const { tape } = record(f, ones([2]));
    expect(draw(tape, { unrolled: 130_000 })).toContain("operations");
  });
});

describe("folding", () => {
  it("can go on from what is folded", () => {
    const tapes = Object.values(programs).map((make) => make());
    const budgets = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...tapes), budgets, (tape, list) => {
        let graph = wholeGraph("test", tape, { unrolled: true });
        const operations = (): number =>
          hiddenOperations(graph) + nodesOf(graph.root).filter(({ kind }) => kind === "operation").length;
        const before = operations();
        for (const maxNodes of list.sort((a, b) => b - a)) {
          graph = foldGraph(graph, maxNodes);
          const nodes = nodesOf(graph.root);
          expect(operations()).toBe(before);
          expect(nodes.length).toBeLessThanOrEqual(Math.max(8, maxNodes + 1));
          expect(hasCycle({ nodes, edges: graph.edges })).toBe(false);
          const ids = new Set(nodes.map(({ id }) => id));
          expect(graph.edges.filter(({ from, to }) => !ids.has(from) || !ids.has(to))).toEqual([]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("makes no cycle and loses no operation, at any budget", () => {
    const tapes = Object.values(programs).map((make) => make());
    const operationsOf = (maxNodes: number, tape: (typeof tapes)[number]): number => {
      const graph = readDot(toDot(tape, { maxNodes }));
      expect(hasCycle(graph)).toBe(false);
      const drawn = graph.nodes.filter(({ kind }) => kind.startsWith("operation")).length;
      const counts = folds(graph).map(([, line = ""]) => /^([\d,]+) operation/.exec(line)?.[1] ?? "0");
      return counts.reduce((total, n) => total + Number(n.replaceAll(",", "")), drawn);
    };
    fc.assert(
      fc.property(fc.constantFrom(...tapes), fc.integer({ min: 1, max: 120 }), (tape, maxNodes) => {
        expect(operationsOf(maxNodes, tape)).toBe(operationsOf(Infinity, tape));
      }),
      { numRuns: 200 },
    );
  });
});
