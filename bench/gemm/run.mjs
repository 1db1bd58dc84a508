// node bench/gemm/run.mjs [rounds] [part of a title]: how fast are the matrix products? Prints GFLOP/s per shape and
// layout, as the median and the best of interleaved rounds, beside the machine's roof without fused multiply-add, and
// plain loops in JavaScript. Answers are compared with the plain loops' first. Takes about a minute.
import { fileURLToPath } from "node:url";
import { importSource } from "../../scripts/lib/import-source.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));
const { measure, table } = await importSource('export * from "./measure.js";', folder);
const rows = measure(Number(process.argv[2] ?? 40), process.argv[3] ?? "", () => undefined);
console.log(table(rows));
