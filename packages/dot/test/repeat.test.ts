import {
  add,
  concat,
  index,
  label,
  matmul,
  mul,
  ones,
  record,
  scope,
  sigmoid,
  slice,
  stack,
  sum,
  tanh,
  timeStep,
  zeros,
  type Tape,
  type TapeNode,
  type Tensor,
} from "@tapeloop/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toDot } from "../src/index.js";
import { findRepeats } from "../src/repeat/find.js";
import { programs, recordRnn, recordRnnGradient, recordScan, rnnParams, rnnStep, rows } from "./programs.js";
import { readDot, type ReadGraph } from "./read-dot.js";

const blocksOf = (tape: Tape): (readonly (readonly TapeNode[])[])[] => [
  ...[...findRepeats(tape, () => "value").beginning.values()].map(({ blocks }) => blocks),
];
const shapeOf = (tape: Tape): [number, number][] =>
  blocksOf(tape).map((blocks) => [blocks.length, blocks[0]!.length]);
/** A loop that nothing marks: five operations a step. */
const plainLoop = (steps: number): Tape => {
  const f = (params: ReturnType<typeof rnnParams>, start: Tensor, xs: readonly Tensor[]): Tensor =>
    xs.reduce((h, x) => rnnStep(params, h, x), start);
  return record(f, rnnParams(), label(zeros([2, 4]), "h0"), rows(steps)).tape;
};

/** What a drawing shows, without where it stands on the tape. */
function contents({ nodes, edges }: ReadGraph, cluster: RegExp) {
  const inside = nodes.filter(({ path }) => path.some((title) => cluster.test(title)));
  const first = (id: string): string => inside.find((node) => node.id === id)?.lines[0] ?? "";
  return {
    nodes: inside.map(({ kind, lines }) => [kind, lines.at(-1)]).sort(),
    wires: edges
      .filter(({ from, to }) => [from, to].every((id) => inside.some((node) => node.id === id)))
      .map(({ from, to, kind, label: text }) => {
        return [kind === "carry" ? text : first(from), first(to), kind].map((name) =>
          name.replace("xs", "x"),
        );
      })
      .sort(),
  };
}

describe("a plain loop", () => {
  it.each([
    ["marked with timeStep", recordRnn],
    ["that nothing marks", plainLoop],
  ])("is drawn once, with its repetitions and how much was folded: %s", (_how, loop) => {
    const graph = readDot(toDot(loop(24), { title: "RNN" }));
    expect(graph.title).toEqual(["RNN", "115 nodes folded"]);
    expect(graph.nodes.filter(({ kind }) => kind.startsWith("operation"))).toHaveLength(5);
    expect(graph.node("tanh").path).toContain("loop × 24, 115 nodes folded");
  });

  it("shows what it carries, with its name, what it reads per step, and where both come from", () => {
    const graph = readDot(toDot(plainLoop(24)));
    const state = graph.nodes.find(({ kind }) => kind === "state");
    expect(state?.lines).toEqual(["h", "[2, 4]"]);
    const into = graph.edges.filter(({ to }) => to === state?.id);
    expect(into.map(({ kind, label: text }) => [kind, text])).toEqual([
      ["data", "initial"],
      ["carry", "h"],
    ]);
    expect(graph.node("x[t]").lines[1]).toBe("[2, 3]");
    expect(graph.edges.find(({ label: text }) => text === "last h")?.from).toBe(graph.node("tanh").id);
  });

  it("is the drawing of the scan", () => {
    const loop = contents(readDot(toDot(recordRnn(7))), /^loop/);
    const scan = contents(readDot(toDot(recordScan(7))), /^scan/);
    expect(loop.nodes).toEqual(scan.nodes);
    expect(loop.wires.filter(([, , kind]) => kind !== "data")).toEqual(
      scan.wires.filter(([, , kind]) => kind !== "data"),
    );
    expect(loop.wires).toHaveLength(scan.wires.length);
  });

  it("costs the same however long it is", () => {
    expect(Math.abs(toDot(plainLoop(400)).length - toDot(plainLoop(40)).length)).toBeLessThan(20);
  });

  it("may take its rows from stacked data", () => {
    const f = (xs: Tensor): Tensor => {
      let h = zeros([3]);
      for (let t = 0; t < 10; t++) h = tanh(add(h, index(xs, t)));
      return h;
    };
    const graph = readDot(toDot(record(f, label(ones([10, 3]), "xs")).tape));
    expect(graph.node("xs[t]").lines[1]).toBe("[3]");
    expect(graph.nodes.filter(({ lines }) => lines[0]?.startsWith("index"))).toEqual([]);
  });

  it("says which steps are read from outside", () => {
    const f = (start: Tensor): Tensor[] => {
      const hs: Tensor[] = [];
      let h = start;
      for (let t = 0; t < 10; t++) hs.push((h = label(tanh(mul(h, 2)), "h")));
      return [stack(hs), sum(hs[0]!), stack([hs[3]!, hs[4]!, hs[5]!, hs[8]!])];
    };
    const { edges } = readDot(toDot(record(f, ones([2])).tape));
    expect(edges.map(({ label: text }) => text)).toEqual(
      expect.arrayContaining(["each", "first h", "h of 4–6, 9"]),
    );
  });

  it("is drawn with its first steps and its last where asked, marked or not", () => {
    for (const [loop, titles] of [
      [recordRnn(24), ["t = 0", "t = 1", "t = 23"]],
      [plainLoop(24), ["repetition 1", "repetition 2", "repetition 24"]],
    ] as const) {
      const { nodes } = readDot(toDot(loop, { unrolled: 3 }));
      const steps = new Set(nodes.flatMap(({ path }) => path).filter((title) => title !== "rnn"));
      expect([...steps]).toEqual(titles);
      const fold = nodes.find(({ kind }) => kind === "fold");
      expect(fold?.lines).toEqual([expect.stringMatching(/^(t =|repetition) \d+ … \d+$/), "105 operations"]);
      expect(readDot(toDot(loop, { unrolled: true })).nodes.length).toBeGreaterThan(24 * 5);
    }
  });

  it("keeps the irregular ends of its gradient", () => {
    const graph = readDot(toDot(recordRnnGradient(12)));
    const titles = graph.nodes.flatMap(({ path }) => path).filter((title) => title.startsWith("loop"));
    expect([...new Set(titles)]).toEqual([
      "loop × 12, 55 nodes folded",
      expect.stringMatching(/^loop × 10, t = 10 … 1, \d+ nodes folded$/),
    ]);
    expect(graph.nodes.some(({ path }) => path.includes("t = 11"))).toBe(true);
    expect(graph.nodes.some(({ path }) => path.includes("t = 0"))).toBe(true);
  });
});

describe("what is not folded", () => {
  const loop = (step: (h: Tensor, t: number) => Tensor, steps = 9): Tape =>
    record(
      (h: Tensor) => {
        let state = h;
        for (let t = 0; t < steps; t++) state = step(state, t);
        return state;
      },
      ones([4, 4]),
    ).tape;

  it.each<[string, (h: Tensor, t: number) => Tensor]>([
    ["another operation", (h, t) => mul(t === 4 ? sigmoid(h) : tanh(h), 2)],
    ["another number", (h, t) => mul(tanh(h), t === 4 ? 3 : 2)],
    [
      "other settings",
      (h, t) => concat([slice(h, [[t === 4 ? 1 : 0, t === 4 ? 3 : 2]]), slice(h, [[0, 2]])], 0),
    ],
    ["other wiring", (h, t) => matmul(tanh(h), t === 4 ? h : tanh(h))],
    ["another scope", (h, t) => scope(t === 4 ? "odd" : "even", () => mul(tanh(h), 2))],
  ])("is a step with %s in the midst of others", (_what, step) => {
    const tape = loop(step);
    const size = tape.nodes.length / 9;
    const inRepeat = new Set(blocksOf(tape).flat(2));
    const odd = tape.nodes.slice(Math.ceil(4 * size), Math.floor(5 * size));
    expect(odd.every((node) => inRepeat.has(node))).toBe(false);
  });

  it("is a step of another shape", () => {
    const f = (h: Tensor): Tensor => {
      let state = h;
      for (let t = 0; t < 9; t++) state = concat([tanh(state), state]);
      return state;
    };
    expect(blocksOf(record(f, ones([1])).tape)).toEqual([]);
  });

  it("is two of a kind, or so little that it is clear as it stands", () => {
    expect(blocksOf(recordRnn(2))).toEqual([]);
    expect(blocksOf(record((x: Tensor) => tanh(tanh(tanh(x))), ones([2])).tape)).toEqual([]);
    expect(shapeOf(recordRnn(3))).toEqual([[3, 5]]);
  });

  it("is a single step where every two steps read a value in common: those two are the block", () => {
    const [a, b, c] = [ones([4, 4]), ones([4, 4]), ones([4, 4])];
    const f = (xs: readonly Tensor[]): Tensor => {
      let h = zeros([4, 4]);
      for (let t = 0; t < 6; t++) h = tanh(add(h, xs[t >> 1]!));
      return h;
    };
    expect(shapeOf(record(f, [a, b, c]).tape)).toEqual([[3, 4]]);
  });
});

/** Whether two blocks are the same but for their place, checked operation by operation, operand by operand. */
function expectAlike(tape: Tape, blocks: readonly (readonly TapeNode[])[]): void {
  const place = new Map<Tensor, string>();
  blocks.forEach((block, r) =>
    block.forEach((node, at) => node.outputs.forEach((t, i) => place.set(t, `${r}|${at}.${i}`))),
  );
  const aliases = new Map<Tensor, Tensor>();
  for (const { op, inputs, outputs } of tape.nodes) {
    if (op.name === "identity") aliases.set(outputs[0]!, aliases.get(inputs[0]!) ?? inputs[0]!);
  }
  const wire = (t: Tensor, r: number): string => {
    const [from, at] = place.get(aliases.get(t) ?? t)?.split("|") ?? [];
    return from === undefined ? "outside" : `${r - Number(from)} back: ${at ?? ""}`;
  };
  const describeNode = ({ op, attrs, inputs, outputs, where }: TapeNode): unknown => [
    op.name,
    JSON.stringify(attrs),
    inputs.map(({ shape, dtype }) => [shape, dtype]),
    outputs.map(({ shape, dtype }) => [shape, dtype]),
    where.scope,
    where.derivative?.mode,
  ];
  const [, model] = blocks;
  blocks.forEach((block, r) => {
    expect(block.map(describeNode)).toEqual(model!.map(describeNode));
    const wires = block.map(({ inputs }) => inputs.map((t) => wire(t, r)));
    const expected = model!.map(({ inputs }) =>
      inputs.map((t) => (r === 0 ? wire(t, 1).replace(/^1 back.*/, "outside") : wire(t, 1))),
    );
    expect(wires).toEqual(expected);
  });
}

describe("folding", () => {
  type Step = "tanh" | "sigmoid" | "double" | "triple" | "mix" | "scope" | "old";
  const steps: Record<Step, (h: Tensor, x: Tensor, old: Tensor) => Tensor> = {
    tanh: (h) => tanh(h),
    sigmoid: (h) => sigmoid(h),
    double: (h) => mul(h, 2),
    triple: (h) => mul(h, 3),
    mix: (h, x) => add(h, x),
    scope: (h, x) => scope("s", () => mul(h, x)),
    old: (h, _x, old) => add(h, old),
  };
  const stepNames = Object.keys(steps) as Step[];

  it("never merges blocks that differ in operation, shape, setting or wiring, and draws the rest", () => {
    const block = fc.array(fc.constantFrom(...stepNames), { minLength: 1, maxLength: 4 });
    const program = fc.record({
      before: block,
      block,
      odd: block,
      count: fc.integer({ min: 1, max: 8 }),
      oddAt: fc.integer({ min: 0, max: 12 }),
      marked: fc.boolean(),
    });
    fc.assert(
      fc.property(program, ({ before, block: body, odd, count, oddAt, marked }) => {
        const run = (start: Tensor, xs: readonly Tensor[]): Tensor => {
          const apply = (names: readonly Step[], h: Tensor, x: Tensor): Tensor =>
            names.reduce((value, name) => steps[name](value, x, h), h);
          let h = apply(before, start, xs[0]!);
          for (let t = 0; t < count; t++) {
            const step = (): Tensor => apply(t === oddAt ? odd : body, h, xs[t]!);
            h = marked ? timeStep(t, step) : step();
          }
          return h;
        };
        const { tape } = record(
          run,
          ones([2]),
          Array.from({ length: 8 }, () => ones([2])),
        );
        for (const blocks of blocksOf(tape)) expectAlike(tape, blocks);
        const graph = readDot(toDot(tape));
        const drawn = graph.nodes.filter(({ kind }) => kind.startsWith("operation")).length;
        const folded = /^([\d,]+) nodes? folded$/.exec(graph.title[0] ?? "")?.[1] ?? "0";
        expect(drawn + Number(folded)).toBe(tape.nodes.length);
      }),
      { numRuns: 300 },
    );
  });

  it("holds for tapes of every kind", () => {
    for (const make of Object.values(programs)) {
      const tape = make();
      for (const blocks of blocksOf(tape)) expectAlike(tape, blocks);
    }
    for (const blocks of blocksOf(recordRnnGradient(9))) expectAlike(recordRnnGradient(9), blocks);
  });
});
