import { spawn, type ChildProcess } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll } from "vitest";
import { viewerPage } from "../../../../scripts/lib/viewer-page.mjs";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

const WORKERS = [
  "core/src/compile/threads/worker.js",
  "dot/src/render/graphviz-worker.js",
  "dot/src/render/png-worker.js",
];

/** How a run of the program ended. */
export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program, made from the sources as they are now, and an empty folder to run it in. */
export interface Cli {
  /** The folder; each test file has its own. */
  readonly folder: string;
  run(...args: readonly string[]): Promise<Run>;
  /** Starts the program without waiting for its end. */
  /** The program's file, for `node`. */
  readonly program: string;
  start(...args: readonly string[]): { readonly process: ChildProcess; readonly ended: Promise<Run> };
  /** Writes a file into the folder and returns its name. */
  write(name: string, contents: string): string;
}

/** Builds the program once for a test file, and removes all of it at the end. */
export function useCli(): Cli {
  let program = "";
  let folder = "";
  beforeAll(async () => {
    // Beside the packages that are not bundled, so that they are found.
    const cache = join(root, "packages/cli/node_modules/.cache/tapeloop-test");
    mkdirSync(cache, { recursive: true });
    program = mkdtempSync(join(cache, "cli-"));
    folder = mkdtempSync(join(tmpdir(), "tapeloop-test-"));
    await build({
      entryPoints: [join(root, "packages/cli/src/main.ts")],
      outdir: program,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node20",
      tsconfig: join(root, "tsconfig.json"),
      plugins: [viewerPage, { name: "third parties stay outside", setup: keepOutside }],
      logLevel: "error",
    });
    // Workers are found beside the module that starts them.
    writeFileSync(join(program, "package.json"), '{ "type": "module" }');
    for (const worker of WORKERS)
      copyFileSync(join(root, "packages", worker), join(program, basename(worker)));
  });
  afterAll(() => {
    for (const path of [program, folder]) if (path !== "") rmSync(path, { recursive: true, force: true });
  });
  const start: Cli["start"] = (...args) => {
    const env = { ...process.env, NO_COLOR: "1" };
    const child = spawn(process.execPath, [join(program, "main.mjs"), ...args], { cwd: folder, env });
    const texts = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (texts.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (texts.stderr += text));
    const ended = new Promise<Run>((resolve, reject) => {
      child.on("error", reject).on("close", (code, signal) => resolve({ code, signal, ...texts }));
    });
    return { process: child, ended };
  };
  return {
    get folder() {
      return folder;
    },
    get program() {
      return join(program, "main.mjs");
    },
    start,
    run: (...args) => start(...args).ended,
    write(name, contents) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, contents);
      return name;
    },
  };
}

function keepOutside(
  esbuild: Parameters<NonNullable<Parameters<typeof build>[0]["plugins"]>[number]["setup"]>[0],
) {
  esbuild.onResolve({ filter: /^[^./]/ }, ({ path }) =>
    path.startsWith("@tapeloop/") ? undefined : { external: true },
  );
}

/** A CSV of a season of 12 on a rising line, one point a month from 2000-01. */
export function monthlyCsv(points: number): string {
  const rows = Array.from({ length: points }, (_, i) => {
    const month = `${2000 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, "0")}`;
    return `${month},${(10 + 0.1 * i + 2 * Math.sin((2 * Math.PI * i) / 12) + 0.3 * Math.sin(i * i)).toFixed(3)}`;
  });
  return `date,value\n${rows.join("\n")}\n`;
}
