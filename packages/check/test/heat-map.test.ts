import { describe, expect, it } from "vitest";
import { heatMap, type HeatMapRow } from "../src/report/heat-map.js";

const row = (path: string, errors: readonly number[], from = 1e-6): HeatMapRow => ({
  path,
  errors,
  verdicts: errors.map((e) => (e > from ? "fail" : Number.isNaN(e) ? "inconclusive" : "pass")),
});

/** The fill of each square, in order. */
function fills(svg: string): string[] {
  return [...svg.matchAll(/<rect fill="(#\w+)"[^>]*><title>/g)].map(([, colour = ""]) => colour);
}

describe("heatMap", () => {
  const rows = [row("params.w", [1e-2, 1e-9, 1e-15]), row("params.b", [0.5, NaN, 0])];
  const svg = heatMap({ rows, steps: 3, title: "rnn", note: "cut at t = 1" });

  it("has a square for each parameter and step, with the numbers to read on it", () => {
    expect(fills(svg)).toHaveLength(6);
    expect(svg).toContain("<title>params.w, t = 1: 1.0e-2, fail</title>");
    expect(svg).toContain("<title>params.b, t = 2: NaN, inconclusive</title>");
  });

  it("draws the errors of each step by itself where it has them, as a time line does", () => {
    const both = { ...row("params.w", [1e-9]), relative: [1e-3] };
    expect(heatMap({ rows: [both], steps: 1, title: "" })).toContain(
      "<title>params.w, t = 1: 1.0e-3, pass</title>",
    );
  });

  it("is darker where the error is larger", () => {
    const lightness = (colour: string): number =>
      [1, 3, 5].reduce((sum, at) => sum + parseInt(colour.slice(at, at + 2), 16), 0);
    const errors = [0, 1e-15, 1e-12, 1e-8, 1e-5, 1e-3, 0.5, 10];
    const shades = fills(heatMap({ rows: [row("w", errors)], steps: errors.length, title: "" })).map(
      lightness,
    );
    expect(shades).toEqual([...shades].sort((a, b) => b - a));
    expect(new Set(shades).size).toBeGreaterThan(5);
  });

  it("frames what failed and what is undecided", () => {
    const frames = (name: string): number => svg.split(`<rect class="${name}"`).length - 1;
    // One more of each in the legend.
    expect([frames("fail"), frames("open")]).toEqual([3, 2]);
  });

  it("quotes every name", () => {
    const evil = heatMap({ rows: [row(`"><script>'&`, [0])], steps: 1, title: "<b>", note: "\u0001" });
    for (const raw of ["<script", "<b>", "\u0001"]) expect(evil).not.toContain(raw);
    expect(evil).toContain("&quot;&gt;&lt;script&gt;&#39;&amp;");
  });

  it("stays drawable for no parameters, no steps and very many", () => {
    for (const steps of [0, 1, 5000]) {
      const errors = Array.from({ length: steps }, () => 1e-9);
      const drawn = heatMap({ rows: steps === 0 ? [] : [row("w", errors)], steps, title: "t" });
      expect(drawn).toMatch(/^<svg [^>]*width="\d+(\.\d)?"/);
      expect(drawn).not.toMatch(/NaN"|Infinity|undefined/);
      expect(fills(drawn)).toHaveLength(steps);
    }
  });
});
