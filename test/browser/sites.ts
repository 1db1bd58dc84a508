import { transform } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build as bundle } from "vite";
import { runner, type Site } from "./site.js";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** With these a page is cross-origin isolated, so that it has shared memory. */
export const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** The strictest policy that lets modules of the site's own, workers and WebAssembly run; no code made of text. */
export function policy(...scripts: readonly string[]): Readonly<Record<string, string>> {
  const allowed = ["'self'", "'wasm-unsafe-eval'", ...scripts].join(" ");
  return {
    "content-security-policy": `default-src 'none'; script-src ${allowed}; worker-src 'self'; connect-src 'self'; img-src data:`,
  };
}

/** A page of this folder on the built packages, which it finds by an import map. */
export async function mapped(page: string, headers: Readonly<Record<string, string>>): Promise<Site> {
  const names = ["core", "nn", "check", "dot"];
  const imports = Object.fromEntries(
    names.map((name): [string, string] => [`@tapeloop/${name}`, `/packages/${name}/dist/index.js`]),
  );
  const map = JSON.stringify({ imports });
  const hash = createHash("sha256").update(map).digest("base64");
  const { code } = await transform(readFileSync(pathOf(page), "utf8"), { loader: "ts", target: "es2022" });
  return {
    files: {
      "/": html(`<script type="importmap">${map}</script><script type="module" src="/run.js"></script>`),
      "/run.js": runner("/page.js"),
      "/page.js": code,
    },
    folders: { "/packages/": `${root}packages` },
    headers: { ...headers, ...policy(`'sha256-${hash}'`) },
  };
}

/** A page of this folder as Vite bundles it with the built packages. */
export async function bundled(page: string, headers: Readonly<Record<string, string>>): Promise<Site> {
  // Beside the packages, so that they are found.
  const cache = `${root}node_modules/.cache/tapeloop`;
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(`${cache}/page-`);
  try {
    writeFileSync(`${folder}/index.html`, html('<script type="module" src="./run.js"></script>'));
    writeFileSync(`${folder}/run.js`, runner(pathOf(page)));
    await bundle({ configFile: false, root: folder, logLevel: "error", build: { outDir: "out" } });
    const { "/index.html": start = "", ...files } = filesIn(`${folder}/out`);
    return { files: { "/": start, ...files }, headers: { ...headers, ...policy() } };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All files of a folder, by their paths in it. */
function filesIn(folder: string): Readonly<Record<string, string>> {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    found.map(({ parentPath, name }): [string, string] => {
      const path = `${parentPath}/${name}`;
      return [path.slice(folder.length), readFileSync(path, "utf8")];
    }),
  );
}

function pathOf(page: string): string {
  return `${root}test/browser/pages/${page}.ts`;
}

function html(head: string): string {
  // An icon of its own, which the browser need not look for.
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>page</title><link rel="icon" href="data:,">${head}</head><body></body></html>`;
}
