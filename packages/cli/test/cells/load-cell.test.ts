import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useCli } from "../commands/cli.js";

const cli = useCli();

const MGU = `import { add, affine, concat, mul, sigmoid, sub, tanh, zeros, type Tensor } from "@tapeloop/core";
import { defineCell } from "@tapeloop/nn";
import { weight } from "./parts/weight.js";
import { name } from "./parts/name.json";

enum Gate { Forget }
interface Params { wf: Tensor; bf: Tensor; wc: Tensor; bc: Tensor }

export const half = 0.5;
export const mgu = defineCell(name, {
  params: ({ input, hidden }, rng) => ({
    wf: weight(rng, hidden + input, hidden), bf: zeros([hidden]),
    wc: weight(rng, hidden + input, hidden), bc: zeros([hidden]),
  }),
  state: ({ hidden }, batch) => ({ h: zeros([batch, hidden]) }),
  step({ wf, bf, wc, bc }: Params, { h }: { h: Tensor }, x) {
    const gates = [sigmoid(affine(concat([h, x]), wf, bf))] as const;
    const f = gates[Gate.Forget];
    const c = tanh(affine(concat([mul(f, h), x]), wc, bc));
    const next = add(mul(sub(1, f), h), mul(f, c));
    return { state: { h: next }, output: next };
  },
});
`;

/** Loads a cell by drawing it, the quickest of commands. */
const graph = (...args: readonly string[]) => cli.run("graph", ...args);

describe("a cell file", () => {
  it("is TypeScript with imports of its own, and shares tape and tensors with the program", async () => {
    cli.write("cells/mgu.ts", MGU);
    cli.write("cells/parts/name.json", `{ "name": "mgu" }`);
    cli.write(
      "cells/parts/weight.ts",
      `import type { Rng, Tensor } from "@tapeloop/core";
       import { glorotUniform } from "@tapeloop/nn";
       export const weight = (rng: Rng, m: number, n: number): Tensor => glorotUniform(rng, [m, n]);`,
    );
    const { code, stdout, stderr } = await graph("./cells/mgu.ts");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    for (const text of ["mgu, one time step", "wf", "bc", "h′, output"]) expect(stdout).toContain(text);
    // Nothing is left beside the file.
    expect(readdirSync(join(cli.folder, "cells")).sort()).toEqual(["mgu.ts", "parts"]);
  });

  it("may be JavaScript, hand on a cell of ours, and be named without ./", async () => {
    cli.write("again.js", `export { gru as default, lstm } from "@tapeloop/nn";`);
    expect((await graph("again.js")).stdout).toContain("gru, one time step");
    expect((await graph("again.js", "--export", "lstm")).stdout).toContain("lstm, one time step");
  });

  it("may await at its top, use Node's modules and know its own address", async () => {
    cli.write(
      "address.mts",
      `import { readFile } from "node:fs/promises";
       import { rnnCell } from "@tapeloop/nn";
       const text = await readFile(new URL("./name.txt", import.meta.url), "utf8");
       export default rnnCell({ name: text.trim() });`,
    );
    cli.write("name.txt", "from a file\n");
    expect((await graph("address.mts")).stdout).toContain("from a file, one time step");
  });
});

describe("a cell file that cannot be used gets one line with the place, and code 2", () => {
  const cases: readonly (readonly [string, string, string, RegExp])[] = [
    [
      "a syntax error",
      "syntax.ts",
      "export const a = 1;\nexport const b = 1 +;\n",
      /^syntax\.ts:2:21: Unexpected ";"$/,
    ],
    [
      "an import that leads nowhere",
      "lost.ts",
      `import "./gone.js";`,
      /^lost\.ts:1:8: Could not resolve "\.\/gone\.js"$/,
    ],
    [
      "an import of what we do not export",
      "nope.ts",
      `import { nope } from "@tapeloop/core";\nexport default nope;`,
      /^nope\.ts:1:10: No matching export in "@tapeloop\/core" for import "nope"$/,
    ],
    [
      "a package of ours that cells cannot have",
      "ours.ts",
      `import "@tapeloop/check/vitest";`,
      /^ours\.ts:1:8: A cell can import @tapeloop\/core, .*, but not @tapeloop\/check\/vitest$/,
    ],
    [
      "an error as it runs",
      "throws.ts",
      `type A = { b: number };\n\nconst a = undefined as unknown as A;\nexport default a.b;`,
      /^throws\.ts:4:\d+: TypeError: Cannot read properties of undefined \(reading 'b'\)$/,
    ],
    [
      "an error of ours as it runs",
      "ragged.ts",
      `import { tensor } from "@tapeloop/core";\nexport const t = tensor([[1], [2, 3]]);`,
      /^ragged\.ts:2:\d+: tensor: got an array of 2 at values\[1\], expected an array of 1/,
    ],
    ["no exports", "none.ts", "const a = 1;", /^none\.ts: exports no cell, .*; it exports nothing$/],
    [
      "exports that are no cells",
      "others.ts",
      "export const a = 1;\nexport default function f() {}",
      /^others\.ts: exports no cell, .*; its exports are a \(a number\), default \(a function\)$/,
    ],
    [
      "several cells",
      "several.ts",
      `export { gru, lstm } from "@tapeloop/nn";`,
      /^several\.ts: exports several cells, choose one with --export: gru, lstm$/,
    ],
    ["a folder", "folder.ts/x", "", /^folder\.ts: is a folder, expected a TypeScript or JavaScript file$/],
  ];
  it.concurrent.each(cases)("%s", async (_name, file, text, message) => {
    cli.write(file, text);
    const { code, stdout, stderr } = await graph(file.replace("/x", ""));
    expect(stderr).toMatch(/^tapeloop: [^\n]*\n$/);
    expect(stderr.replace("tapeloop: ", "").trimEnd()).toMatch(message);
    expect([code, stdout]).toEqual([2, ""]);
  });

  it("an export that is not there, or is no cell", async () => {
    cli.write("named.ts", `export { gru } from "@tapeloop/nn";\nexport const size = 3;`);
    const [missing, number] = await Promise.all([
      graph("named.ts", "--export", "lstm"),
      graph("named.ts", "--export", "size"),
    ]);
    const listed = "its exports are gru (a cell), size (a number)";
    expect(missing.stderr).toBe(`tapeloop: named.ts: has no export "lstm", expected a cell; ${listed}\n`);
    expect(number.stderr).toBe(`tapeloop: named.ts: "size" is a number, expected a cell; ${listed}\n`);
  });
});
