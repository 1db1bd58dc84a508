import {
  apply,
  defineOp,
  label,
  ones,
  record,
  scan,
  scope,
  timeStep,
  type Tape,
  type Tensor,
} from "@tapeloop/core";
import fc from "fast-check";
import { renderGraphFromSource } from "graphviz-cli";
import { describe, expect, it } from "vitest";
import { renderSvg } from "../src/render/index.js";
import { toDot } from "../src/index.js";
import { hostile } from "./hostile.js";

/** A tape on which the text stands wherever a text can. */
function tapeWith(text: string): Tape {
  const op = defineOp<readonly [Tensor]>({ name: text, shape: ([x]) => x, forward: ([x]) => x });
  const here = <T>(fn: () => T): T => (text === "" ? fn() : scope(text, fn));
  const f = (params: Record<string, Tensor>, x: Tensor): unknown =>
    here(() => {
      const given = Object.values(params).map((w) => apply(op, [w], { [text]: text }));
      const named = timeStep(0, () => label(apply(op, [x], { text }), text));
      const init = { [text]: label(ones([2]), text) };
      const [state] = scan((s: Record<string, Tensor>) => [s, here(() => apply(op, [x], {}))], init, null, {
        length: 2,
      });
      return [given, named, state];
    });
  return record(f, { [text]: ones([2]) }, label(ones([2]), text)).tape;
}

/** The drawing without the texts in it. */
function skeleton(dot: string): string {
  return dot
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/^ *subgraph|^ *}/gm, "")
    .replace(/cluster_\d+/g, "");
}

const plain = skeleton(toDot(tapeWith("name"), { title: "name" }));

describe("a tape with hostile names", () => {
  it.each(
    hostile
      .filter((text) => !text.includes("/") && text !== "")
      .map((text) => [JSON.stringify(text.slice(0, 60)), text]),
  )("is drawn as one with harmless names would be: %s", async (_shown, text) => {
    const dot = toDot(tapeWith(text), { title: text });
    expect(skeleton(dot)).toBe(plain);
    const svg = await renderSvg(dot);
    expect(svg).not.toMatch(/<(script|style|foreignObject|image|a)\b/);
    expect(await renderGraphFromSource({ input: dot }, { format: "svg" })).toContain("</svg>");
  });

  it("is drawn whatever the names are", async () => {
    const anyText = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc
        .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
        .map((units) => String.fromCharCode(...units)),
    );
    const property = fc.asyncProperty(anyText, async (text) => {
      await renderSvg(toDot(tapeWith(text), { title: text }));
    });
    await fc.assert(property, { numRuns: 100 });
  });
});
