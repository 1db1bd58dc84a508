// node bench/drawing/run.mjs: how long drawing takes. Texts of tapes of 25,000, 50,000 and 100,000 operations, drawn whole
// and folded; the layout of tapes of some 6,500 operations, all of them drawn; and the opening of pages in Chromium. Takes about two
// minutes.
import { fileURLToPath } from "node:url";
import { importSource } from "../../scripts/lib/import-source.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));
const packages = ["@hpcc-js/wasm-graphviz", "@resvg/resvg-wasm", "playwright-core"];
const source = 'export * from "./measure.js"; export * from "./viewer.js";';
const { measure, measureViewer } = await importSource(source, folder, packages);
await measure(console.log);
await measureViewer(console.log);
