// node bench/training/run.mjs [options]: how long does a full training step take, compiled, beside peers? Installs the
// peers in this folder on first use; --help lists the options. Takes minutes: see README.md.
import { cpSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { install } from "../../scripts/lib/install.mjs";
import { main } from "../../scripts/lib/main.mjs";
import { root } from "../../scripts/lib/run.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));
const out = `${folder}node_modules/.cache/training/`;

await main(async () => {
  install();
  install(folder);
  const { build } = await import("esbuild");
  await build({
    entryPoints: [`${folder}main.ts`, `${folder}worker.ts`],
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    tsconfig: `${root}tsconfig.json`,
    external: ["prettier", "@tensorflow/*", "@jax-js/*"],
  });
  // Threads find their worker beside the module that starts them.
  cpSync(`${root}packages/core/src/compile/threads/worker.js`, `${out}worker.js`);
  const { main } = await import(pathToFileURL(`${out}main.mjs`).href);
  return main(process.argv.slice(2), {
    folder,
    worker: `${out}worker.mjs`,
    page: `${root}docs/benchmarks.md`,
  });
});
