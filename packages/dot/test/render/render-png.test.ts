import { ArgumentError } from "@tapeloop/core";
import { describe, expect, it } from "vitest";
import { renderPng, RenderError } from "../../src/render/index.js";
import { toDot } from "../../src/index.js";
import { programs } from "../programs.js";

/** Width and height that a PNG file says it has. */
function sizeOf(png: Uint8Array): readonly [number, number] {
  const view = new DataView(png.buffer, png.byteOffset);
  expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return [view.getUint32(16), view.getUint32(20)];
}

describe("a PNG", () => {
  const dot = 'digraph { a [label="σ ⊙ ↪ h′"]; a -> b }';

  it("has twice the size of the SVG, or as many times as asked for", async () => {
    const [width, height] = sizeOf(await renderPng(dot));
    const [single] = sizeOf(await renderPng(dot, { scale: 1 }));
    expect(Math.abs(width - 2 * single)).toBeLessThanOrEqual(1);
    expect(width / height).toBeCloseTo(0.78, 0);
  });

  it("is the same each time", async () => {
    const [one, two] = await Promise.all([renderPng(dot), renderPng(dot)]);
    expect(one).toEqual(two);
  });

  it("shows every symbol that operations are written with", async () => {
    // A character without a shape is drawn as a box that is the same for all of them.
    const pictures = await Promise.all(
      "σ ⊙ Σ − × · ′ ∂ ↪ … √ Π ≤ ≠ ∧ ∨ ⊕ ¬ ∞ ₀ ² | \u{10ffff}"
        .split(" ")
        .map((symbol) =>
          renderPng(`digraph { a [label="${symbol}", shape=plaintext, width=1, height=1, fixedsize=true] }`),
        ),
    );
    expect(new Set(pictures.map((png) => Buffer.from(png).toString("base64"))).size).toBe(pictures.length);
  });

  it.each(["a scan with its gradient", "a gradient"])("is made of %s", async (name) => {
    const [width] = sizeOf(await renderPng(toDot(programs[name]!())));
    expect(width).toBeGreaterThan(500);
  });

  it("with more pixels than memory is good for is refused", async () => {
    const wide = 'digraph { size="700,700!"; a -> b }';
    await expect(renderPng(wide, { scale: 20 })).rejects.toThrow(RenderError);
    await expect(renderPng(wide, { scale: 20 })).rejects.toThrow(
      /^renderPng: got \d+ × \d+ pixels, expected at most 100 million: draw fewer nodes/,
    );
  });

  it("is not made of text that is no DOT", async () => {
    await expect(renderPng("digraph {")).rejects.toThrow("renderPng: Graphviz cannot draw this graph");
  });

  it.each([0, -1, NaN, 101])("cannot have the scale %d", async (scale) => {
    await expect(renderPng(dot, { scale })).rejects.toThrow(ArgumentError);
  });
});
