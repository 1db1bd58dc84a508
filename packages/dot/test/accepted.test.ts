import { describe, expect, it } from "vitest";
import { renderGraphFromSource } from "graphviz-cli";
import { toDot } from "../src/index.js";
import { programs } from "./programs.js";
import { readDot } from "./read-dot.js";
import { renderSvg } from "../src/render/index.js";

describe.each(Object.entries(programs))("the drawing of %s", (_name, make) => {
  const tape = make();

  it.each([
    ["to the right", {}],
    ["downwards", { rankdir: "TB" }],
    ["without shapes", { shapes: false }],
    ["folded as far as it goes", { maxNodes: 1 }],
    ["folded a little", { maxNodes: 12 }],
  ] as const)("is accepted by Graphviz 16 and Graphviz 5, %s", async (_how, options) => {
    const dot = toDot(tape, options);
    expect(await renderSvg(dot)).toMatch(/^<svg [^]*<\/svg>\n$/);
    expect(await renderGraphFromSource({ input: dot }, { format: "svg" })).toContain("</svg>");
  });

  it("has edges between nodes that it declares, and no node twice", () => {
    for (const maxNodes of [Infinity, 12, 5, 1]) {
      const dot = toDot(tape, { maxNodes });
      const declared = [...dot.matchAll(/^ *(?!graph)(\w+) \[label=/gm)].map(([, id]) => id);
      const { nodes, legend, edges } = readDot(dot);
      expect(new Set(declared).size).toBe(declared.length);
      expect([...nodes, ...legend].map(({ id }) => id).sort()).toEqual([...declared].sort());
      expect(edges.length).toBe(
        [...dot.matchAll(/^ *\w+ -> \w+ \[.*/gm)].filter(([edge]) => !edge.includes("invis")).length,
      );
    }
  });

  it("is the same text for the same program, byte for byte", () => {
    expect(toDot(make())).toBe(toDot(tape));
    expect(toDot(make(), { maxNodes: 5 })).toBe(toDot(tape, { maxNodes: 5 }));
  });
});
