import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { plots } from "./plots.js";

it.each(Object.entries(plots))("the plot %s is what its program measures today", (name, draw) => {
  const file = new URL(`${name}.svg`, import.meta.url);
  expect(readFileSync(file, "utf8") === draw(), "npm run docs:graphs draws it again").toBe(true);
});

it("no plot is left whose program is gone", () => {
  const files = readdirSync(new URL(".", import.meta.url)).filter((file) => file.endsWith(".svg"));
  expect(files.sort()).toEqual(Object.keys(plots).map((name) => `${name}.svg`));
});
