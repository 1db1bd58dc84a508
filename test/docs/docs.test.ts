import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readProgram, type DocProgram } from "./blocks.js";
import { takePrinted } from "./runtime.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Beside the sources, so that package names resolve as they do for every other file. */
const generated = join(root, ".cache", "docs");

/** Every page of the repository. */
function pages(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (["node_modules", "dist", "out"].includes(entry.name) || entry.name.startsWith(".")) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? pages(path) : entry.name.endsWith(".md") ? [path] : [];
  });
}

const files = pages(root);
const programs = files.map(readProgram).filter((program) => program !== undefined);

function moduleOf({ file }: DocProgram): string {
  return join(generated, `${relative(root, file).replaceAll(/[^\w]+/g, "-")}.ts`);
}

beforeAll(() => {
  mkdirSync(generated, { recursive: true });
  for (const program of programs) writeFileSync(moduleOf(program), program.source);
});
afterAll(() => rmSync(generated, { recursive: true, force: true }));

test("the README and the guides hold programs", () => {
  expect(programs.length).toBeGreaterThanOrEqual(4);
  expect(programs.map(({ file }) => relative(root, file))).toContain("README.md");
});

describe("every code block runs and prints what it says", () => {
  test.each(programs.map((program) => [relative(root, program.file), program] as const))(
    "%s",
    async (_name, program) => {
      takePrinted();
      await import(/* @vite-ignore */ moduleOf(program));
      expect(takePrinted()).toEqual(program.promised);
    },
  );
});

test("every code block passes the strict type checker", () => {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile.bind(ts.sys));
  const parsed = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const options = { ...parsed.options, noEmit: true, noUnusedLocals: false, noUnusedParameters: false };
  const checked = ts.createProgram(programs.map(moduleOf), options);
  const problems = ts.getPreEmitDiagnostics(checked).map((d) => {
    const at =
      d.file === undefined
        ? ""
        : `${relative(root, d.file.fileName)}:${ts.getLineAndCharacterOfPosition(d.file, d.start ?? 0).line + 1} `;
    return at + ts.flattenDiagnosticMessageText(d.messageText, "\n");
  });
  expect(problems).toEqual([]);
});

test("lines of a tape that a page speaks of are lines that it prints", () => {
  const stale = programs.flatMap(({ file, promised }) => {
    const spoken = [...readFileSync(file, "utf8").matchAll(/`(%\d[^`]*)`/g)].map(([, line = ""]) => line);
    const lines = spoken.filter((line) => line.includes(" = "));
    // A number by itself would hold for any tape, so its line has to be on the page too.
    const known = new Set(lines.flatMap((line) => line.match(/%\d+/g) ?? []));
    const wrong = (line: string): boolean =>
      line.includes(" = ") ? !promised.some((text) => text.includes(`${line} : `)) : !known.has(line);
    return spoken.filter(wrong).map((line) => `${relative(root, file)}: ${line}`);
  });
  expect(stale).toEqual([]);
});

test("links between pages lead somewhere", () => {
  const broken = files.flatMap((file) => {
    const links = [
      ...readFileSync(file, "utf8").matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g),
    ];
    return links
      .map(([, target = ""]) => target)
      .filter((target) => !existsSync(join(dirname(file), target)))
      .map((target) => `${relative(root, file)} → ${target}`);
  });
  expect(broken).toEqual([]);
});
