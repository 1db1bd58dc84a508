import { Graphviz } from "@hpcc-js/wasm-graphviz";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { toDot, type DotOptions } from "../../src/index.js";
import { RenderError } from "../../src/render/errors.js";
import { safeSvg } from "../../src/render/safe-svg.js";
import { tapeWith, hostile } from "../hostile.js";
import { programs } from "../programs.js";

let graphviz: Graphviz;
beforeAll(async () => {
  graphviz = await Graphviz.load();
});

const withoutComments = (output: string): string =>
  output.slice(output.indexOf("<svg")).replace(/<!--[^]*?-->\s*/g, "");

describe("a drawing of ours", () => {
  const variants: readonly DotOptions[] = [
    {},
    { unrolled: 3, theme: "dark", rankdir: "TB" },
    { backward: "beside", link: () => "https://example.org/a?b=c&d=e" },
  ];
  it.each(Object.entries(programs))("passes as it is, apart from comments: %s", (_name, make) => {
    for (const options of variants) {
      const output = graphviz.dot(toDot(make(), { title: "a - b & <c>", ...options }), "svg");
      expect(safeSvg(output, "test")).toBe(withoutComments(output));
    }
  });

  it("passes with links and hostile names", () => {
    for (const text of hostile.filter((name) => !name.includes("/"))) {
      const output = graphviz.dot(toDot(tapeWith(text), { title: text, link: () => "a/b.ts#L1" }), "svg");
      expect(safeSvg(output, "test")).toBe(withoutComments(output));
      expect(output).toContain("xlink:title");
    }
  });
});

/** What a browser could take for more than a drawing. */
const pieces = [
  ..."url( //e ) #a url(#a) \\75 \\ / * /**/ & &amp; &#114; &#45; &lt; ; : , . ' % @import expression( image-set(".split(
    " ",
  ),
  ..."javascript: data: https: https://e red #fff rgb(1,2,3) stop-color: stop-opacity: 1 1pt scale(1) var(--x)".split(
    " ",
  ),
  ...'<script> </script> <!-- --> --!> ]]> <![CDATA[ <? ?> < > " = onload style'.split(" "),
  " ",
  "\n",
  "\t",
  "\u0000",
  "\u200b",
];
const value = fc.array(fc.constantFrom(...pieces), { maxLength: 5 }).map((parts) => parts.join(""));
const element = fc.constantFrom(
  ..."svg g title text a path stop linearGradient script style foreignObject image use animate SVG x:g".split(
    " ",
  ),
);
const key = fc.constantFrom(
  ..."id class fill stroke style d points transform width font-family stop-color xlink:href xlink:title href".split(
    " ",
  ),
  ..."xmlns xmlns:xlink onload ONLOAD target baseline-shift viewBox xml:base font-size filter mask".split(
    " ",
  ),
);
const attributeText = fc.tuple(key, value).map(([name, text]) => ` ${name}="${text}"`);
const piece: fc.Arbitrary<string> = fc.letrec<{ inner: string }>((tie) => ({
  inner: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    value,
    fc
      .tuple(
        element,
        fc.array(attributeText, { maxLength: 3 }),
        fc.array(tie("inner"), { maxLength: 3 }),
        fc.boolean(),
      )
      .map(([name, list, inner, isClosed]) =>
        isClosed ? `<${name}${list.join("")}/>` : `<${name}${list.join("")}>${inner.join("")}</${name}>`,
      ),
  ),
})).inner;

/** What may stand in what passed, said otherwise than the reader of it says it. */
function expectHarmless(svg: string): void {
  expect(svg).not.toMatch(/<(?!\/?(?:svg|g|title|text|a|path|stop|linearGradient)\b)/);
  for (const [, name = "", list = ""] of svg.matchAll(/<([\w:]+)([^<>]*)>/g)) {
    const left = list.replace(/\s+([\w:-]+)="([^"<>]*)"/g, (_all, key: string, text: string) => {
      expect(key).not.toMatch(/^(on.*|href|target|xml:base|filter|mask)$/i);
      if (key === "xlink:title") return "";
      if (key === "xlink:href") {
        expect(name).toBe("a");
        expect(text).not.toMatch(/^\s*(javascript|data|vbscript|\/\/|&#)|[\s\\]/i);
        return "";
      }
      if (key.startsWith("xmlns")) expect(text).toMatch(/^http:\/\/www\.w3\.org\/(2000\/svg|1999\/xlink)$/);
      else if (key === "style") expect(text).toMatch(/^stop-color:[^;:\\/*&]+;stop-opacity:[\d.]+;?$/);
      else {
        expect(text.replaceAll("&#45;", "").replace(/^url\(#[\w.:-]+\)$/, "")).not.toMatch(
          /[\\;&'"@*/]|url|image|var|expression/i,
        );
      }
      return "";
    });
    expect(left).toMatch(/^\s*\/?$/);
  }
}

describe("an output of any form", () => {
  it("is refused, or harmless", () => {
    let passed = 0;
    const property = fc.property(fc.array(piece, { maxLength: 3 }), (inner) => {
      let svg: string;
      try {
        svg = safeSvg(`<svg>${inner.join("")}</svg>`, "test");
      } catch (error) {
        expect(error).toBeInstanceOf(RenderError);
        return;
      }
      passed++;
      expectHarmless(svg);
    });
    fc.assert(property, { numRuns: 5000 });
    expect(passed).toBeGreaterThan(200);
  });

  it("has attributes of the forms that Graphviz gives them", () => {
    let passed = 0;
    const property = fc.property(
      fc.constantFrom("a", "g", "stop", "path"),
      key,
      value,
      (name, attribute, text) => {
        try {
          expectHarmless(safeSvg(`<svg><${name} ${attribute}="${text}"/></svg>`, "test"));
          passed++;
        } catch (error) {
          expect(error).toBeInstanceOf(RenderError);
        }
      },
    );
    fc.assert(property, { numRuns: 20_000 });
    expect(passed).toBeGreaterThan(500);
  });
});
