import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { diagrams } from "./diagrams.js";
import { render } from "./render.js";

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");
const again = "npm run docs:graphs draws it again";

describe.each(Object.entries(diagrams))("the diagram %s", (name, draw) => {
  it("is what its program records today", () => {
    expect(read(`${name}.dot`), again).toBe(draw());
  });

  it("is drawn as its DOT text says", async () => {
    expect(read(`${name}.svg`), again).toBe(await render(read(`${name}.dot`)));
  });

  it("is shown in the gallery, and says in words what it shows", () => {
    const file = `${name}\\.svg`;
    const isDark = name.endsWith("-dark");
    const shown = isDark
      ? `<source media="\\(prefers-color-scheme: dark\\)" srcset="${file}" />\\s+<img alt="[^"]{20,}"`
      : `!\\[[^\\]]{20,}\\]\\(${file}\\)|<img alt="[^"]{20,}" src="${file}" />`;
    expect(read("README.md")).toMatch(new RegExp(shown));
  });
});

it("no diagram is left whose program is gone", () => {
  const files = readdirSync(new URL(".", import.meta.url)).filter((file) => /\.(dot|svg)$/.test(file));
  const wanted = Object.keys(diagrams).flatMap((name) => [`${name}.dot`, `${name}.svg`]);
  expect(files.sort()).toEqual(wanted.sort());
});
