// node bench/drawing/run.mjs: how long drawing takes, and how much memory. Texts of tapes of 25,000, 50,000 and 100,000 operations, drawn whole
// and folded; the layout of tapes of some 6,500 operations, all of them drawn; and the opening of pages in Chromium. Takes about two
// minutes.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { importSource } from "../../scripts/lib/import-source.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));
const packages = ["@hpcc-js/wasm-graphviz", "@resvg/resvg-wasm", "playwright-core"];
const source = 'export * from "./measure.js"; export * from "./viewer.js";';
const { measure, measureMemory, measureViewer } = await importSource(source, folder, packages);
const [, script = "", steps] = process.argv;
if (steps !== undefined) {
  // In a process of its own, for the most that a process has ever used does not go down again.
  console.log(measureMemory(Number(steps)));
  process.exit();
}
await measure(console.log);
for (const length of [5_000, 10_000, 20_000]) {
  console.log(execFileSync(process.execPath, [script, String(length)], { encoding: "utf8" }).trim());
}
await measureViewer(console.log);
