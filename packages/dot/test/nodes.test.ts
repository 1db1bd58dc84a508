import {
  add,
  apply,
  arange,
  cast,
  concat,
  defineOp,
  div,
  greater,
  label,
  matmul,
  mul,
  neg,
  ones,
  pow,
  record,
  scope,
  sigmoid,
  slice,
  split,
  square,
  sub,
  sum,
  tanh,
  tensor,
  trace,
  transpose,
  where,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import { describe, expect, it } from "vitest";
import { toDot } from "../src/index.js";
import { data, layer, linearParams } from "./programs.js";
import { readDot } from "./read-dot.js";

const x23 = (): Tensor => ones([2, 3]);
const draw = (fn: (x: Tensor) => unknown, x: Tensor = x23()) => readDot(toDot(record(fn, x).tape));

describe("an operation's node", () => {
  it("shows the operation, its label and its shape", () => {
    const graph = draw((x) => label(sigmoid(x), "f"));
    expect(graph.node("σ").lines).toEqual(["σ", "f  [2, 3]"]);
  });

  it("shows the shape alone when the value has no label", () => {
    expect(draw((x) => tanh(x)).node("tanh").lines).toEqual(["tanh", "[2, 3]"]);
  });

  it("shows the dtype where it is not float32", () => {
    const graph = draw((x) => cast(tanh(x), "int32"), ones([2, 3], { dtype: "float64" }));
    expect(graph.node("tanh").lines).toEqual(["tanh", "float64 [2, 3]"]);
    expect(graph.node("cast").lines).toEqual(["cast", "int32 [2, 3]"]);
  });

  it("shows no shapes when they are switched off", () => {
    const { tape } = record((x: Tensor) => label(tanh(cast(x, "float64")), "y"), label(x23(), "x"));
    const graph = readDot(toDot(tape, { shapes: false }));
    expect(graph.nodes.map(({ lines }) => lines)).toEqual([["x"], ["cast"], ["tanh", "y"], ["y"]]);
  });

  it.each<[string, (x: Tensor) => unknown]>([
    ["+", (x) => add(x, x)],
    ["−", (x) => sub(x, x)],
    ["⊙", (x) => mul(x, x)],
    ["−x", (x) => neg(x)],
    ["x²", (x) => square(x)],
    ["transpose", (x) => transpose(x)],
    ["slice [1:2]", (x) => slice(x, [[1, 2]])],
    ["slice [:, 1:3]", (x) => slice(x, [null, [1, 3]])],
    ["slice start [0, 0], step [1, 2]", (x) => slice(x, [null, [0, 3, 2]])],
    ["concat axis 1", (x) => concat([x, x], 1)],
    ["Σ axis 0", (x) => sum(x, 0)],
    ["Σ", (x) => sum(x)],
    ["Σ axes [0, 1]", (x) => sum(x, { axes: [0, 1], keepDims: true })],
  ])("is written %s", (text, fn) => {
    expect(draw(fn).nodes.map(({ lines }) => lines[0])).toContain(text);
  });

  it("has the numbers that it reads written into it, and no nodes for them", () => {
    const graph = draw((x) => [sub(1, x), mul(x, 0.1), pow(x, -2), where(greater(x, 0), x, 0), add(1, 2)]);
    const texts = graph.nodes.map(({ lines }) => lines[0]);
    expect(texts).toEqual(
      expect.arrayContaining(["1 − ·", "· ⊙ 0.1", "· ^ −2", "· > 0", "where(·, ·, 0)", "1 + 2"]),
    );
    expect(graph.nodes.filter(({ kind }) => kind === "constant")).toEqual([]);
  });

  it("says which operand is which where it matters", () => {
    const graph = draw((x) => div(sub(x, tanh(x)), x));
    expect(graph.edges.map(({ label: text }) => text)).toEqual(["", "", "−", "", "/", ""]);
  });

  it("shows the name of an operation that it does not know, and its settings", () => {
    const op = defineOp<readonly [Tensor], { rate: number; fast: boolean; off: boolean; kind: string }>({
      name: "myOp",
      shape: ([x]) => x,
      forward: ([x]) => x,
    });
    const graph = draw((x) => apply(op, [x], { rate: 0.5, fast: true, off: false, kind: "soft" }));
    expect(graph.node("myOp rate 0.5, fast, kind soft").lines[1]).toBe("[2, 3]");
  });

  it("tells its values apart at their edges when it has several", () => {
    const graph = draw((x) => {
      const [a, b] = split(x, 3, 1);
      return a === undefined || b === undefined ? null : [tanh(label(a, "left")), sigmoid(b)];
    });
    expect(graph.node("split axis 1").lines).toEqual(["split axis 1", "[2, 1], [2, 1], [2, 1]"]);
    const labels = graph.edges
      .filter(({ from }) => from === graph.node("split axis 1").id)
      .map((edge) => edge.label);
    expect(labels).toEqual(["left", "output 1"]);
  });
});

describe("inputs, parameters, constants and outputs", () => {
  it("are nodes of different kinds", () => {
    const graph = readDot(toDot(record(layer, linearParams(), data()).tape));
    expect(graph.nodes.map(({ lines, kind }) => [lines[0], kind])).toEqual([
      ["b", "parameter"],
      ["w", "parameter"],
      ["x", "input"],
      ["matmul", "operation linear"],
      ["+", "operation plain"],
      ["tanh", "operation nonlinear"],
      ["output", "output"],
    ]);
  });

  it("are told apart by argument: parameters are the first one if it is a tree, or those that are named", () => {
    const f = (a: { s: Tensor }, p: { w: Tensor }, x: Tensor): Tensor => add(matmul(x, p.w), a.s);
    const { tape } = record(f, { s: zeros([2, 4]) }, { w: ones([3, 4]) }, data());
    const parameters = (params?: number | readonly number[]): (string | undefined)[] =>
      readDot(toDot(tape, params === undefined ? {} : { params }))
        .nodes.filter(({ kind }) => kind === "parameter")
        .map(({ lines }) => lines[0]);
    expect(parameters()).toEqual(["s"]);
    expect(parameters(1)).toEqual(["w"]);
    expect(parameters([0, 1])).toEqual(["s", "w"]);
    expect(parameters([])).toEqual([]);
  });

  it("of a traced body are its arguments, and as parameters what it took from outside", () => {
    const w = label(ones([3, 4]), "w");
    const tape = trace(([x]) => (x === undefined ? [] : [matmul(x, w)]), [data()]);
    const kinds = readDot(toDot(tape)).nodes.map(({ lines, kind }) => [lines[0], kind]);
    expect(kinds.slice(0, 2)).toEqual(
      expect.arrayContaining([
        ["x", "input"],
        ["w", "parameter"],
      ]),
    );
  });

  it("are named by their place when they have no label", () => {
    const graph = readDot(toDot(record((x: Tensor, y: Tensor) => [add(x, y), x], ones([2]), ones([2])).tape));
    expect(graph.nodes.map(({ lines }) => lines[0])).toEqual([
      "argument 0",
      "argument 1",
      "+",
      "output 0",
      "argument 0",
    ]);
  });

  it("are shown when nothing reads them: a forgotten parameter is worth seeing", () => {
    const graph = readDot(
      toDot(
        record(({ w }: { w: Tensor; unused: Tensor }) => tanh(w), { w: ones([2]), unused: ones([3]) }).tape,
      ),
    );
    expect(graph.node("unused").lines).toEqual(["unused", "[3]"]);
  });

  it("show what a constant is: its label, its number if it is one throughout, its shape", () => {
    const graph = draw((x) => add(add(x, zeros([2, 3])), add(x, label(tensor([[1], [2]]), "table"))));
    const constants = graph.nodes.filter(({ kind }) => kind === "constant").map(({ lines }) => lines);
    expect(constants).toEqual([
      ["0", "[2, 3]"],
      ["constant", "table  [2, 1]"],
    ]);
  });

  it("repeat no constant that several operations read", () => {
    const table = arange(3);
    const graph = draw((x) => add(add(x, table), table));
    expect(graph.nodes.filter(({ kind }) => kind === "constant")).toHaveLength(1);
  });

  it("mark every output, with an edge from what it is", () => {
    const graph = draw((x) => [label(tanh(x), "h"), label(sigmoid(x), "o"), x]);
    const outputs = graph.nodes.filter(({ kind }) => kind === "output");
    expect(outputs.map(({ lines }) => lines[0])).toEqual(["h", "o", "argument 0"]);
    for (const { id } of outputs) expect(graph.edges.filter(({ to }) => to === id)).toHaveLength(1);
  });
});

describe("the drawing as a whole", () => {
  const { tape } = record(layer, linearParams(), data());

  it("has the title and direction asked for", () => {
    const graph = readDot(toDot(tape, { title: 'A "layer" \\N\nof two', rankdir: "TB" }));
    expect(graph.title).toEqual(['A "layer" \\N␊of two']);
    expect(graph.rankdir).toBe("TB");
    expect(readDot(toDot(tape)).rankdir).toBe("LR");
    expect(readDot(toDot(tape)).title).toEqual([""]);
  });

  it("is refused for something that is no tape, or a budget that is no number", () => {
    const notATape: unknown = record(layer, linearParams(), data());
    const call = (value: unknown) => () => void Reflect.apply(toDot, undefined, [value]);
    expect(call(notATape)).toThrow("toDot: got { outputs, tape }, expected a tape");
    expect(call(undefined)).toThrow("toDot: got undefined, expected a tape");
    expect(() => toDot(tape, { maxNodes: 0 })).toThrow("toDot: got maxNodes 0, expected a number ≥ 1");
    expect(() => toDot(tape, { maxNodes: NaN })).toThrow("toDot: got maxNodes NaN");
  });

  it("is text that reads well in a review", () => {
    expect(
      toDot(record((x: Tensor) => scope("s", () => label(tanh(sub(1, x)), "y")), label(x23(), "x")).tape, {
        legend: false,
      }),
    ).toMatchInlineSnapshot(`
      "digraph tape {
        graph [rankdir=LR, fontname=Helvetica, fontsize=13, fontcolor="#1c2733", bgcolor="#ffffff", nodesep=0.22, ranksep=0.32, pad=0.15];
        node [fontname=Helvetica, fontcolor="#1c2733", fontsize=12, height=0.3, width=0.3, margin="0.13,0.05"];
        edge [fontname=Helvetica, fontcolor="#55606e", fontsize=10, arrowsize=0.6];
        i0 [label="x\\n[2, 3]", shape=oval, style=filled, margin="0.02,0.01", fillcolor="#eceff3", color="#6b7684", class=input];
        subgraph cluster_0 {
          graph [label="s", color="#b6c0cc", style="rounded,filled", labeljust=l, labelloc=t, fontsize=11, fontcolor="#55606e", fillcolor="#f6f8fa", class=scope];
          n0 [label="1 − ·\\n[2, 3]", shape=box, style="rounded,filled", fillcolor="#ffffff", color="#4a5563", class="operation plain"];
          n1 [label="tanh\\ny  [2, 3]", shape=box, style="rounded,filled", fillcolor="#fdeccc", color="#b36b00", class="operation nonlinear"];
        }
        o0 [label="y\\n[2, 3]", shape=oval, style=filled, peripheries=2, margin="0.02,0.01", fillcolor="#eceff3", color="#6b7684", class=output];
        i0 -> n0 [color="#4a5563", class=data];
        n0 -> n1 [color="#4a5563", class=data];
        n1 -> o0 [color="#4a5563", class=data];
      }
      "
    `);
  });
});
