import fc from "fast-check";
import { renderGraphFromSource } from "graphviz-cli";
import { describe, expect, it } from "vitest";
import { renderSvg } from "../src/render/index.js";
import { toDot } from "../src/index.js";
import { safeSvg } from "../src/render/safe-svg.js";
import { anyText, hostileNames, tapeWith } from "./hostile.js";
import { drawInstalled, installedVersion } from "./installed-dot.js";

/** The drawing without the texts in it. */
function skeleton(dot: string): string {
  return dot
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/^ *subgraph|^ *}/gm, "")
    .replace(/cluster_\d+/g, "");
}

const plain = skeleton(toDot(tapeWith("name"), { title: "name" }));

describe("a tape with hostile names", () => {
  it.each(hostileNames)("is drawn as one with harmless names would be: %s", async (_shown, text) => {
    const dot = toDot(tapeWith(text), { title: text });
    expect(skeleton(dot)).toBe(plain);
    const svg = await renderSvg(dot);
    expect(svg).not.toMatch(/<(script|style|foreignObject|image|a)\b/);
    const others = [await renderGraphFromSource({ input: dot }, { format: "svg" })];
    if (installedVersion !== undefined) others.push(drawInstalled(dot));
    // Nothing in them is out of place either.
    for (const other of others) expect(safeSvg(other, "test")).not.toMatch(/<a\b/);
  });

  it("is drawn whatever the names are", async () => {
    const property = fc.asyncProperty(anyText, async (text) => {
      await renderSvg(toDot(tapeWith(text), { title: text }));
    });
    await fc.assert(property, { numRuns: 100 });
  });
});
