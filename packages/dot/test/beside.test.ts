import {
  add,
  affine,
  concat,
  label,
  matmul,
  mul,
  ones,
  record,
  scan,
  scope,
  sigmoid,
  square,
  sub,
  sum,
  tanh,
  valueAndGrad,
  zeros,
  type Tape,
  type Tensor,
} from "@tapeloop/core";
import { gru, lstm, unroll } from "@tapeloop/nn";
import { renderGraphFromSource } from "graphviz-cli";
import { describe, expect, it } from "vitest";
import { renderSvg } from "../src/render/index.js";
import { toDot, type DotOptions } from "../src/index.js";
import { hostile } from "./hostile.js";
import {
  data,
  linearParams,
  loss,
  programs,
  recordRnnGradient,
  rnnParams,
  scanned,
  series,
} from "./programs.js";
import { readDot, type ReadGraph } from "./read-dot.js";

const draw = (tape: Tape, options: DotOptions = {}): ReadGraph =>
  readDot(toDot(tape, { backward: "beside", ...options }));
const legend = (graph: ReadGraph): string[] =>
  graph.legend.map(({ lines }) => lines.filter((line) => line !== "").join(" "));
const formulas = ({ nodes }: ReadGraph, ...cluster: string[]): string[] =>
  nodes
    .filter(
      ({ path, kind }) => cluster.every((title) => path.includes(title)) && kind.startsWith("operation"),
    )
    .map(({ lines }) => lines[0] ?? "");

const lstmTape = (): Tape => {
  const f = (p: ReturnType<typeof lstm.init>, xs: Tensor): Tensor =>
    label(sum(square(unroll(lstm, p, xs).state.h)), "L");
  return record(valueAndGrad(f), lstm.init({ input: 3, hidden: 4 }, 1), label(ones([7, 2, 3]), "x")).tape;
};
const rnnTape = (): Tape => {
  const f = (params: ReturnType<typeof rnnParams>, h: Tensor, xs: Tensor): Tensor =>
    sum(scanned(params, h, xs));
  return record(valueAndGrad(f), rnnParams(), zeros([2, 4]), series()).tape;
};

describe("a backward pass beside the forward one", () => {
  it("writes what the rule of an operation computes as one formula, beside that operation", () => {
    const graph = draw(record(valueAndGrad(loss), linearParams(), data()).tape, { shapes: false });
    expect(graph.nodes.some(({ path }) => path.includes("backward pass"))).toBe(false);
    expect(graph.node("xᵀ·δ").lines).toEqual(["xᵀ·δ", "output 2"]);
    const dot = toDot(record(valueAndGrad(loss), linearParams(), data()).tape, { backward: "beside" });
    const matmulId = graph.node("matmul").id;
    expect(dot).toMatch(new RegExp(`rank="same"\\]; [^}]*\\b${matmulId};[^}]*\\b${graph.node("xᵀ·δ").id};`));
  });

  it("draws a loop and its reverse in one cluster, with what is carried in both directions", () => {
    const graph = draw(rnnTape());
    const clusters = new Set(graph.nodes.flatMap(({ path }) => path));
    expect([...clusters].filter((title) => title.startsWith("scan"))).toEqual(["scan × 7"]);
    const carried = graph.edges.filter(({ kind }) => kind === "carry");
    expect(carried.map(({ label: text }) => text.split("  ")[0])).toEqual(["h", "dh"]);
    // The running sums of the weights' gradients are single nodes, and results of the program.
    expect(formulas(graph, "scan × 7")).toEqual(expect.arrayContaining(["Σₜ hᵀ·δ", "Σₜ xs[t]ᵀ·δ"]));
  });

  it("writes the shapes of values and cotangents at edges, but for those between nodes side by side", () => {
    const dot = toDot(rnnTape(), { backward: "beside", shapes: "edges" });
    const { nodes, edges } = readDot(dot);
    expect(nodes.every(({ lines }) => lines.every((line) => !/\[\d/.test(line)))).toBe(true);
    const rows = [...dot.matchAll(/rank="same"\]; (.*); }/g)].map(([, ids = ""]) => ids.split("; "));
    const isFlat = ({ from, to }: { from: string; to: string }): boolean =>
      rows.some((row) => row.includes(from) && row.includes(to));
    const data = edges.filter(({ kind }) => kind === "data");
    const withText = data.filter(({ label: text }) => /\[[\d, ]*\]$/.test(text));
    expect(withText).toEqual(data.filter((edge) => !isFlat(edge)));
    const isGradient = ({ from }: { from: string }): boolean =>
      nodes.some(({ id, lines }) => id === from && /δ|dh/.test(lines.join()));
    expect(withText.filter(isGradient).length).toBeGreaterThan(1);
    expect(withText.filter((edge) => !isGradient(edge)).length).toBeGreaterThan(5);
  });

  it("shows the four paths of dL/dh through an LSTM, and that of dL/dc, with their formulas", () => {
    expect(legend(draw(lstmTape())).filter((line) => line.includes("="))).toEqual([
      "dc′ = dc + dh ⊙ o ⊙ (1 − tanh(c′)²)",
    ]);
    expect(legend(draw(lstmTape())).filter((line) => line.startsWith("dL/d"))).toEqual([
      "dL/dcₜ₋₁, straight: dc′ ⊙ f",
      "dL/dhₜ₋₁ through f (forget): ((dc′ ⊙ c ⊙ f ⊙ (1 − f))·wfᵀ)[:, :4]",
      "dL/dhₜ₋₁ through i (input): ((dc′ ⊙ c̃ ⊙ i ⊙ (1 − i))·wiᵀ)[:, :4]",
      "dL/dhₜ₋₁ through c̃ (candidate): ((dc′ ⊙ i ⊙ (1 − c̃²))·wcᵀ)[:, :4]",
      "dL/dhₜ₋₁ through o (output): ((dh ⊙ tanh(c′) ⊙ o ⊙ (1 − o))·woᵀ)[:, :4]",
    ]);
  });

  it("draws each path in a colour of its own, and what they share in that of the text", () => {
    const dot = toDot(lstmTape(), { backward: "beside" });
    const bold = [...dot.matchAll(/-> \w+ \[(?:label="[^"]*", )?[^\]]*color="(#\w+)"[^\]]*penwidth=2\.2/g)];
    const shared = bold.filter(([, color]) => color === "#1c2733");
    expect(new Set(bold.map(([, color]) => color)).size).toBe(6);
    expect(shared.length).toBeGreaterThan(3);
  });

  it("puts the formulas of the legend one below the other, wherever values flow", async () => {
    for (const rankdir of ["LR", "TB"] as const) {
      const dot = toDot(lstmTape(), { backward: "beside", rankdir });
      const svg = await renderSvg(dot);
      const columns = [...svg.matchAll(/<text[^>]* x="([\d.-]+)"[^>]*>dL\/d/g)].map(([, x]) => x);
      expect(columns).toHaveLength(5);
      expect(new Set(columns).size).toBe(1);
    }
  });

  it("draws what is read of folded steps from their one node", () => {
    const graph = draw(recordRnnGradient(40), { maxNodes: 100 });
    const [fold] = graph.nodes.filter(({ kind }) => kind === "fold");
    expect(fold?.lines[0]).toBe("t = 2 … 38");
    expect(graph.edges.filter(({ from }) => from === fold?.id).length).toBeGreaterThan(3);
    // Of the 40 summands of each weight's gradient, 37 are folded.
    expect(graph.nodes.filter(({ kind }) => kind === "reference").length).toBeLessThan(10);
    expect(formulas(graph)).toContain("Σ₀ y₁ + Σ₀ y₂ + … + Σ₀ y₃");
  });

  it("finds the paths of a cell of one's own by its scopes and labels, or scopes alone", () => {
    const cell = (names: boolean) => {
      const step = (w: { a: Tensor; u: Tensor }, h: Tensor, x: Tensor): Tensor => {
        const hx = concat([h, x]);
        const gate = scope("keep", () => sigmoid(matmul(hx, w.a)));
        const news = scope("news", () => tanh(matmul(hx, w.u)));
        if (names) label(gate, "k");
        return add(mul(gate, h), mul(sub(1, gate), news));
      };
      const f = (w: { a: Tensor; u: Tensor }, xs: Tensor): Tensor => {
        const [h] = scan(
          (s: { h: Tensor }, x: Tensor) => [{ h: step(w, s.h, x) }, null],
          { h: zeros([2, 4]) },
          xs,
        );
        return sum(h.h);
      };
      const w = { a: ones([7, 4]), u: ones([7, 4]) };
      return legend(draw(record(valueAndGrad(f), w, label(ones([5, 2, 3]), "x")).tape));
    };
    expect(cell(true).filter((line) => line.startsWith("dL"))).toEqual([
      "dL/dhₜ₋₁, straight: dh ⊙ k",
      expect.stringMatching(/^dL\/dhₜ₋₁ through k \(keep\): .* ⊙ k ⊙ \(1 − k\)\)·aᵀ\)\[:, :4\]$/),
      expect.stringMatching(/^dL\/dhₜ₋₁ through news: \(\(dh ⊙ \(1 − k\) ⊙ \(1 − news²\)\)·uᵀ\)\[:, :4\]$/),
    ]);
    expect(cell(false).filter((line) => line.includes("straight"))).toEqual([
      "dL/dhₜ₋₁, straight: dh ⊙ keep",
    ]);
  });

  it("attributes ways through two gates of a GRU to the last one", () => {
    const f = (p: ReturnType<typeof gru.init>, xs: Tensor): Tensor => sum(unroll(gru, p, xs).state.h);
    const { tape } = record(
      valueAndGrad(f),
      gru.init({ input: 3, hidden: 4 }, 1),
      label(ones([7, 2, 3]), "x"),
    );
    const ways = legend(draw(tape)).filter((line) => line.startsWith("dL"));
    expect(ways).toEqual([
      "dL/dhₜ₋₁, straight: dh ⊙ z",
      "dL/dhₜ₋₁ through r (reset): ((dn ⊙ (1 − n²) ⊙ y₁ ⊙ r ⊙ (1 − r))·wrᵀ)[:, :4]",
      "dL/dhₜ₋₁ through z (update): (((dh ⊙ h − dh ⊙ n) ⊙ z ⊙ (1 − z))·wzᵀ)[:, :4]",
      "dL/dhₜ₋₁ through n (candidate): (dn ⊙ (1 − n²) ⊙ r)·whnᵀ",
    ]);
    // What has no name and is needed gets one, at the node that computes it: h·whn + bhn.
    const graph = draw(tape);
    expect(
      graph.nodes.filter(({ lines }) => lines[1]?.startsWith("y₁")).map(({ lines }) => lines[0]),
    ).toEqual(["+"]);
  });

  it("is drawn in light and dark, to the right and down, whatever the tape", async () => {
    for (const make of Object.values(programs)) {
      const tape = make();
      for (const theme of ["light", "dark"] as const) {
        const dot = toDot(tape, { backward: "beside", theme, rankdir: "TB", legend: true });
        expect(dot).toBe(toDot(make(), { backward: "beside", theme, rankdir: "TB", legend: true }));
        expect(await renderSvg(dot)).toMatch(/^<svg [^]*<\/svg>\n$/);
        expect(await renderGraphFromSource({ input: dot }, { format: "svg" })).toContain("</svg>");
      }
      const folded = toDot(tape, { backward: "beside", maxNodes: 6 });
      expect(await renderSvg(folded)).toContain("</svg>");
    }
  });

  it("is safe with hostile labels in formulas and the legend", async () => {
    for (const text of hostile.filter((name) => name !== "" && !name.includes("/"))) {
      const f = (w: Record<string, Tensor>, xs: Tensor): Tensor => {
        const step = (s: Record<string, Tensor>, x: Tensor): [Record<string, Tensor>, null] => {
          const [h = x] = Object.values(s);
          const [v = x] = Object.values(w);
          return [{ [text]: scope(text, () => label(tanh(affine(x, v, h)), text)) }, null];
        };
        const [last] = scan(step, { [text]: label(zeros([2, 3]), text) }, xs);
        return sum(Object.values(last)[0] ?? xs);
      };
      const { tape } = record(valueAndGrad(f), { [text]: ones([3, 3]) }, label(ones([4, 2, 3]), text));
      const dot = toDot(tape, { backward: "beside", legend: true });
      const svg = await renderSvg(dot);
      expect(svg).not.toMatch(/<(script|style|foreignObject|image|a)\b/);
      expect(await renderGraphFromSource({ input: dot }, { format: "svg" })).toContain("</svg>");
    }
  });

  it("is refused in another place or theme than there is", () => {
    const call = (options: object) => () => Reflect.apply(toDot, undefined, [rnnTape(), options]) as unknown;
    expect(call({ backward: "above" })).toThrow('toDot: got backward "above", expected "apart" or "beside"');
    expect(call({ theme: "blue" })).toThrow('toDot: got theme "blue", expected "light" or "dark"');
  });
});
