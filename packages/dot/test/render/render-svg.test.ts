import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RenderError } from "../../src/render/errors.js";
import { renderSvg } from "../../src/render/render-svg.js";
import { safeSvg } from "../../src/render/safe-svg.js";

describe("a drawing", () => {
  it("is one svg element, without what stands before it in a file", async () => {
    const svg = await renderSvg('digraph { a [label="σ ⊙"]; a -> b [label="h"]; }');
    expect(svg).toMatch(/^<svg width="[^]*<\/svg>\n$/);
    expect(svg).toContain(">σ ⊙</text>");
    expect(svg).not.toMatch(/<!|<\?/);
  });

  it("is the same each time", async () => {
    const dot = "digraph { subgraph cluster_0 { a -> b } b -> c -> a }";
    expect(await renderSvg(dot)).toBe(await renderSvg(dot));
  });

  it("can be made while others are being made", async () => {
    const drawings = await Promise.all(["a", "b", "c"].map((name) => renderSvg(`digraph { ${name} }`)));
    expect(drawings.map((svg) => /<title>(\w)<\/title>/.exec(svg)?.[1])).toEqual(["a", "b", "c"]);
  });

  it.each([
    ["text that is no DOT", "digraph { a -> ", "syntax error"],
    ["an HTML label that does not end", "digraph { a [label=<<b>x</b>] }", "syntax error"],
    ["nothing", "", "Graphviz drew nothing"],
    ["two graphs", "digraph { a } digraph { b }", undefined],
  ])("is not made of %s, and the next one is none the worse for it", async (_what, dot, message) => {
    if (message === undefined) await renderSvg(dot).catch(() => undefined);
    else await expect(renderSvg(dot)).rejects.toThrow(message);
    expect(await renderSvg("digraph { fine }")).toContain("fine");
  });

  it.each([
    ["a script behind a link", 'digraph { a [URL="javascript:alert(1)"] }'],
    ["a script behind a link, in capitals", 'digraph { a [URL="JavaScript:alert(1)"] }'],
    ["a script behind a link, with a tab in it", 'digraph { a [URL="java\tscript:alert(1)"] }'],
    ["a script behind a link, as entities", 'digraph { a [URL="javascript&#58;alert(1)"] }'],
    ["a page of its own behind a link", 'digraph { a [URL="data:text/html,<script>alert(1)</script>"] }'],
    ["a link without https", 'digraph { a [URL="http://example.org"] }'],
    ["a link to another host in disguise", 'digraph { a [URL="//example.org"] }'],
    ["a link at an edge", 'digraph { a -> b [edgeURL="javascript:alert(1)"] }'],
    ["a link at a cluster", 'digraph { subgraph cluster_0 { URL="vbscript:x" a } }'],
    ["a script behind a link, after a space", 'digraph { a [URL=" javascript:alert(1)"] }'],
    ["a link to another host behind backslashes", 'digraph { a [URL="\\\\\\\\example.org"] }'],
  ])("is refused when the graph asks for %s", async (_what, dot) => {
    await expect(renderSvg(dot)).rejects.toThrow("renderSvg: the drawing holds a link to");
  });

  it("may have links to https and relative addresses", async () => {
    for (const url of [
      "https://example.org/a?b=c&d=e",
      "#part",
      "page.html",
      "../docs/page.html",
      "./a",
      "/a/b",
    ]) {
      const svg = await renderSvg(`digraph { a [URL="${url}"] }`);
      expect(svg).toContain(`xlink:href="${url.replaceAll("&", "&amp;")}"`);
    }
  });

  it("may have gradients, and marks in its labels", async () => {
    const dot = `digraph {
      bgcolor="pink:#ffffff80"
      a [style=filled, fillcolor="red:blue"]
      b [id="my-id", class="my-class other", style=radial, fillcolor="red;0.3:transparent", gradientangle=45]
      subgraph cluster_0 { bgcolor="0.5 0.5 0.5:green" c [fontname="Helvetica-Narrow-BoldOblique"] }
      d [label=<<B>b</B><I>i</I><U>u</U><O>o</O><S>s</S><SUB>2</SUB><SUP>3</SUP><FONT COLOR="#12345678">f</FONT>>]
      e [label=<<TABLE BGCOLOR="red:blue" STYLE="rounded" HREF="https://example.org"><TR><TD>x</TD></TR></TABLE>>]
    }`;
    const svg = await renderSvg(dot);
    for (const text of [
      "url(#node1_l_",
      "stop-color:red;stop-opacity:1.;",
      'baseline-shift="sub"',
      "radialGradient",
    ])
      expect(svg).toContain(text);
    expect(svg).toContain('class="node my&#45;class other"');
  });

  it.each([
    ["another document in a font", 'a [fontname="\\\\75rl(//example.org)"]', "of font-family"],
    ["a page to open a link in", 'a [URL="https://example.org", target="_top"]', "the attribute target"],
    ["an id of other characters", 'a [id="a b"]', "the value a b of id"],
    ["a class of other characters", 'a [class="a;b"]', "the value node a;b of class"],
  ])("is refused when the graph asks for %s", async (_what, statement, message) => {
    await expect(renderSvg(`digraph { ${statement} }`)).rejects.toThrow(message);
  });

  it("loads no stylesheet", async () => {
    const svg = await renderSvg('digraph { stylesheet="https://example.org/x.css"; a }');
    expect(svg).not.toContain("x.css");
  });

  it("loads no pictures", async () => {
    const svg = await renderSvg(
      'digraph { a [image="https://example.org/x.png"]; b [shapefile="/etc/passwd"] }',
    );
    expect(svg).not.toMatch(/<image|example\.org|passwd/);
  });

  it("holds nothing but drawing, whatever stands in its labels, tooltips and classes", async () => {
    const quoted = fc
      .oneof(
        fc.string({ maxLength: 60 }),
        fc.constantFrom("<script>", '" onload="alert(1)', "</svg>", "'><", "]]>"),
      )
      .map((text) => text.replace(/\p{Cc}/gu, "").replace(/[\\"]/g, "\\$&"));
    const property = fc.asyncProperty(quoted, quoted, quoted, async (label, tooltip, name) => {
      const dot = `digraph "${name}" { "${name}" [label="${label}", tooltip="${tooltip}", class="${tooltip}", id="${label}"]; }`;
      let svg: string;
      try {
        svg = await renderSvg(dot);
      } catch (error) {
        // Graphviz may refuse a text that is not quoted our way; what matters is what comes out.
        expect(String(error)).toMatch(/renderSvg: /);
        return;
      }
      expect(svg).not.toMatch(/<script|\son\w+="|<foreignObject|<style/i);
    });
    await fc.assert(property, { numRuns: 200 });
  });
});

describe("what Graphviz drew", () => {
  const safe = (output: string): string => safeSvg(output, "renderSvg");
  const wrap = (inner: string): string =>
    `<?xml version="1.0"?>\n<!DOCTYPE svg>\n<!-- x -->\n<svg width="1pt">${inner}</svg>\n`;

  it("passes with what a drawing is made of", () => {
    const inner = '<g id="node1" class="node"><title>a</title><!-- a --><path fill="none" d="M0,0"/></g>';
    expect(safe(wrap(inner))).toBe(
      '<svg width="1pt"><g id="node1" class="node"><title>a</title><path fill="none" d="M0,0"/></g></svg>\n',
    );
  });

  it.each([
    ["<script>alert(1)</script>", "the element <script>"],
    ["<SCRIPT/>", "the element <SCRIPT>"],
    ["<style>a{}</style>", "the element <style>"],
    ["<foreignObject/>", "the element <foreignObject>"],
    ["<image xlink:href='x'/>", "something that is no SVG"],
    ['<image xlink:href="x"/>', "the element <image>"],
    ['<use xlink:href="#a"/>', "the element <use>"],
    ['<animate attributeName="href"/>', "the element <animate>"],
    ['<g onload="alert(1)"/>', "the attribute onload"],
    ['<g ONLOAD="alert(1)"/>', "the attribute ONLOAD"],
    ['<g style="fill:red"/>', "the attribute style"],
    ['<a xlink:href="javascript:alert(1)">x</a>', "a link to javascript:alert(1)"],
    ['<a xlink:href="java&#115;cript:alert(1)">x</a>', "a link to java"],
    ['<a href="https://example.org">x</a>', "the attribute href"],
    ['<path fill="url(https://example.org)"/>', "the value url(https://example.org) of fill"],
    ['<path fill="url(&quot;https://example.org&quot;)"/>', "the value url("],
    ['<path fill="url(#a) url(//b)"/>', "the value url(#a) url(//b) of fill"],
    ['<path fill="\\75rl(//e)"/>', "the value \\75rl(//e) of fill"],
    ['<path fill="u&#114;l(//e)"/>', "the value u&#114;l(//e) of fill"],
    ['<path stroke="url/**/(//e)"/>', "the value url/**/(//e) of stroke"],
    ["<path fill=\"image-set('//e' 1x)\"/>", "the value image-set('//e' 1x) of fill"],
    ['<stop stop-color="url(#a)"/>', "the value url(#a) of stop-color"],
    ['<stop style="stop-color:red;stop-opacity:1;fill:red"/>', "the value stop-color:red"],
    ['<stop style="stop-color:url(#a);stop-opacity:1"/>', "the value stop-color:url"],
    ['<path style="stop-color:red;stop-opacity:1"/>', "the attribute style"],
    ['<text font-family="\\75rl(//e)"/>', "the value \\75rl(//e) of font-family"],
    ['<text font-family="a;b"/>', "the value a;b of font-family"],
    ['<text font-size="calc(1px)"/>', "the value calc(1px) of font-size"],
    ['<text baseline-shift="50%"/>', "the value 50% of baseline-shift"],
    ['<g transform="translate(1) url(#a)"/>', "the value translate(1) url(#a) of transform"],
    ['<g id="a b"/>', "the value a b of id"],
    ['<g id="&#97;"/>', "the value &#97; of id"],
    ['<g class="a/b"/>', "the value a/b of class"],
    [`<g id="${"x".repeat(2000)}"/>`, "the value xxx"],
    ['<a target="_top">x</a>', "the attribute target"],
    ['<g xmlns="http://www.w3.org/1999/xhtml"/>', "the value http://www.w3.org/1999/xhtml of xmlns"],
    ['<g xmlns:xlink="urn:x"/>', "the value urn:x of xmlns:xlink"],
    ['<linearGradient xlink:href="https://example.org/x.svg#a"/>', "the attribute xlink:href"],
    ['<a xlink:href="a" xlink:href="b">x</a>', "the attribute xlink:href twice"],
    ["<svg></svg>", "the element <svg> in <svg>"],
    ["<title><a>x</a></title>", "the element <a> in <title>"],
    ["<!-- x", "something that is no SVG: <!-- x"],
    ["<!-- --!><script/>", "something that is no SVG"],
    ["<scr<!-- -->ipt/>", "something that is no SVG: <scr<!-- -->ipt/>"],
    ["<g", "something that is no SVG"],
    ["<g x=y/>", "something that is no SVG"],
    ["<![CDATA[x]]>", "something that is no SVG"],
    ["<?php ?>", "something that is no SVG"],
    ["<g>", "</svg> without its beginning"],
    ["</svg><svg>", "a second drawing"],
    ["</svg>text<svg>", "text after its end"],
  ])("is refused with %s", (inner, message) => {
    expect(() => safe(wrap(inner))).toThrow(`renderSvg: the drawing holds ${message}`);
  });

  it("is refused when it does not end", () => {
    expect(() => safe('<svg width="1pt"><g>')).toThrow("renderSvg: the drawing holds <g> without its end");
    expect(() => safe("")).toThrow("renderSvg: Graphviz drew nothing");
  });

  it("is looked through in time that grows with its length", () => {
    const start = performance.now();
    const long = [
      `<g id="x"${' class="y"'.repeat(200_000)}`,
      `<g id="x"${' class="y"'.repeat(200_000)}/>`,
      "<!--".repeat(200_000),
      `<g${" ".repeat(200_000)}x`,
      `<g transform="${"scale(1) ".repeat(200_000)}!"/>`,
      `<g id="${"&#45;".repeat(2_000_000)}"/>`,
      `<path d="${"0,".repeat(2_000_000)}!"/>`,
    ];
    for (const inner of long) expect(() => safe(wrap(inner))).toThrow(RenderError);
    expect(safe(wrap("<!-- -->".repeat(200_000)))).toBe(safe(wrap("")));
    // It takes a fraction of that.
    expect(performance.now() - start).toBeLessThan(5000);
    expect(safe(wrap('<g id="x"></g>'.repeat(50_000))).length).toBeGreaterThan(500_000);
  });
});
