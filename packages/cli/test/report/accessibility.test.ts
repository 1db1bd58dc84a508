import { describe, expect, it } from "vitest";
import { renderReport } from "../../src/report/index.js";
import { STYLE } from "../../src/report/style.js";
import { openPage } from "./page.js";
import { SAMPLE } from "./sample.js";

describe("the page for a reader who cannot see it", () => {
  const page = openPage(renderReport(SAMPLE));

  it("names its language, has one main heading, and skips no level of heading", () => {
    expect(page.all("html")[0]?.getAttribute("lang")).toBe("en");
    const levels = page.all("h1, h2, h3, h4").map((heading) => Number(heading.tagName.slice(1)));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    levels.forEach((level, index) => expect(level).toBeLessThanOrEqual((levels[index - 1] ?? 0) + 1));
  });

  it("describes every chart and picture, and hides what is mere decoration", () => {
    const charts = page.all("svg.chart");
    expect(charts.length).toBe(8);
    for (const chart of charts) {
      expect(chart.getAttribute("role")).toBe("img");
      expect(chart.getAttribute("aria-label")).toMatch(/^Line chart of .{20,}/);
    }
    expect(page.all("svg:not(.chart)").every((svg) => svg.getAttribute("aria-hidden") === "true")).toBe(true);
    expect(page.all("img").every((image) => (image.getAttribute("alt") ?? "").length > 10)).toBe(true);
    expect(page.all("figure").every((figure) => figure.querySelector("figcaption") !== null)).toBe(true);
  });

  it("names its regions and the heads of its tables, by ids that are there once", () => {
    const ids = page.all("[id]").map((element) => element.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const reference of page.all("[aria-labelledby], [for]")) {
      expect(ids).toContain(reference.getAttribute("aria-labelledby") ?? reference.getAttribute("for"));
    }
    expect(page.all("th").every((head) => head.hasAttribute("scope"))).toBe(true);
  });
});

describe("the colours", () => {
  const schemes = STYLE.split("@media (prefers-color-scheme: dark)").map((part) => {
    const pairs = [...part.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)];
    return new Map(pairs.map(([, name = "", value = ""]) => [name, value]));
  });

  // Contrast as WCAG 2.2 defines it: 4.5 for text, 3 for lines.
  it.each([
    ["light", 0],
    ["dark", 1],
  ])("of the %s scheme stand out from what is behind them", (_, index) => {
    const colours = schemes[index];
    const against = (name: string, behind: string) =>
      contrast(colours?.get(name) ?? "", colours?.get(behind) ?? "");
    for (const text of ["ink", "quiet", "link", "good", "bad"])
      expect(against(text, "page"), text).toBeGreaterThan(4.5);
    for (const text of ["ink", "quiet"]) expect(against(text, "card"), text).toBeGreaterThan(4.5);
    expect(against("ink", "warning")).toBeGreaterThan(4.5);
    for (const line of ["truth", "model", "second", "third"])
      expect(against(line, "page"), line).toBeGreaterThan(3);
  });

  it("are all defined in both schemes", () => {
    const [light = [], dark = []] = schemes.map((scheme) => [...scheme.keys()]);
    expect(dark).toEqual(light);
    for (const [, name] of STYLE.matchAll(/var\(--([a-z-]+)\)/g)) expect(light).toContain(name);
  });
});

/** Contrast of two colours `#rrggbb`: the ratio of their luminances, from 1 to 21. */
function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((left, right) => left - right);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: string): number {
  const [red = NaN, green = NaN, blue = NaN] = [1, 3, 5].map((start) => {
    const channel = parseInt(colour.slice(start, start + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
