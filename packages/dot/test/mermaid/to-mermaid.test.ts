import { add, label, ones, record, scope, stack, sum, tanh, type Tape, type Tensor } from "@tapeloop/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { visible } from "../../src/dot/quote.js";
import { toMermaid } from "../../src/index.js";
import { quote } from "../../src/mermaid/quote.js";
import { anyText, hostile, hostileNames, tapeWith } from "../hostile.js";
import { programs, recordOutputs, recordRnn, recordRnnGradient, recordScan } from "../programs.js";
import { noBrowser, useMermaid } from "./browser.js";

const mermaid = useMermaid();

const x = ones([2]);
/** A hundred operations, each of which reads all before it. */
function connected(start: Tensor): Tensor {
  const all = [start];
  for (let i = 0; i < 100; i++) all.push(sum(stack(all), 0));
  return all.reduce((a, b) => add(a, b));
}
/** Operations in scopes and with labels of characters that are written as numbers. */
function named(start: Tensor): Tensor {
  let y = start;
  for (let i = 0; i < 300; i++) y = scope('"'.repeat(500 + i), () => label(tanh(y), "~".repeat(500 + i)));
  return y;
}

/** As a page shows it: runs of spaces are one, and joiners have no width. */
function asShown(text: string): string {
  return text
    .replaceAll("\u2060", "")
    .replace(/[\s\u00a0]+/g, " ")
    .trim();
}

/** Texts that mean something to Mermaid, to Markdown or to HTML. */
const treacherous: readonly string[] = [
  ...hostile,
  "end",
  "subgraph",
  "1. x",
  "- x",
  "+",
  "* x *",
  "**bold** _it_ ~~no~~",
  "# heading",
  "> quote",
  "===",
  "---",
  "    code",
  "`code`",
  "`**markdown**`",
  "[link](javascript:alert(1))",
  "![image](https://example.org/x.png)",
  "<https://example.org>",
  "www.example.org",
  "[a]: https://example.org",
  "| a | b |",
  "#35;",
  "#quot;",
  "#lt;script#gt;",
  "ﬂ°°60¶ßscriptﬂ°°62¶ß",
  "ﬂ°lt¶ßscript",
  "fa:fa-car",
  "fab:fa-github fas:fa-x",
  "$$x^2$$",
  "$$$$$",
  "%% comment",
  "%%{init: {}}%%",
  "n1 --> n2",
  "style n1 fill:#f00;",
  "classDef x fill:#f00;",
  "click n1 javascript:alert(1)",
  ":::x",
  "@{ shape: x }",
  "<br/>",
  "&#8288;",
  "<img src=x onerror=alert(1)>",
  '<a b="c">',
];

describe.skipIf(noBrowser)("what Mermaid draws", () => {
  it.each(Object.entries(programs))("of %s has every node, once", async (_name, make) => {
    const text = toMermaid(make());
    const drawn = await mermaid.draw(text);
    const declared = [...text.matchAll(/^ *(\w+)(?:\(|\[|>|\{).*:::\w+$/gm)].map(([, id]) => id);
    expect(Object.keys(drawn.nodes).sort()).toEqual([...declared].sort());
    expect(drawn.strange).toEqual([]);
  });

  it("is the text that was quoted, for texts chosen to break out", async () => {
    const lines = treacherous.map((text, i) => `n${i}(${quote(text, text)})\nn${i} -->|${quote(text)}| e`);
    for (let i = 0; i < lines.length; i += 20) {
      const { nodes, edges, strange } = await mermaid.draw(
        `flowchart LR\n${lines.slice(i, i + 20).join("\n")}`,
      );
      expect(strange).toEqual([]);
      const texts = treacherous.slice(i, i + 20);
      texts.forEach((text, j) => {
        const shown = asShown(visible(text));
        const name = JSON.stringify(text.slice(0, 60));
        expect(asShown(nodes[`n${i + j}`]!.join(" ")), name).toBe(asShown(`${shown} ${shown}`));
      });
      const shown = texts.map((text) => asShown(visible(text))).filter((text) => text !== "");
      expect(edges.map(asShown).filter((text) => text !== "")).toEqual(shown);
    }
  });

  it("is the text that was quoted, whatever it is", async () => {
    const parts = fc
      .array(fc.constantFrom(...'"#;&<>`*_-+.:$[](){}|%\\/~=! \n19aﬂ°¶ß'.match(/./gsu)!), { maxLength: 20 })
      .map((characters) => characters.join(""));
    const property = fc.asyncProperty(
      fc.array(fc.oneof(anyText, parts), { minLength: 1, maxLength: 30 }),
      async (texts) => {
        const text = texts.map((each, i) => `n${i}(${quote(each)})`).join("\n");
        const { nodes, strange } = await mermaid.draw(`flowchart LR\n${text}`);
        expect(strange).toEqual([]);
        texts.forEach((each, i) =>
          expect(asShown(nodes[`n${i}`]!.join(" ")), JSON.stringify(each)).toBe(asShown(visible(each))),
        );
      },
    );
    await fc.assert(property, { numRuns: 25 });
  });

  it.each(hostileNames)(
    "of a tape with hostile names is that of a harmless one: %s",
    async (_shown, text) => {
      const plain = await mermaid.draw(toMermaid(tapeWith("name"), { title: "name" }));
      const drawn = await mermaid.draw(toMermaid(tapeWith(text), { title: text }));
      expect(drawn.strange).toEqual([]);
      expect(Object.keys(drawn.nodes)).toEqual(Object.keys(plain.nodes));
      // A blank label is none.
      if (text.trim() !== "") {
        expect(drawn.edges.length).toBe(plain.edges.length);
        expect(drawn.clusters.length).toBe(plain.clusters.length);
      }
      if (text.length < 40) expect(asShown(drawn.title)).toBe(asShown(visible(text)).replaceAll("<", "＜"));
    },
  );
});

describe("a Mermaid drawing", () => {
  it("nests scopes, steps and loops, and styles edges by what they carry", () => {
    const text = toMermaid(recordScan(7), { title: "an RNN", rankdir: "TB" });
    expect(text).toMatch(/^---\ntitle: "an RNN"\n---\nflowchart TB\n/);
    expect(text).toContain('subgraph cluster_0 ["scan × 7"]\n');
    expect(text).toMatch(/n\d+\w* -\.->\|"h"\| n\d+_i0\n/);
    expect(text).toMatch(/linkStyle [\d,]+ stroke:#a8487f,stroke-width:2px\n/);
    expect(text).toMatch(/class cluster_0 loop\n/);
    expect(toMermaid(recordRnnGradient(3), { unrolled: true })).toMatch(
      /linkStyle [\d,]+ stroke:#9aa4b0,stroke-dasharray/,
    );
  });

  it("is the same text for the same program, byte for byte", () => {
    for (const make of Object.values(programs)) expect(toMermaid(make())).toBe(toMermaid(make()));
  });

  it("is folded until GitHub accepts it, unless the number of nodes is given", () => {
    const edges = (text: string): number => text.match(/^ *\w+ -/gm)?.length ?? 0;
    for (const tape of [recordRnn(2000), recordRnnGradient(40), recordRnn(90)]) {
      const text = toMermaid(tape, { unrolled: true });
      expect(text.length).toBeLessThanOrEqual(50_000);
      expect(edges(text)).toBeLessThanOrEqual(500);
      expect(edges(text)).toBeGreaterThan(5);
    }
    expect(edges(toMermaid(recordRnn(200), { unrolled: true, maxNodes: Infinity }))).toBeGreaterThan(1000);
    expect(toMermaid(recordRnn(2000))).toMatch(/title: "[\d,]+ nodes folded"/);
  });

  it.each<[string, () => Tape]>([
    ["a loop that returns all its states", () => recordOutputs(1000)],
    ["so many outputs", () => record((x: Tensor) => Array.from({ length: 20_000 }, () => tanh(x)), x).tape],
    [
      "an operation of so many operands",
      () => record(() => stack(Array.from({ length: 5000 }, () => x))).tape,
    ],
    [
      "so many inputs",
      () =>
        record(
          (xs: Tensor[]) => sum(stack(xs)),
          Array.from({ length: 900 }, () => x),
        ).tape,
    ],
    ["everything connected with everything", () => record(connected, x).tape],
    ["names that take long to write", () => record(named, x).tape],
  ])("has at most 500 edges and 50,000 characters: %s", (_what, make) => {
    const tape = make();
    for (const unrolled of [true, false]) {
      const text = toMermaid(tape, { unrolled, title: '"'.repeat(3000) });
      expect(text.length).toBeLessThanOrEqual(50_000);
      expect(text.match(/^ *\w+ -/gm)?.length ?? 0).toBeLessThanOrEqual(500);
      expect(text).toMatch(/^ *\w+ -->/m);
    }
  });

  it("holds strings on one line, made of nothing that Mermaid reads", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(quote(text, text)).toMatch(
          /^"(?:#\d+;|<br\/>|[A-Za-z0-9 ,[\]/]|[^\0-\x7fﬂ°¶ß\u2028\u2029])+"$/u,
        );
      }),
    );
  });

  it("is made of a tape, and goes right or down", () => {
    const wrong = (): unknown => Reflect.apply(toMermaid, undefined, [{}]);
    expect(wrong).toThrow("toMermaid: got {}, expected a tape");
    const options = { rankdir: "LR\n  click n0 alert" };
    const sideways = (): unknown => Reflect.apply(toMermaid, undefined, [recordRnn(1), options]);
    expect(sideways).toThrow('toMermaid: got rankdir "LR\\n  click n0 alert", expected "LR" or "TB"');
  });
});
