// node bench/gradcheck-bound/miss-rate.mjs [runs]: how often does a single wrong entry slip past gradcheck at its default
// settings? Plants one in a random 100 × 100 Jacobian and in the gradient of a function of 10,000 parameters.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));
const bundle = `${root}node_modules/.cache/tapeloop/gradcheck-miss-rate.mjs`;
await build({
  entryPoints: [fileURLToPath(new URL("miss-rate.ts", import.meta.url))],
  bundle: true,
  platform: "node",
  format: "esm",
  outfile: bundle,
  tsconfig: `${root}tsconfig.json`,
});
const { measureMisses, table } = await import(bundle);
console.log(table(measureMisses(Number(process.argv[2] ?? 20))));
