import { describe, expect, it } from "vitest";
import { formatOf, FORMATS, refuseTerminal } from "../../src/commands/graph-formats.js";

describe("the format of a graph", () => {
  it.each([
    [undefined, undefined, "dot"],
    [undefined, "a", "dot"],
    [undefined, "a.txt", "dot"],
    [undefined, "a.gv", "dot"],
    [undefined, "a.SVG", "svg"],
    [undefined, "b.png/a.mmd", "mermaid"],
    [undefined, "a.svg.json", "json"],
    ["png", "a.svg", "png"],
    ["png", undefined, "png"],
  ] as const)("asked for %s and into %s is %s", (format, output, expected) => {
    expect(formatOf(format, output)).toBe(expected);
  });

  it("is none that a terminal cannot show", () => {
    expect(() => refuseTerminal("png", undefined, true)).toThrow(
      "graph: png is no text for a terminal, expected a file",
    );
    expect(() => refuseTerminal("png", undefined, false)).not.toThrow();
    for (const format of FORMATS) {
      expect(() => refuseTerminal(format, "a.png", true)).not.toThrow();
      if (format !== "png") expect(() => refuseTerminal(format, undefined, true)).not.toThrow();
    }
  });
});
