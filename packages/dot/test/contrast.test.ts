import { describe, expect, it } from "vitest";
import * as light from "../src/dot/palette.js";
import { themes } from "../src/dot/themes.js";
import { tinted } from "../src/dot/tint.js";

/** What WCAG 2.2 asks of text of any size (AA). */
const ENOUGH = 4.5;

/** Relative luminance of a colour such as `#0d1117`. */
function luminance(color: string): number {
  const [r = NaN, g = NaN, b = NaN] = [1, 3, 5].map((at) => {
    const c = parseInt(color.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark = NaN, bright = NaN] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (bright + 0.05) / (dark + 0.05);
}

it("contrast is that of WCAG", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
});

describe.each(Object.entries(themes))("text of the %s theme can be read", (_name, palette) => {
  const { ink, muted, paper, levels, families, derivative, kinds } = palette;
  const paints = { ...families, derivative, ...kinds };

  it.each(Object.entries(paints))("on a node: %s", (_kind, { fill }) => {
    expect(contrast(ink, fill)).toBeGreaterThan(ENOUGH);
  });

  it.each([paper, ...levels])("on %s: captions, titles of clusters, labels of edges", (background) => {
    expect(contrast(ink, background)).toBeGreaterThan(ENOUGH);
    expect(contrast(muted, background)).toBeGreaterThan(ENOUGH);
  });
});

describe("text on the tints of overlays can be read", () => {
  const plain = { fill: light.paper, line: light.ink };

  it.each(["right", "wrong", "undecided"] as const)("%s", (tone) => {
    const { fill = "" } = tinted({ text: "", strength: 1, tone }, plain) ?? {};
    expect(contrast(light.ink, fill)).toBeGreaterThan(ENOUGH);
  });

  it.each([0, 0.25, 0.5, 0.75, 1])("an amount of strength %f", (strength) => {
    const { fill = "" } = tinted({ text: "", strength, tone: "amount" }, plain) ?? {};
    expect(contrast(light.ink, fill)).toBeGreaterThan(ENOUGH);
  });
});
