import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { violations, type Source } from "./layering.js";

const root = fileURLToPath(new URL("../", import.meta.url));
const packages = ["core", "nn", "check", "dot", "cli"];

/** The TypeScript files below a folder; none when it does not exist. */
function sources(folder: string): Source[] {
  let names: string[];
  try {
    names = readdirSync(root + folder, { recursive: true, encoding: "utf8" });
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .map((path) => ({ path, text: readFileSync(root + path, "utf8") }));
}

const packageSources = packages.flatMap((name) => sources(`packages/${name}/src`));

describe("the layers", () => {
  it("finds the sources of every package", () => {
    for (const name of packages) {
      expect(
        packageSources.some(({ path }) => path.startsWith(`packages/${name}/src/`)),
        name,
      ).toBe(true);
    }
  });

  it("point one way, in every file of every package and example", () => {
    expect([...packageSources, ...sources("examples")].flatMap(violations)).toEqual([]);
  });

  it("keep every source file within 400 lines", () => {
    const long = packageSources
      .map(({ path, text }) => `${path}: ${text.trimEnd().split("\n").length} lines`)
      .filter((line) => Number(/(\d+) lines$/.exec(line)?.[1]) > 400);
    expect(long).toEqual([]);
  });

  it.each(["core", "nn", "check", "dot"])("leave %s without run-time dependencies beyond our own", (name) => {
    const manifest: unknown = JSON.parse(readFileSync(`${root}packages/${name}/package.json`, "utf8"));
    const dependencies = Object.keys(
      (manifest as { dependencies?: Record<string, string> }).dependencies ?? {},
    );
    expect(dependencies).toEqual(name === "core" ? [] : ["@tapeloop/core"]);
  });
});

describe("the layering rules", () => {
  const core = "packages/core/src";

  it.each<[what: string, path: string, text: string, complaint: RegExp]>([
    ["core importing nn", `${core}/ops/a.ts`, `import { lstm } from "@tapeloop/nn";`, /which core may not/],
    ["core importing a library", `${core}/ops/a.ts`, `import "left-pad";`, /depends on nothing/],
    ["core importing Node", `${core}/index.ts`, `import { readFile } from "node:fs";`, /runs anywhere/],
    [
      "the main entry reaching the native one",
      `${core}/index.ts`,
      `export * from "./native/index.js";`,
      /native stands above index/,
    ],
    ["the compiler importing Node", `${core}/compile/a.ts`, `import "node:module";`, /runs anywhere/],
    ["koffi as an import", `${core}/native/a.ts`, `import koffi from "koffi";`, /depends on nothing/],
    [
      "nn importing the native entry",
      "packages/nn/src/a.ts",
      `import "@tapeloop/core/native";`,
      /which nn may not/,
    ],
    [
      "the tape importing an op",
      `${core}/tape/a.ts`,
      `import { add } from "../ops/add.js";`,
      /ops stands above tape/,
    ],
    [
      "a type from above",
      `${core}/tape/a.ts`,
      `import type { A } from "../ops/add.js";`,
      /ops stands above tape/,
    ],
    [
      "an unnamed type from above",
      `${core}/tape/a.ts`,
      `let a: import("../ops/a.js").A;`,
      /ops stands above/,
    ],
    [
      "values from methods.ts",
      `${core}/tape/a.ts`,
      `import { m } from "../methods.js";`,
      /methods stands above/,
    ],
    [
      "a re-export from above",
      `${core}/ops/a.ts`,
      `export * from "../transforms/grad.js";`,
      /stands above ops/,
    ],
    [
      "a dynamic import",
      `${core}/ops/a.ts`,
      `const m = await import("../control/scan.js");`,
      /stands above ops/,
    ],
    [
      "a folder nobody placed",
      `${core}/misc/a.ts`,
      `import { add } from "../ops/add.js";`,
      /"misc" has no place/,
    ],
    [
      "core's private parts",
      "packages/nn/src/a.ts",
      `import "@tapeloop/core/src/tape/tape.js";`,
      /nn may not/,
    ],
    [
      "core's files",
      "packages/nn/src/a.ts",
      `import "../../core/src/index.js";`,
      /outside of packages\/nn\/src/,
    ],
    ["dot importing nn", "packages/dot/src/a.ts", `import { rnn } from "@tapeloop/nn";`, /dot may not/],
    [
      "vitest outside its entry",
      "packages/check/src/a.ts",
      `import { it } from "vitest";`,
      /depends on nothing/,
    ],
    ["bptt importing core", "packages/check/src/bptt/a.ts", `import "@tapeloop/core";`, /stands alone/],
    ["bptt importing check", "packages/check/src/bptt/a.ts", `import "../index.js";`, /stands alone/],
    [
      "an example reaching inside",
      "examples/a/a.ts",
      `import "../../packages/nn/src/a.js";`,
      /outside of examples/,
    ],
    ["an example with a private entry", "examples/a/a.ts", `import "@tapeloop/nn/x";`, /examples may not/],
    ["eval", "packages/cli/src/a.ts", `eval("1");`, /makes code/],
    ["new Function", "packages/nn/src/a.ts", `const f = new Function("return 1");`, /makes code/],
    ["Function", "packages/nn/src/a.ts", `const f = Function("return 1");`, /makes code/],
  ])("catch %s", (_what, path, text, complaint) => {
    const found = violations({ path, text });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(complaint);
  });

  it.each<[path: string, text: string]>([
    [`${core}/tensor/tensor.ts`, `import type { TensorMethods } from "../methods.js";`],
    [`${core}/control/scan.ts`, `import { vjp } from "../transforms/vjp.js"; import { a } from "./a.js";`],
    [`${core}/native/ffi.ts`, `import { createRequire } from "node:module";`],
    [`${core}/native/cblas.ts`, `import type { Blas } from "../compile/blas.js";`],
    [`${core}/index.ts`, `export * from "./control/scan.js";`],
    ["packages/check/src/vitest/index.ts", `import { expect } from "vitest"; import { a } from "../a.js";`],
    ["packages/check/src/vitest.ts", `import { expect } from "vitest"; import "./index.js";`],
    ["packages/check/src/bptt/lstm.ts", `import { a } from "./arrays.js";`],
    ["packages/cli/src/main.ts", `import "node:fs"; import "commander"; import "@tapeloop/nn";`],
    ["examples/a/a.test.ts", `import "../shared.js"; import "vitest"; import "@tapeloop/check/vitest";`],
    [`${core}/ops/a.ts`, `// import "left-pad";\nexport const text = 'import "left-pad"; eval("1")';`],
  ])("allow %s: %s", (path, text) => {
    expect(violations({ path, text })).toEqual([]);
  });
});
