// node bench/gemm/run.mjs [rounds] [part of a title]: how fast are the matrix products? Prints GFLOP/s per shape and
// layout, as the median and the best of interleaved rounds, in processor time (so that what other processes take does
// not count), beside plain loops in JavaScript that take any layout. "of roof": the median share of what float32
// multiplications and additions in registers alone reach in the same round, without fused multiply-add; float64 can
// reach half of it. Answers are compared with the plain loops' first. Takes about a minute.
import { fileURLToPath } from "node:url";
import { importSource } from "../../scripts/lib/import-source.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));
const { measure, table } = await importSource('export * from "./measure.js";', folder);
const rows = measure(Number(process.argv[2] ?? 40), process.argv[3] ?? "", () => undefined);
console.log(table(rows));
