// node bench/truncated-bptt/table.mjs [T …]: which gradient checkers see that BPTT is cut at the first step? Prints
// the table of table.ts; without arguments, for all T, also writes README.md beside this file. Takes some minutes.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { importSource } from "../../scripts/lib/import-source.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));
const { caption, table } = await importSource('export * from "./table.js";', folder);
const lengths = process.argv.slice(2).map(Number);
const text = table(lengths, console.error);
console.log(text);
if (lengths.length === 0) writeFileSync(new URL("README.md", import.meta.url), `${caption()}\n\n${text}\n`);
