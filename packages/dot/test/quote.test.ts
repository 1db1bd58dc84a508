import { Graphviz } from "@hpcc-js/wasm-graphviz";
import fc from "fast-check";
import { renderGraphFromSource } from "graphviz-cli";
import { describe, expect, it } from "vitest";
import { quote, quoteLeft, visible } from "../src/dot/quote.js";
import { hostile } from "./hostile.js";
import { drawInstalled, installedVersion } from "./installed-dot.js";

const graphviz = await Graphviz.load();
const renderers: Record<string, (dot: string) => string | Promise<string>> = {
  "Graphviz 16": (dot) => graphviz.dot(dot, "svg"),
  "Graphviz 5": (dot) => renderGraphFromSource({ input: dot }, { format: "svg" }),
  ...(installedVersion !== undefined && { [`the installed Graphviz ${installedVersion}`]: drawInstalled }),
};

/** Texts shown at nodes, by node, read from a drawing. */
function shownTexts(svg: string): Map<string, string[]> {
  const shown = new Map<string, string[]>();
  for (const [, id = "", body = ""] of svg.matchAll(
    /<g id="[^"]*" class="node">\s*<title>(\w+)<\/title>([^]*?)<\/g>/g,
  )) {
    shown.set(
      id,
      [...body.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text = ""]) => decode(text)),
    );
  }
  return shown;
}

function decode(text: string): string {
  const entities = new Map([
    ["amp", "&"],
    ["lt", "<"],
    ["gt", ">"],
    ["quot", '"'],
    ["apos", "'"],
  ]);
  return text
    .replace(
      /&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi,
      (all: string, decimal?: string, hex?: string, name?: string) => {
        if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
        if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
        return entities.get(name ?? "") ?? all;
      },
    )
    .replaceAll("\u00a0", " ");
}

/** As drawn, line by line. Blank lines have no text in an SVG, and no-break spaces cannot be told from spaces there. */
function asShown(...lines: readonly string[]): string[] {
  return lines.map((line) => visible(line).replaceAll("\u00a0", " ")).filter((line) => line !== "");
}

function drawing(labels: readonly string[]): string {
  return `digraph { node [fontname="Helvetica"]; ${labels.map((label, i) => `n${i} [label=${label}];`).join(" ")} }`;
}

/** Texts in which anything may stand anywhere, halves of surrogate pairs included. */
const anyText = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
    .map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.constantFrom("\\", '"', "&", ";", "#", "<", ">", "N", "n", "\n", "amp", " "), { maxLength: 20 })
    .map((parts) => parts.join("")),
);

describe.each(Object.entries(renderers))("what %s shows", (_name, render) => {
  it("is the text that was quoted, whatever it is", async () => {
    const property = fc.asyncProperty(fc.array(anyText, { minLength: 1, maxLength: 20 }), async (texts) => {
      const shown = shownTexts(await render(drawing(texts.map((text) => quote(text)))));
      texts.forEach((text, i) => expect(shown.get(`n${i}`), JSON.stringify(text)).toEqual(asShown(text)));
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it("is the text that was quoted, for texts chosen to break out", async () => {
    const shown = shownTexts(await render(drawing(hostile.map((text) => quote(text)))));
    hostile.forEach((text, i) =>
      expect(shown.get(`n${i}`), JSON.stringify(text.slice(0, 80))).toEqual(asShown(text)),
    );
  });

  it("keeps the lines apart", async () => {
    const lines = ["first \\", 'second"', "\\N third", "&#10; fourth"];
    const shown = shownTexts(
      await render(drawing([quote(...lines), quoteLeft(...lines), quote(), quoteLeft()])),
    );
    expect(shown.get("n0")).toEqual(lines);
    expect(shown.get("n1")).toEqual(lines);
    expect(shown.get("n2")).toEqual([]);
    expect(shown.get("n3")).toEqual([]);
  });
});

describe("a quoted text", () => {
  it("stands on one line and holds no character that XML cannot", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(quote(text)).not.toMatch(/[\p{Cc}\u2028\u2029\u{fffe}\u{ffff}\p{Surrogate}]/u);
      }),
    );
  });

  it("has no empty line, which Graphviz 16.1 does not survive", () => {
    expect(quote("", "a", "", "b", "")).toBe('"a\\nb"');
    expect(quoteLeft("", "a", "", "b", "")).toBe('"a\\lb\\l"');
    expect([quote(""), quoteLeft(""), quote(), quoteLeft()]).toEqual(['""', '""', '""', '""']);
  });

  it("has a limit to its length", () => {
    expect(quote("x".repeat(1e6)).length).toBeLessThan(1100);
    expect(quote("\u{1f600}".repeat(1e6))).not.toMatch(/\p{Surrogate}/u);
  });

  it("does not reorder the text around it", () => {
    expect(visible("a\u202eb\u2066c\u200f")).toBe("a�b�c�");
  });

  it("shows control characters as symbols", () => {
    expect(visible("a\nb\tc\u0000\u007f\u2028")).toBe("a␊b␉c␀�␤");
  });
});
