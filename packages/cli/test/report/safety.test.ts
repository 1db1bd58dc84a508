import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderReport, type ReportData } from "../../src/report/index.js";
import { openPage } from "./page.js";
import { SAMPLE } from "./sample.js";

/** The sample with every text in it replaced. */
function withTexts(text: string): ReportData {
  const rename = <T extends { readonly name: string }>(items: readonly T[]) =>
    items.map((item) => ({ ...item, name: text }));
  const pairs = (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [`${key}${text}`, text]));
  return {
    ...SAMPLE,
    run: {
      file: text,
      column: text,
      cell: text,
      sizes: pairs(["a", "b"]),
      seed: text,
      versions: pairs(["c"]),
      command: text,
      date: text,
    },
    unit: text,
    warnings: [text],
    model: { ...SAMPLE.model, name: text },
    naive: rename(SAMPLE.naive),
    loss: { ...SAMPLE.loss, description: text },
    forecast: {
      ...SAMPLE.forecast,
      times: SAMPLE.forecast.times?.map(() => text),
      naive: rename(SAMPLE.forecast.naive),
      description: text,
    },
    stateGradient: { ...SAMPLE.stateGradient, description: text },
    gradcheck: {
      verdict: "fail",
      problems: [text],
      comparisons: 1,
      entries: { checked: 1, total: 1 },
      worst: {
        path: text,
        index: [],
        sweep: text,
        analytic: 1,
        numeric: 1,
        tolerance: 0,
        reason: `why ${text}`,
      },
    },
    graph: { svg: SAMPLE.graph?.svg ?? "", description: text },
  };
}

const HOSTILE = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `' onload='alert(1)`,
  `</title></style></text></svg><script>`,
  `<!-- <![CDATA[ ]]> -->`,
  `&lt;script&gt;`,
  `javascript:alert(1)`,
  "\u202Egnp.exe\u0000\n\u2028x",
  "\uD800 lone surrogate",
];

describe("a report whose file, columns and names are hostile", () => {
  const harmless = openPage(renderReport(withTexts("harmless"))).skeleton();
  const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: "binary", maxLength: 30 }));

  it("has the same elements and attributes as any other", () => {
    fc.assert(
      fc.property(text, (hostile) => {
        expect(openPage(renderReport(withTexts(`x${hostile}`))).skeleton()).toEqual(harmless);
      }),
      { numRuns: 15, examples: HOSTILE.map((hostile): [string] => [hostile]) },
    );
  });

  it("shows the text itself", () => {
    const page = openPage(renderReport(withTexts("<b>&amp;\"'")));
    expect(page.texts("h1")).toEqual(["<b>&amp;\"' forecast of <b>&amp;\"'"]);
    expect(page.texts(".card dd")[0]).toBe("<b>&amp;\"'");
  });

  it("does not let a name turn the direction of reading", () => {
    const markup = renderReport(withTexts("a\u202Eb\u0007c"));
    expect(markup).toContain("a\uFFFDb\uFFFDc");
    expect(["\u202E", "\u0007"].filter((character) => markup.includes(character))).toEqual([]);
  });
});

describe("the page", () => {
  const markup = renderReport(SAMPLE);
  const page = openPage(markup);

  it("runs no script, and its security policy allows none", () => {
    expect(page.all("script, iframe, object, embed, form, link[rel=stylesheet]")).toEqual([]);
    const attributes = page.all("*").flatMap((element) => element.getAttributeNames());
    expect(attributes.filter((name) => name === "style" || name.startsWith("on"))).toEqual([]);
    const policy = page.all("meta[http-equiv=Content-Security-Policy]")[0]?.getAttribute("content") ?? "";
    expect(policy).toMatch(/^default-src 'none'; /);
    expect(policy).not.toMatch(/unsafe|script-src|https?:|\*/);
  });

  it("has one style sheet, which is the one its security policy knows", () => {
    const styles = [...markup.matchAll(/<style[^>]*>([^]*?)<\/style>/g)].map((match) => match[1] ?? "");
    expect(styles).toHaveLength(1);
    const hash = createHash("sha256")
      .update(styles[0] ?? "")
      .digest("base64");
    expect(markup).toContain(`style-src &#39;sha256-${hash}&#39;`);
    expect(styles[0]).not.toMatch(/url\(|@import/);
  });

  it("refers to nothing outside itself", () => {
    const references = page.all("[src], [href], [srcset], [xlink\\:href]").flatMap((element) => {
      return ["src", "href", "srcset", "xlink:href"].flatMap((name) => element.getAttribute(name) ?? []);
    });
    expect(references.length).toBeGreaterThan(3);
    expect(references.every((reference) => reference.startsWith("data:"))).toBe(true);
  });
});

describe("the cell's graph", () => {
  it("is shown as a picture, in which no script runs", () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>';
    const page = openPage(renderReport({ ...SAMPLE, graph: { svg } }));
    expect(page.all("script, [onload]")).toEqual([]);
    const [picture] = page.all(".paper img");
    const encoded = picture?.getAttribute("src")?.replace("data:image/svg+xml;base64,", "") ?? "";
    expect(Buffer.from(encoded, "base64").toString("utf8")).toBe(svg);
    expect(picture?.getAttribute("alt")).toBe("The graph of operations of the cell lstm.");
  });

  it("is left out when there is none, and said to be missing when it is no SVG", () => {
    expect(openPage(renderReport({ ...SAMPLE, graph: undefined })).all("#graph")).toEqual([]);
    const page = openPage(renderReport({ ...SAMPLE, graph: { svg: "<html>oops" } }));
    expect(page.texts(".nothing")).toEqual(["The graph could not be drawn."]);
  });
});
