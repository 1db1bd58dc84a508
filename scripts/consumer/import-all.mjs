// Run inside a folder where the packages are installed: `node import-all.mjs @tapeloop/core @tapeloop/nn …`.
import { setTimeout } from "node:timers/promises";
import { compile, grad, matmul, mul, ones, tensor } from "@tapeloop/core";

for (const entry of process.argv.slice(2)) {
  const exported = Object.keys(await import(entry));
  // The vitest entry registers a matcher and needs no exports.
  if (exported.length === 0 && !entry.endsWith("/vitest")) throw new Error(`${entry} exports nothing`);
}

const slope = grad((x) => mul(x, x))(tensor(3)).item();
if (slope !== 6) throw new Error(`d(x²)/dx at 3: got ${slope}, expected 6`);

// Threads: the worker's file is where the package looks for it, and a program is right with and without it.
const square = compile((/** @type {import("@tapeloop/core").Tensor} */ x) => matmul(x, x), { threads: 2 });
const matrix = ones([256, 256]);
const calls = [square(matrix)];
for (let i = 0; i < 100 && square.explain(matrix).threads.started < 2; i++) await setTimeout(100);
const { started, reason } = square.explain(matrix).threads;
if (started !== 2) throw new Error(`${started} of 2 threads started; ${reason}`);
calls.push(square(matrix));
for (const { data } of calls) {
  if (!data.every((x) => x === 256)) throw new Error(`a product of ones: got ${data[0]}, expected 256`);
}
