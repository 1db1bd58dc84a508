import {
  add,
  grad,
  jvp,
  ones,
  record,
  scope,
  square,
  sum,
  tanh,
  timeStep,
  type Tensor,
} from "@tapeloop/core";
import { describe, expect, it } from "vitest";
import { toDot } from "../src/index.js";
import { data, linearParams, loss, recordRnn, recordRnnGradient } from "./programs.js";
import { readDot, type ReadGraph } from "./read-dot.js";

const draw = (fn: (x: Tensor) => unknown): ReadGraph => readDot(toDot(record(fn, ones([2])).tape));
const pathsOf = ({ nodes }: ReadGraph): string[] =>
  nodes.filter(({ kind }) => kind.startsWith("operation")).map(({ path }) => path.join(" > "));

describe("scopes", () => {
  it("are nested clusters", () => {
    const graph = draw((x) =>
      scope("lstm", () => tanh(scope("forget", () => tanh(scope("inner", () => tanh(x)))))),
    );
    expect(pathsOf(graph)).toEqual(["lstm > forget > inner", "lstm > forget", "lstm"]);
  });

  it("are new clusters each time they are entered", () => {
    const frames = (f: (x: Tensor) => Tensor): number =>
      toDot(record(f, ones([2])).tape, { legend: false }).match(/subgraph cluster_/g)?.length ?? 0;
    expect(frames((x) => scope("a", () => tanh(scope("b", () => tanh(scope("a", () => tanh(x)))))))).toBe(3);
    expect(frames((x) => scope("a", () => tanh(tanh(scope("b", () => x)))))).toBe(1);
    const again = (x: Tensor): Tensor => scope("gate", () => tanh(x));
    expect(frames((x) => again(add(again(x), 1)))).toBe(2);
  });

  it("hold the parameters that only they read", () => {
    const f = (p: { a: Tensor; shared: Tensor }, x: Tensor): Tensor =>
      add(
        scope("one", () => add(add(x, p.a), p.shared)),
        scope("two", () => add(x, p.shared)),
      );
    const graph = readDot(toDot(record(f, { a: ones([2]), shared: ones([2]) }, ones([2])).tape));
    expect(graph.node("a").path).toEqual(["one"]);
    expect(graph.node("shared").path).toEqual([]);
  });
});

describe("time steps", () => {
  it("are clusters within the scope of their loop, and around the scopes of their steps", () => {
    const loopInScope = draw((x) => scope("rnn", () => timeStep(0, () => tanh(x))));
    expect(pathsOf(loopInScope)).toEqual(["rnn > t = 0"]);
    const scopeInLoop = draw((x) => timeStep(0, () => scope("rnn", () => tanh(x))));
    expect(pathsOf(scopeInLoop)).toEqual(["t = 0 > rnn"]);
  });

  it("of two loops do not share a cluster", () => {
    const loop = (x: Tensor): Tensor => timeStep(1, () => tanh(timeStep(0, () => tanh(x))));
    const both = (x: Tensor): Tensor => scope("decoder", () => loop(scope("encoder", () => loop(x))));
    expect(pathsOf(draw(both))).toEqual([
      "decoder > encoder > t = 0",
      "decoder > encoder > t = 1",
      "decoder > t = 0",
      "decoder > t = 1",
    ]);
  });

  it("pass their state on by dashed edges", () => {
    const { edges, nodes } = readDot(toDot(recordRnn(3), { unrolled: true }));
    const state = edges.filter(({ kind }) => kind === "state");
    const lineOf = (id: string): unknown => nodes.find((node) => node.id === id)?.lines;
    expect(state.map(({ style }) => style)).toEqual(["dashed", "dashed"]);
    expect(state.map(({ from, to }) => [lineOf(from), lineOf(to)])).toEqual([
      [
        ["tanh", "h  [2, 4]"],
        ["matmul", "[2, 4]"],
      ],
      [
        ["tanh", "h  [2, 4]"],
        ["matmul", "[2, 4]"],
      ],
    ]);
  });
});

describe("derivative sweeps", () => {
  it("are clusters of their own, with the scopes and steps of what they differentiate", () => {
    const paths = new Set(pathsOf(readDot(toDot(recordRnnGradient(2)))));
    expect([...paths]).toEqual([
      "rnn > t = 0",
      "rnn > t = 1",
      "",
      "backward pass",
      "backward pass > rnn > t = 1",
      "backward pass > rnn > t = 0",
    ]);
  });

  it("are counted when there are several, also where one follows straight on the other", () => {
    const second = (params: { w: Tensor; b: Tensor }, x: Tensor): Tensor =>
      sum(square(grad(loss)(params, x).w));
    expect(new Set(pathsOf(readDot(toDot(record(grad(second), linearParams(), data()).tape))))).toEqual(
      new Set(["", "backward pass", "backward pass 2"]),
    );
    const third = grad(grad(grad((x: Tensor) => tanh(x))));
    expect(new Set(pathsOf(readDot(toDot(record(third, ones([])).tape))))).toEqual(
      new Set(["", "backward pass", "backward pass 2", "backward pass 3"]),
    );
  });

  it("are named after their direction", () => {
    const forward = (x: Tensor): readonly Tensor[] => jvp((y: Tensor) => tanh(tanh(y)), [x], [ones([2])]);
    expect(new Set(pathsOf(draw(forward)))).toEqual(new Set(["", "tangent pass"]));
  });

  it("read saved values by dotted edges", () => {
    const { edges } = readDot(toDot(record(grad(loss), linearParams(), data()).tape));
    const saved = edges.filter(({ kind }) => kind === "saved");
    expect(saved.length).toBeGreaterThan(0);
    expect(new Set(saved.map(({ style }) => style))).toEqual(new Set(["dotted"]));
  });

  it("do not show the aliases by which nested gradients tell their arguments apart", () => {
    expect(toDot(record(grad(loss), linearParams(), data()).tape)).not.toContain("identity");
  });
});
