// node scripts/coefficients/run.mjs [--print] [part of a name]: derives the coefficients of the elementary functions in
// packages/core/src/kernels/math again. For each table: the function, the degree and the interval, and four errors, of
// the best coefficients there are, of these when each is rounded by itself, when they are rounded together, and of those
// that are committed; "wrong" marks an error that is not as the file states it. --print adds the coefficients that were
// rounded together, to paste. Takes seconds.
import { fileURLToPath } from "node:url";
import { importSource } from "../lib/import-source.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));
const { describe, report, tables } = await importSource(
  'export * from "./report.js"; export * from "./tables.js";',
  folder,
);
const words = process.argv.slice(2);
const part = words.find((word) => !word.startsWith("--")) ?? "";
for (const table of tables) {
  if (`${table.name} ${table.precision}`.includes(part)) {
    console.log(describe(report(table), words.includes("--print")));
  }
}
