// node bench/gradcheck-bound/run.mjs [parameters]: does the bound on the error of numeric derivatives hold? Measures
// random RNNs, LSTMs and GRUs over 1 to 100 time steps against double-double arithmetic, at 2,000 parameters or as many
// as asked for. Takes some minutes.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));
const bundle = `${root}node_modules/.cache/tapeloop/gradcheck-bound.mjs`;
// The packages' sources take the place of the packages, as tsconfig.json says: nothing needs to be built first.
await build({
  entryPoints: [fileURLToPath(new URL("bound.ts", import.meta.url))],
  bundle: true,
  platform: "node",
  format: "esm",
  outfile: bundle,
  tsconfig: `${root}tsconfig.json`,
});
const { measureBounds, table } = await import(bundle);
console.log(table(measureBounds(Number(process.argv[2] ?? 2016), console.error)));
