// node bench/gradcheck-bound/run.mjs [parameters]: does the bound on the error of numeric derivatives hold? Measures
// random RNNs, LSTMs and GRUs over 1 to 100 time steps against double-double arithmetic, at 2,000 parameters or as many
// as asked for. Takes some minutes.
import { fileURLToPath } from "node:url";
import { importSource } from "../../scripts/lib/import-source.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));
const { measureBounds, table } = await importSource('export * from "./bound.js";', folder);
console.log(table(measureBounds(Number(process.argv[2] ?? 2016), console.error)));
