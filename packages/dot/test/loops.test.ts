import {
  add,
  checkpoint,
  grad,
  mul,
  ones,
  record,
  scan,
  scope,
  sum,
  tanh,
  tensor,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import { describe, expect, it } from "vitest";
import { toDot } from "../src/index.js";
import { recordScan, rnnParams, scanned, series } from "./programs.js";
import { readDot } from "./read-dot.js";

describe("a scan", () => {
  const graph = readDot(toDot(recordScan(24)));

  it("is one cluster that holds its body once and says how often it runs", () => {
    const inside = graph.nodes
      .filter(({ path }) => path[0] === "scan × 24" && !path.includes("x"))
      .map(({ lines }) => lines[0]);
    expect(inside.sort()).toEqual(["+", "+", "b", "h", "matmul", "matmul", "tanh", "wh", "wx", "xs[t]"]);
    expect(graph.node("tanh").path).toEqual(["scan × 24", "rnn"]);
  });

  it("costs the same however long it is", () => {
    expect(toDot(recordScan(1000)).length - toDot(recordScan(10)).length).toBeLessThan(20);
  });

  it("has a dashed edge, with the state's name, from the end of its body back to the beginning", () => {
    const state = graph.nodes.find(({ kind }) => kind === "state");
    expect(state?.lines).toEqual(["h", "[2, 4]"]);
    expect(graph.edges.filter(({ kind }) => kind === "carry")).toEqual([
      { from: graph.node("tanh").id, to: state?.id, label: "h", kind: "carry", style: "dashed" },
    ]);
  });

  it("shows where its state begins, what it reads per step, and what comes out", () => {
    const into = (line: string) => {
      const { id } = graph.node(line);
      return graph.edges
        .filter(({ to, kind }) => to === id && kind !== "carry")
        .map(({ from, label }) => [from, label]);
    };
    expect(graph.node("xs").lines[1]).toBe("[24, 2, 3]");
    expect(graph.node("xs[t]").lines[1]).toBe("[2, 3]");
    expect(into("xs[t]")).toEqual([[graph.node("xs").id, ""]]);
    const initial = graph.edges.find(({ label }) => label === "initial");
    expect(graph.nodes.find(({ id }) => id === initial?.from)?.kind).toBe("input");
    const output = graph.nodes.find(({ kind }) => kind === "output");
    expect(output?.lines[1]).toBe("[24, 2, 4]");
    expect(graph.edges.filter(({ to }) => to === output?.id).map(({ from }) => from)).toEqual([
      graph.node("tanh").id,
    ]);
  });

  it("names the last state, and the type of what it stacks, where they leave it", () => {
    const f = (h: Tensor, xs: Tensor): Tensor[] => {
      const [last, hs] = scan(
        (s: { h: Tensor }, x: Tensor) => [{ h: tanh(add(s.h, x)) }, mul(x, 2)],
        { h },
        xs,
      );
      return [sum(last.h), sum(hs)];
    };
    const { edges } = readDot(toDot(record(f, zeros([2]), ones([5, 2])).tape));
    expect(edges.map(({ label }) => label).filter((label) => label !== "")).toEqual([
      "initial",
      "h",
      "last h  [2]",
      "[5, 2]",
    ]);
  });

  it("says when it runs backwards", () => {
    const f = (xs: Tensor): unknown =>
      scan((c: Tensor, x: Tensor) => [add(c, x), c], zeros([2]), xs, { reverse: true });
    expect(toDot(record(f, ones([4, 2])).tape)).toContain('label="scan × 4, last step first"');
  });

  it("draws a number or constant that its state begins with", () => {
    const f = (xs: Tensor): unknown =>
      scan((c: Tensor, x: Tensor) => [add(c, sum(x)), null], tensor(0.5), xs);
    const drawn = readDot(toDot(record(f, ones([4, 2])).tape));
    expect(drawn.node("0.5").kind).toBe("constant");
    expect(drawn.node("0.5").path).toEqual([]);
  });

  it("nests, with the scopes of its body inside and those around it outside", () => {
    const f = (xs: Tensor): unknown =>
      scope("model", () =>
        scan(
          (outer: Tensor, x: Tensor) => {
            const inner = scope("cell", () =>
              scan((c: Tensor) => [scope("gate", () => tanh(add(c, x))), null], outer, null, { length: 3 }),
            );
            return [inner[0], x];
          },
          zeros([2]),
          xs,
        ),
      );
    const drawn = readDot(toDot(record(f, ones([4, 2])).tape));
    expect(drawn.node("tanh").path).toEqual(["model", "scan × 4", "cell", "scan × 3", "gate"]);
  });

  it("is followed by its gradient, a scan in the other direction whose states are the cotangents", () => {
    const f = grad((params: ReturnType<typeof rnnParams>, h: Tensor, xs: Tensor) =>
      sum(scanned(params, h, xs)),
    );
    const drawn = readDot(toDot(record(f, rnnParams(), zeros([2, 4]), series(7)).tape));
    const backward = drawn.nodes.filter(({ path }) => path.includes("scan × 7, last step first"));
    expect(new Set(backward.map(({ path }) => path[0]))).toEqual(new Set(["backward pass"]));
    const states = backward.filter(({ kind }) => kind === "state").map(({ lines }) => lines[0]);
    expect(states).toEqual(expect.arrayContaining(["dh", "dwx", "dwh", "db"]));
    expect(drawn.edges.filter(({ kind }) => kind === "carry")).toHaveLength(1 + states.length);
  });
});

describe("a scan drawn step by step", () => {
  const graph = readDot(toDot(recordScan(24), { unrolled: 3 }));

  it("shows the first steps and the last, and says how many are left out", () => {
    const steps = new Set(
      graph.nodes.map(({ path }) => path[1]).filter((title) => title?.startsWith("t = ")),
    );
    expect([...steps]).toEqual(["t = 0", "t = 1", "t = 23"]);
    const gap = graph.nodes.find(({ kind }) => kind === "fold");
    expect(gap?.lines).toEqual(["t = 2 … 22", "21 steps left out"]);
    expect(graph.title).toEqual(["105 nodes folded"]);
  });

  it("leads the state from step to step by dashed edges with its name", () => {
    const state = graph.edges.filter(({ kind }) => kind === "state");
    expect(state.map(({ label, style }) => [label, style])).toEqual([
      ["h", "dashed"],
      ["h", "dashed"],
      ["h", "dashed"],
    ]);
  });

  it("gives each step its row of the data, and gathers what the steps return", () => {
    const { id } = graph.node("xs");
    expect(graph.readersOf(id)).toEqual(["xs[0]", "xs[1]", "xs[23]"]);
    const stacked = graph.node("stack");
    expect(graph.edges.filter(({ to }) => to === stacked.id)).toHaveLength(4);
    expect(graph.readersOf(stacked.id)).toEqual(["h"]);
  });

  it("shows all steps where asked, also if there are fewer than that", () => {
    for (const unrolled of [true, 5, 9]) {
      const all = readDot(toDot(recordScan(5), { unrolled }));
      expect(all.nodes.some(({ kind }) => kind === "fold")).toBe(false);
      expect(all.nodes.filter(({ lines }) => lines[0] === "tanh")).toHaveLength(5);
    }
    const one = readDot(toDot(recordScan(5), { unrolled: 1 }));
    expect(one.nodes.filter(({ lines }) => lines[0] === "tanh").map(({ path }) => path[1])).toEqual([
      "t = 4",
    ]);
  });

  it("connects the steps of its reverse with those whose values they read", () => {
    const f = grad((params: ReturnType<typeof rnnParams>, h: Tensor, xs: Tensor) =>
      sum(scanned(params, h, xs)),
    );
    const drawn = readDot(toDot(record(f, rnnParams(), zeros([2, 4]), series(7)).tape, { unrolled: 3 }));
    const stepOf = (id: string): string =>
      drawn.nodes.find((node) => node.id === id)?.path.find((title) => title.startsWith("t = ")) ?? "";
    const saved = drawn.edges.filter(({ kind, from, to }) => kind === "saved" && stepOf(from) && stepOf(to));
    expect(saved.length).toBeGreaterThan(3);
    // A step reads its own values, and the state that the one before it ended with.
    for (const { from, to } of saved) {
      const [made, read] = [from, to].map((id) => Number(stepOf(id).slice(4)));
      expect([read, read! - 1]).toContain(made);
    }
    const order = drawn.nodes.flatMap(({ path }) => (path[0] === "backward pass" ? path.slice(2, 3) : []));
    expect([...new Set(order)].filter((title) => title.startsWith("t"))).toEqual(["t = 6", "t = 1", "t = 0"]);
  });

  it("is refused with a number of steps that is none", () => {
    expect(() => toDot(recordScan(5), { unrolled: 0 })).toThrow(
      "toDot: got unrolled 0, expected true, false or a whole number ≥ 1",
    );
  });
});

describe("a checkpoint", () => {
  it("is a cluster around its body, which reads what is outside as if it stood there", () => {
    const f = (w: { w: Tensor }, x: Tensor): Tensor => checkpoint((y: Tensor) => tanh(mul(y, w.w)))(x);
    const drawn = readDot(toDot(record(f, { w: ones([2]) }, ones([2])).tape));
    expect(drawn.node("tanh").path).toEqual(["checkpoint"]);
    expect(drawn.readersOf(drawn.node("argument 1").id)).toEqual(["⊙"]);
    expect(drawn.readersOf(drawn.node("tanh").id)).toEqual(["output"]);
  });
});
