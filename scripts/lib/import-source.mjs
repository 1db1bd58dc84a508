import { createHash } from "node:crypto";
import { cpSync } from "node:fs";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./run.mjs";

const workers = [
  "packages/core/src/compile/threads/worker.js",
  "packages/dot/src/render/graphviz-worker.js",
  "packages/dot/src/render/png-worker.js",
];

/**
 * Imports TypeScript that uses the packages: their sources take the place of the packages, as tsconfig.json says, so
 * nothing needs to be built first.
 * @param {string} code a module; its relative imports begin at `folder`
 * @param {string} folder
 * @param {readonly string[]} [external] packages that are not bundled
 * @returns {Promise<any>} what the module exports
 */
export async function importSource(code, folder, external = []) {
  const { build } = await import("esbuild");
  const { viewerPage } = await import("./viewer-page.mjs");
  const name = createHash("sha256").update(`${folder}\n${code}`).digest("hex").slice(0, 12);
  const outfile = `${root}node_modules/.cache/tapeloop/${name}.mjs`;
  // Workers are found beside the module that starts them.
  for (const worker of workers)
    cpSync(root + worker, `${root}node_modules/.cache/tapeloop/${basename(worker)}`);
  await build({
    stdin: { contents: code, resolveDir: folder, loader: "ts" },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile,
    external: [...external],
    plugins: [viewerPage],
    tsconfig: `${root}tsconfig.json`,
  });
  return import(pathToFileURL(outfile).href);
}
