import {
  add,
  compile,
  isTape,
  matmul,
  normal,
  randomKey,
  record,
  scan,
  square,
  sum,
  tanh,
  transpose,
  type Tape,
  type TapeNode,
  type Tensor,
} from "@tapeloop/core";
import { describe, expect, it } from "vitest";
import { timeOverlay, toDot, toJson, type TimedProgram } from "@tapeloop/dot";

const STEPS = 5;
const w = normal(randomKey(1), [3, 3]);
const h0 = normal(randomKey(2), [2, 3]);
const xs = normal(randomKey(3), [STEPS, 2, 3]);

const loss = (weight: Tensor, h: Tensor, data: Tensor): Tensor => {
  const [last] = scan((s: Tensor, x: Tensor) => [tanh(add(matmul(s, weight), x)), null], h, data);
  return sum(square(transpose(last)));
};
const { tape } = record(loss, w, h0, xs);
const [loop] = tape.nodes;
const body = bodyOf(tape);

/** Times of our own: a pack and a product, a fused kernel in the loop, its start, and what comes after it. */
const profile: TimedProgram = {
  milliseconds: 0.2,
  around: 0.002,
  kernels: [
    { milliseconds: 0.001, runs: 1, nodes: loop === undefined ? [] : [loop] },
    { milliseconds: 0.02, runs: 1, nodes: [named(body, "matmul")] },
    { milliseconds: 0.1, runs: STEPS, nodes: [named(body, "matmul"), named(body, "add")] },
    { milliseconds: 0.0819, runs: STEPS, nodes: [named(body, "tanh")] },
    { milliseconds: 0.00006, runs: 1, nodes: [named(tape, "square"), named(tape, "sum")] },
    { milliseconds: 0.00008, runs: 1, nodes: [named(tape, "sum")] },
  ],
};
const overlay = timeOverlay(profile);

function bodyOf({ nodes }: Tape): Tape {
  for (const { attrs } of nodes) if ("body" in attrs && isTape(attrs.body)) return attrs.body;
  throw new Error("there is no loop");
}

function named({ nodes }: Tape, name: string): TapeNode {
  const found = nodes.find(({ op }) => op.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

const markOf = (on: Tape, name: string, step?: number) => {
  const [value] = named(on, name).outputs;
  return value && overlay.markOf(value, step);
};

describe("times", () => {
  it("are those of a node's kernel, all its steps together, with the kernel's number and its part of a call", () => {
    expect(markOf(body, "tanh")?.text).toBe("k3: 82 µs · 41 %");
    expect(markOf(tape, "square")?.text).toBe("k4: 60 ns · < 0.1 %");
  });

  it("of operations that are one kernel are the same", () => {
    expect(markOf(body, "add")?.text).toBe("k2: 100 µs · 50 %");
  });

  it("of an operation that takes several kernels are added up", () => {
    expect(markOf(body, "matmul")?.text).toBe("k1, k2: 120 µs · 60 %");
    expect(markOf(tape, "sum")?.text).toBe("k4, k5: 140 ns · 0.1 %");
  });

  it("of one step are a part of all steps'", () => {
    expect(markOf(body, "tanh", 2)?.text).toBe("k3: 16 µs · 8.2 %");
    expect(markOf(body, "matmul", 0)?.text).toBe("k1, k2: 24 µs · 12 %");
  });

  it("tint by their part of the longest", () => {
    const strengths = [markOf(body, "matmul"), markOf(body, "add"), markOf(tape, "square")];
    expect(strengths.map((mark) => mark?.strength)).toEqual([1, 0.1 / (0.02 + 0.1), 0.00006 / (0.02 + 0.1)]);
    expect(strengths.map((mark) => mark?.tone)).toEqual(["amount", "amount", "amount"]);
  });

  it("are not said of views, loops and inputs, which take none of their own", () => {
    expect(markOf(tape, "permute")).toBeUndefined();
    expect(loop?.outputs.map((t) => overlay.markOf(t))).toEqual([undefined]);
    expect([...tape.inputs, ...body.inputs].map((t) => overlay.markOf(t)).filter(Boolean)).toEqual([]);
  });

  it("are explained: the whole call, and what belongs to no operation", () => {
    expect(overlay.legend).toEqual([
      "200 µs a call: 1 % for arguments and results, 0.5 % for what loops start with",
      "operations with the same number are one kernel, which takes that time; darker: a larger part of a call",
    ]);
  });

  it("are written into drawings, and drawn step by step where the loop is", () => {
    const dot = toDot(tape, { overlay });
    expect(dot).toMatch(/label="tanh\\n\[2, 3\]\\nk3: 82 µs · 41 %", .*fillcolor="#[0-9a-f]{6}"/);
    expect(dot).toContain("200 µs a call");
    expect(toDot(tape, { overlay, unrolled: true }).match(/k3: 16 µs · 8\.2 %/g)).toHaveLength(STEPS);
    expect(toJson(tape, { overlay })).toContain("k3: 82 µs · 41 %");
  });

  it("stand at operations alone, not again at the result that one of them makes", () => {
    const marks = toDot(tape, { overlay }).match(/k4, k5: 140 ns · 0\.1 %/g);
    expect(marks).toHaveLength(1);
  });

  it("have units from nanoseconds to seconds", () => {
    const text = (milliseconds: number): string | undefined => {
      const nodes = [named(tape, "square")];
      const [value] = nodes[0]?.outputs ?? [];
      const one = timeOverlay({ milliseconds, around: 0, kernels: [{ milliseconds, runs: 1, nodes }] });
      return value && one.markOf(value)?.text;
    };
    expect([0, 0.00052, 0.0123, 7.77, 3456].map(text)).toEqual([
      "k0: 0 ns · 0 %",
      "k0: 520 ns · 100 %",
      "k0: 12 µs · 100 %",
      "k0: 7.8 ms · 100 %",
      "k0: 3.5 s · 100 %",
    ]);
  });

  it("on the reference executor are those of whole calls", () => {
    const whole = timeOverlay({
      milliseconds: 3,
      around: 3,
      kernels: [],
      reason: "this engine has no WebAssembly",
    });
    expect(whole.legend).toEqual([
      "3 ms a call on the reference executor, which has no kernels: this engine has no WebAssembly",
    ]);
    expect(toDot(tape, { overlay: whole })).toContain("3 ms a call on the reference executor");
  });
});

describe("the profile of a compiled function", () => {
  it("marks each operation of its tape that computes, in the body of its loop too", () => {
    const measured = compile(loss).profile([w, h0, xs], { calls: 2 });
    const times = timeOverlay(measured);
    const inner = bodyOf(measured.tape);
    const marked = [...measured.tape.nodes, ...inner.nodes]
      .filter(({ outputs: [t] }) => t !== undefined && times.markOf(t) !== undefined)
      .map(({ op }) => op.name);
    expect(marked.toSorted()).toEqual(["add", "matmul", "square", "sum", "tanh"]);
    const dot = toDot(measured.tape, { overlay: times });
    expect(dot).toMatch(/label="tanh\\n\[2, 3\]\\nk\d+: [\d.]+ (ns|µs|ms) · (< )?[\d.]+ %"/);
  });
});

describe("what is no profile", () => {
  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["a tape", tape],
    ["an explanation", compile(loss).explain(w, h0, xs)],
    ["a profile without kernels", { ...profile, kernels: undefined }],
    ["kernels without nodes", { ...profile, kernels: [{ milliseconds: 1, runs: 1 }] }],
    ["nodes that are none", { ...profile, kernels: [{ milliseconds: 1, runs: 1, nodes: [3] }] }],
  ])("is refused: %s", (_, value) => {
    expect((): unknown => Reflect.apply(timeOverlay, undefined, [value])).toThrow(
      /^timeOverlay: got .*, expected compiled\.profile\(args\)$/,
    );
  });
});
