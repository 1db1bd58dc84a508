import {
  add,
  grad,
  isTape,
  matmul,
  mul,
  normal,
  randomKey,
  record,
  relu,
  scan,
  square,
  sum,
  tanh,
  valueAndGrad,
  zeros,
  type Tape,
  type Tensor,
} from "@tapeloop/core";
import { gradcheck } from "@tapeloop/check";
import { describe, expect, it } from "vitest";
import { checkOverlay, costOverlay, normOverlay, toDot } from "@tapeloop/dot";

const STEPS = 5;
const w = normal(randomKey(1), [3, 3], { dtype: "float64", std: 0.5 });
const h0 = normal(randomKey(2), [2, 3], { dtype: "float64" });
const xs = normal(randomKey(3), [STEPS, 2, 3], { dtype: "float64" });

const step = (p: { readonly w: Tensor }, h: Tensor, x: Tensor): Tensor => tanh(add(matmul(h, p.w), x));
const loss = (p: { readonly w: Tensor }, h: Tensor, data: Tensor): Tensor => {
  const [last] = scan((s: Tensor, x: Tensor) => [step(p, s, x), null], h, data);
  return sum(square(last));
};

function recorded(): Tape {
  return record(loss, { w }, h0, xs).tape;
}

/** The body of the only loop. */
function bodyOf(tape: Tape): Tape {
  for (const { attrs } of tape.nodes) {
    if ("body" in attrs && isTape(attrs.body)) return attrs.body;
  }
  throw new Error("there is no loop");
}

const norm = (t: Tensor): number => Math.hypot(...t.data);
/** Norms as a mark shows them. */
const shown = (text = ""): number[] =>
  [...text.matchAll(/[\d.]+(e-?\d+)?/g)].map(([digits]) => Number(digits));

describe("norms", () => {
  it("inside a loop are those of a loop that is written out, at each time step", () => {
    const states = [h0];
    for (let t = 0; t < STEPS; t++) states.push(step({ w }, states[t]!, xs.slice([[t, t + 1]]).squeeze(0)));
    const tape = recorded();
    const body = bodyOf(tape);
    const overlay = normOverlay(tape);
    const [state] = body.inputs;
    for (let t = 0; t < STEPS; t++) {
      const rest = (h: Tensor): Tensor => {
        let s = h;
        for (let k = t; k < STEPS; k++) s = step({ w }, s, xs.slice([[k, k + 1]]).squeeze(0));
        return sum(square(s));
      };
      const [value = NaN, gradient = NaN] = shown(overlay.markOf(state!, t)?.text);
      expect(value / norm(states[t]!)).toBeCloseTo(1, 1);
      expect(gradient / norm(grad(rest)(states[t]!))).toBeCloseTo(1, 1);
    }
  });

  it("of what stands for all time steps are the first and the last one's", () => {
    const tape = recorded();
    const overlay = normOverlay(tape);
    const [state] = bodyOf(tape).inputs;
    const [first, last, firstGradient, lastGradient] = shown(overlay.markOf(state!)?.text);
    expect([first, firstGradient]).toEqual(shown(overlay.markOf(state!, 0)?.text));
    expect([last, lastGradient]).toEqual(shown(overlay.markOf(state!, STEPS - 1)?.text));
  });

  it("of parameters are those of grad, and a vanished gradient has no tint", () => {
    const dead = record((p: { a: Tensor; b: Tensor }) => sum(add(relu(mul(p.a, -1)), mul(p.b, 2))), {
      a: tensorOf(3),
      b: tensorOf(4),
    }).tape;
    const overlay = normOverlay(dead);
    const [a, b] = dead.inputs.map((t) => overlay.markOf(t));
    expect([a?.text, b?.text]).toEqual(["‖·‖ 3  ∇ 0", "‖·‖ 4  ∇ 2"]);
    expect([a?.strength, b?.strength]).toEqual([0, 1]);
  });

  it("leave what the result does not depend on in the colours of its kind", () => {
    const tape = record(valueAndGrad(loss), { w }, h0, xs).tape;
    const dot = toDot(tape, { overlay: normOverlay(tape), backward: "beside" });
    const gradients = [
      ...dot.matchAll(/label="[^"]*‖·‖ [\d.e-]+( → [\d.e-]+)?", [^\]]*fillcolor="#fbe4d6"[^\]]*/g),
    ];
    expect(gradients.length).toBeGreaterThan(3);
    for (const [statement] of gradients) expect(statement.match(/fillcolor/g)).toHaveLength(1);
  });

  it("need numbers, and one number at the end", () => {
    const many = record((x: Tensor) => mul(x, 2), zeros([3])).tape;
    expect(() => normOverlay(many)).toThrow("normOverlay: got a first output of 3 float32 elements");
    expect(() => normOverlay(bodyOf(recorded()))).toThrow("expected record(fn, …args).tape");
  });
});

describe("drawings with an overlay", () => {
  it("write marks below labels, tint nodes, and say in the caption what that means", () => {
    const tape = recorded();
    const overlay = normOverlay(tape);
    const dot = toDot(tape, { overlay });
    expect(dot).toContain("∇: norm of the gradient of the result by it");
    expect(dot).toMatch(/label="w\\n.*\\n‖·‖ [\d.]+ {2}∇ [\d.]+", .*fillcolor="#[0-9a-f]{6}"/);
    expect(toDot(tape)).not.toContain("∇");
  });

  it("show each step's own norms where a loop is drawn step by step", () => {
    const tape = recorded();
    const overlay = normOverlay(tape);
    const dot = toDot(tape, { overlay, unrolled: true });
    const states = [...dot.matchAll(/tanh\\n.*?\\n(‖·‖ [^"]+)"/g)].map(([, text]) => text);
    const made = bodyOf(tape).nodes.find(({ op }) => op.name === "tanh")?.outputs[0];
    expect(states).toEqual(Array.from({ length: STEPS }, (_, t) => overlay.markOf(made!, t)?.text));
  });
});

describe("costs", () => {
  it("count a product's multiplications and additions, over all time steps of a loop", () => {
    const tape = recorded();
    const overlay = costOverlay(tape);
    const product = bodyOf(tape).nodes.find(({ op }) => op.name === "matmul")?.outputs[0];
    // 5 steps of [2, 3]·[3, 3]: 2 · 2 · 3 · 3 each; two operands and a result of 8 bytes an element.
    expect(overlay.markOf(product!)?.text).toBe("180 FLOP, 840 B");
    expect(overlay.markOf(product!, 0)?.text).toBe("36 FLOP, 170 B");
    expect(overlay.legend.join()).toContain("FLOP");
  });

  it("stand at the operations, not wherever their results are drawn", () => {
    const { tape } = record((x: Tensor) => mul(x, 2), zeros([3]));
    const dot = toDot(tape, { overlay: costOverlay(tape) });
    expect(dot.match(/FLOP, \d+ B"/g)).toHaveLength(1);
    expect(dot).toMatch(/label="2 ⊙ ·\\n\[3\]\\n3 FLOP, \d+ B"|label="· ⊙ 2\\n\[3\]\\n3 FLOP, \d+ B"/);
  });
});

describe("gradient checks", () => {
  it("are marked on the parameters and inputs that they are about", () => {
    const tape = recorded();
    const report = gradcheck(loss, [{ w }, h0, xs]);
    const overlay = checkOverlay(tape, report);
    expect(report.verdict).toBe("pass");
    expect(tape.inputs.map((t) => overlay.markOf(t)?.text.slice(0, 1))).toEqual(["✓", "✓", "✓"]);
    expect(tape.inputs.map((t) => overlay.markOf(t)?.tone)).toEqual(["right", "right", "right"]);
    expect(overlay.legend).toEqual(["gradient check: pass; largest error of each parameter"]);
  });

  it("show the worst of what failed, and where", () => {
    const tape = recorded();
    const one = { path: "inputs[0].w", tolerance: 1e-6 };
    const overlay = checkOverlay(tape, {
      verdict: "fail",
      all: [
        { ...one, index: [0, 1], error: 1e-3, verdict: "fail" },
        { ...one, index: [2, 1], error: 0.5, verdict: "fail" },
        { ...one, index: [1, 1], error: 9, verdict: "pass" },
        { ...one, path: "inputs[1]", index: [0, 0], error: 2, verdict: "inconclusive" },
      ],
    });
    expect(tape.inputs.map((t) => overlay.markOf(t)?.text)).toEqual([
      "✗ 0.5 at [2, 1]",
      "? 2 at [0, 0]",
      undefined,
    ]);
  });
});

function tensorOf(value: number): Tensor {
  return mul(value, add(zeros([]), 1));
}
