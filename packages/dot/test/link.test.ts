import { ArgumentError, ones, record, tanh, withSources, type TapeNode, type Tensor } from "@tapeloop/core";
import { toDot } from "@tapeloop/dot";
import { renderSvg } from "@tapeloop/dot/render";
import { renderGraphFromSource } from "graphviz-cli";
import { describe, expect, it } from "vitest";

const { tape } = withSources(() => record((x: Tensor) => tanh(x), ones([2])));
const linked = (address: unknown): string => {
  const options = { link: () => address };
  return String(Reflect.apply(toDot, undefined, [tape, options]));
};

describe("links of operations", () => {
  it("lead to the line that applied them, where the drawing is told so", async () => {
    const line = ({ where: { source } }: TapeNode): string | undefined =>
      source && `https://example.org/cells/blob/main/${source.file.replace(/.*\//, "")}#L${source.line}`;
    const svg = await renderSvg(toDot(tape, { link: line }));
    expect(svg).toMatch(/<a xlink:href="https:\/\/example\.org\/cells\/blob\/main\/link\.test\.ts#L7"/);
    expect(svg.match(/<a /g)).toHaveLength(1);
    expect(svg).toContain('xlink:title="tanh [2]"');
  });

  it("are there for some operations, or for none", () => {
    expect(linked(undefined)).toBe(toDot(tape));
    expect(linked(undefined)).not.toContain("URL");
  });

  it.each(["https://example.org/?a=1&b=2#c", "cell.ts#L3", "../cell.ts", "/cell.ts", "?q=&#106;", "é.html"])(
    "to %s stay as they are",
    async (address) => {
      const href = `xlink:href="${address.replaceAll("&", "&amp;")}"`;
      expect(await renderSvg(linked(address))).toContain(href);
      const old = await renderGraphFromSource({ input: linked(address) }, { format: "svg" });
      expect(old).toContain(href);
    },
  );

  it.each([
    "javascript:alert(1)",
    "JAVASCRIPT:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,x",
    "http://example.org",
    "//example.org",
    "\\\\example.org",
    "/\\example.org",
    "vbscript:x",
    `https://example.org/${"x".repeat(1000)}`,
    "https://example.org/\u202e",
    "a\nb",
    3,
    null,
  ])("to %j are refused", (address) => {
    expect(() => linked(address)).toThrow(ArgumentError);
    expect(() => linked(address)).toThrow(
      /^toDot: got link .* for tanh, expected an https or relative address/s,
    );
  });

  it("come from a function", () => {
    const draw = (): unknown => Reflect.apply(toDot, undefined, [tape, { link: "https://example.org" }]);
    expect(draw).toThrow('toDot: got link "https://example.org", expected a function of an operation');
  });
});
