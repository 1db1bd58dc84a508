import { ArgumentError } from "@tapeloop/core";
import { describe, expect, it } from "vitest";
import { renderPng, renderSvg, RenderError, RenderTimeError } from "../../src/render/index.js";
import { endless } from "../endless.js";

describe("a drawing that takes too long", () => {
  it("is interrupted in the middle of its work, with an error that says what to do", async () => {
    await renderSvg("digraph { warm }");
    const start = performance.now();
    const error: unknown = await renderSvg(endless, { timeLimit: 300 }).catch((reason: unknown) => reason);
    expect(performance.now() - start).toBeLessThan(3000);
    expect(error).toBeInstanceOf(RenderTimeError);
    expect(error).toBeInstanceOf(RenderError);
    expect(error).toMatchObject({ name: "RenderTimeError", timeLimit: 300 });
    expect(String(error)).toBe(
      "RenderTimeError: renderSvg: no picture after 300 ms, expected one by then: " +
        "draw fewer nodes (a smaller maxNodes), or raise timeLimit",
    );
  });

  it("leaves this thread alone while it is being made", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 10);
    await renderSvg(endless, { timeLimit: 500 }).catch(() => undefined);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(10);
  });

  it("does not keep others from being made, before it or after it", async () => {
    const [before, late, after] = await Promise.allSettled([
      renderSvg("digraph { before }"),
      renderSvg(endless, { timeLimit: 300 }),
      renderSvg("digraph { after }"),
    ]);
    expect(before).toMatchObject({ status: "fulfilled" });
    expect(late).toMatchObject({ status: "rejected" });
    expect(after).toMatchObject({ status: "fulfilled" });
  });

  it("is a PNG as well", async () => {
    await expect(renderPng(endless, { timeLimit: 300 })).rejects.toThrow(
      "renderPng: no picture after 300 ms",
    );
  });

  it("may take as long as it does", async () => {
    expect(await renderSvg("digraph { a }", { timeLimit: Infinity })).toContain("<svg");
  });

  it.each([0, -1, NaN])("cannot have %d ms", async (timeLimit) => {
    await expect(renderSvg("digraph { a }", { timeLimit })).rejects.toThrow(ArgumentError);
    await expect(renderPng("digraph { a }", { timeLimit })).rejects.toThrow(
      `renderPng: got timeLimit ${timeLimit}, expected milliseconds > 0, or Infinity`,
    );
  });
});

describe("a graph as long as it is deep", () => {
  it("is drawn: Graphviz calls itself once per node of it", async () => {
    const chain = Array.from({ length: 5000 }, (_, i) => `n${i} -> n${i + 1};`).join("\n");
    const svg = await renderSvg(`digraph { ${chain} }`);
    expect(svg.match(/class="(node|edge)"/g)).toHaveLength(10_001);
  });
});

describe("what cannot be drawn", () => {
  it.each<[string, typeof renderSvg | typeof renderPng, readonly unknown[], string]>([
    ["no text", renderSvg, [3], "renderSvg: got 3, expected DOT text"],
    ["nothing", renderPng, [], "renderPng: got undefined, expected DOT text"],
    ["other options", renderSvg, ["digraph {}", null], "renderSvg: got null as the options"],
    ["a limit in words", renderSvg, ["digraph {}", { timeLimit: "1" }], 'renderSvg: got timeLimit "1"'],
    ["a scale in words", renderPng, ["digraph {}", { scale: "2" }], 'renderPng: got scale "2"'],
    ["fonts by name", renderPng, ["digraph {}", { fonts: ["Arial"] }], "renderPng: got other fonts"],
  ])("is refused by name: %s", async (_what, render, args, message) => {
    const drawn: unknown = Reflect.apply(render, undefined, args);
    await expect(drawn).rejects.toThrow(ArgumentError);
    await expect(drawn).rejects.toThrow(message);
  });
});
