// node bench/drawing/run.mjs: how long drawing takes. Texts of tapes of 25,000, 50,000 and 100,000 operations, drawn whole
// and folded; and the layout of tapes of some 6,500 operations, all of them drawn. Takes about a minute.
import { fileURLToPath } from "node:url";
import { importSource } from "../../scripts/lib/import-source.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));
const packages = ["@hpcc-js/wasm-graphviz", "@resvg/resvg-wasm"];
const { measure } = await importSource('export * from "./measure.js";', folder, packages);
await measure(console.log);
