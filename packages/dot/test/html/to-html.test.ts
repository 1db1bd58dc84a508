import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { label, ones, record, scope, tanh, tensor, type Tape, type Tensor } from "@tapeloop/core";
import { toHtml } from "@tapeloop/dot/html";
import { describe, expect, it } from "vitest";
import * as palette from "../../src/dot/palette.js";
import { formulaOf } from "../../src/html/write/formula.js";
import { pageGraph } from "../../src/html/write/page-graph.js";
import { isPageCluster, withRanges, type PageCluster } from "../../src/html/write/ranges.js";
import { statisticsOf } from "../../src/html/write/statistics.js";
import { hostile } from "../hostile.js";
import { programs } from "../programs.js";
import { unrolledLstm } from "./tapes.js";

const scripts = (page: string): string[] =>
  [...page.matchAll(/<script([^>]*)>([^]*?)<\/script>/g)].map(([, , text = ""]) => text);
const sha256 = (text: string): string => createHash("sha256").update(text).digest("base64");

describe("a page", () => {
  it("is the same for the same program", () => {
    expect(toHtml(unrolledLstm(3))).toBe(toHtml(unrolledLstm(3)));
  });

  it("is made of every kind of tape", () => {
    for (const make of Object.values(programs)) expect(toHtml(make(), { values: true })).toContain("</html>");
  });

  it("allows its own script and style, and nothing from anywhere", () => {
    const page = toHtml(unrolledLstm(1));
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? "";
    const [, script = ""] = scripts(page);
    const style = /<style>([^]*?)<\/style>/.exec(page)?.[1] ?? "";
    expect(policy.split("; ")).toEqual([
      "default-src 'none'",
      `script-src 'sha256-${sha256(script)}' 'wasm-unsafe-eval'`,
      "worker-src blob:",
      `style-src 'sha256-${sha256(style)}'`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(page).not.toMatch(/<(link|img|iframe|object|embed|base)\b/);
  });

  it("holds three blocks of script whatever names there are, and they are read back", () => {
    for (const name of hostile) {
      const named = name === "" ? "-" : name;
      const f = (x: Tensor): Tensor => scope(named, () => label(tanh(x), name));
      const page = toHtml(record(f, label(ones([2]), name)).tape, { title: name });
      expect(page.match(/<script/g)).toHaveLength(3);
      expect(page.match(/<!--/g)).toHaveLength(1);
      const [, , data = ""] = scripts(page);
      expect(data).not.toMatch(/[<\u2028\u2029]/);
      const { texts } = JSON.parse(data) as { texts: string[] };
      expect(texts.join("")).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
      expect(/<title>([^<]*)<\/title>/.test(page)).toBe(true);
    }
  });

  it("is made of nothing but a tape", () => {
    const noTape: Tape = JSON.parse("{}") as Tape;
    expect(() => toHtml(noTape)).toThrow("toHtml: got {}, expected a tape");
  });

  it("has the colours of the other drawings", () => {
    const style = readFileSync(new URL("../../src/html/page/style.css", import.meta.url), "utf8");
    const [light = ""] = style.split("@media");
    const colour = (name: string): string | undefined => new RegExp(`--${name}: ([^;]+);`).exec(light)?.[1];
    const paints = {
      linear: palette.families.linear,
      nonlinear: palette.families.nonlinear,
      plain: palette.families.plain,
      derivative: palette.derivative,
      parameter: palette.kinds.parameter,
      state: palette.kinds.state,
      input: palette.kinds.input,
      folded: palette.kinds.fold,
    };
    for (const [name, { fill, line }] of Object.entries(paints)) {
      expect([name, colour(`${name}-fill`), colour(`${name}-line`)]).toEqual([name, fill, line]);
    }
    expect([colour("ink"), colour("muted"), colour("paper")]).toEqual([
      palette.ink,
      palette.muted,
      palette.paper,
    ]);
  });
});

describe("ranges", () => {
  const most = (cluster: PageCluster): number =>
    Math.max(cluster.items.length, ...cluster.items.filter(isPageCluster).map(most));
  const titles = ({ items }: PageCluster): string[] => items.filter(isPageCluster).map(({ title }) => title);

  it("lead to any step by a few clicks", () => {
    const root = withRanges(pageGraph(unrolledLstm(1000)).root);
    const lstm = root.items.find(isPageCluster)!;
    expect(titles(lstm)).toEqual(["t = 0", "t = 1 … 998", "t = 999"]);
    const middle = lstm.items.filter(isPageCluster)[1]!;
    expect(titles(middle).slice(0, 2)).toEqual(["t = 1 … 99", "t = 100 … 199"]);
    const hundred = middle.items.filter(isPageCluster)[1]!;
    expect(titles(hundred)[0]).toBe("t = 100 … 109");
  });

  it("keep every cluster small, also where nothing is marked", () => {
    for (const marked of [true, false]) {
      expect(most(withRanges(pageGraph(unrolledLstm(300, marked)).root))).toBeLessThanOrEqual(60);
    }
  });
});

describe("statistics", () => {
  it("are those of the finite elements, with a count of the others", () => {
    const t = tensor([1, -3, NaN, Infinity, 2]);
    expect(statisticsOf(t)).toEqual({ min: -3, max: 2, mean: 0, norm: 3.7417, nan: 1, infinite: 1 });
  });

  it("are none of nothing", () => {
    expect(statisticsOf(ones([0]))).toBeUndefined();
    expect(statisticsOf(ones([2]).mul(NaN))).toEqual({
      min: null,
      max: null,
      mean: null,
      norm: null,
      nan: 2,
      infinite: 0,
    });
  });
});

describe("formulas", () => {
  const formulas = (tape: Tape): string[] => {
    const producers = new Map(tape.nodes.flatMap((node) => node.outputs.map((t) => [t, node] as const)));
    return tape.nodes.map((node) => formulaOf(node, producers));
  };

  it("name operands, and write out those without a name", () => {
    const x = label(ones([2, 2]), "x");
    const f = (y: Tensor): Tensor => label(tanh(y.matmul(y).add(1)).square().neg(), "h");
    expect(formulas(record(f, x).tape).slice(-3)).toEqual([
      "tanh(matmul(x, x) + 1)",
      "(tanh(matmul(x, x) + 1))²",
      "h = −(tanh(· + 1)²)",
    ]);
  });
});
