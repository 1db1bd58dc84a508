// Run inside a folder where the packages are installed: `node import-all.mjs @tapeloop/core @tapeloop/nn …`.
import { grad, mul, tensor } from "@tapeloop/core";

for (const entry of process.argv.slice(2)) {
  const exported = Object.keys(await import(entry));
  // The vitest entry registers a matcher and needs no exports.
  if (exported.length === 0 && !entry.endsWith("/vitest")) throw new Error(`${entry} exports nothing`);
}

const slope = grad((x) => mul(x, x))(tensor(3)).item();
if (slope !== 6) throw new Error(`d(x²)/dx at 3: got ${slope}, expected 6`);
