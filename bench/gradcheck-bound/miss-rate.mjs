// node bench/gradcheck-bound/miss-rate.mjs [runs]: how often does a single wrong entry slip past gradcheck at its default
// settings? Plants one in a random 100 × 100 Jacobian and in the gradient of a function of 10,000 parameters.
import { fileURLToPath } from "node:url";
import { importSource } from "../../scripts/lib/import-source.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));
const { measureMisses, table } = await importSource('export * from "./miss-rate.js";', folder);
console.log(table(measureMisses(Number(process.argv[2] ?? 20))));
