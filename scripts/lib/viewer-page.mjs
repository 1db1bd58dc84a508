// The page of @tapeloop/dot/html: its program, style and layout worker, bundled from packages/dot/src/html/page into
// strings. `page-parts.js` is the module that holds them; this plugin makes it wherever the package is bundled or run.
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = fileURLToPath(new URL("../../packages/dot/src/html/page/", import.meta.url));
const name = /\/page-parts\.js$/;

/** @param {string} file @returns {Promise<string>} */
async function bundle(file) {
  const { outputFiles } = await build({
    entryPoints: [folder + file],
    bundle: true,
    write: false,
    minify: true,
    charset: "utf8",
    legalComments: "none",
    format: "iife",
    platform: "browser",
    target: "es2022",
    define: { "import.meta.url": '""' },
    logLevel: "error",
  });
  return (outputFiles[0]?.text ?? "").trim();
}

/** @param {string} text */
const hash = (text) => `sha256-${createHash("sha256").update(text).digest("base64")}`;

/** @returns {Promise<string>} the module `page-parts.js` */
async function pageParts() {
  const [script, style, worker] = await Promise.all(["main.ts", "style.css", "layout-worker.ts"].map(bundle));
  const parts = { script, style, worker, scriptHash: hash(script ?? ""), styleHash: hash(style ?? "") };
  return `export const parts = ${JSON.stringify(parts)};`;
}

/** @type {import("esbuild").Plugin} */
export const viewerPage = {
  name: "viewer-page",
  setup(build) {
    build.onResolve({ filter: name }, () => ({ path: "page-parts", namespace: "viewer-page" }));
    build.onLoad({ filter: /./, namespace: "viewer-page" }, async () => ({ contents: await pageParts() }));
  },
};

/** The same for vitest, which runs the sources. @type {import("vite").Plugin} */
export const viewerPageInTests = {
  name: "viewer-page",
  enforce: "pre",
  resolveId: (id) => (name.test(id) ? "\0page-parts" : undefined),
  load: (id) => (id === "\0page-parts" ? pageParts() : undefined),
};
